package io.crewline.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crewline.Crewline;
import io.crewline.testing.TestNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Nobody waits for a second connection to the database while holding one. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class OneConnectionTest {
  private static final Executor THREADS = task -> Thread.ofVirtual().start(task);

  private final Crewline node = TestNode.start();
  private final Database database = node.context().getBean(Database.class);

  @AfterAll
  void stop() {
    node.close();
  }

  private long one() {
    return database.transaction(
        () -> database.queryOne("SELECT 1 AS one", row -> row.getLong("one")).orElseThrow());
  }

  @Test
  void aSharedQueryIsRefusedInsideATransaction() {
    BatchLoader<String, Long> loader = new BatchLoader<>(10, keys -> Map.of("a", one()));
    assertThatIllegalStateException()
        .isThrownBy(() -> database.transaction(() -> loader.load("a")))
        .withMessageContaining("second connection");
    assertThat(loader.load("a")).isEqualTo(1);
  }

  @Test
  void aThreadStartedInsideATransactionOpensNoOther() {
    assertThatThrownBy(
            () ->
                database.transaction(
                    () -> CompletableFuture.supplyAsync(this::one, THREADS).join()))
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(IllegalStateException.class);
    assertThat(CompletableFuture.supplyAsync(this::one, THREADS).join()).isEqualTo(1);
  }

  @Test
  void aThreadStartedInsideATransactionOpensItsOwnOnceThatHasEnded() {
    CompletableFuture<Void> ended = new CompletableFuture<>();
    CompletableFuture<Long> later = new CompletableFuture<>();
    database.transaction(
        () -> {
          THREADS.execute(
              () -> {
                ended.join();
                later.complete(one());
              });
        });
    ended.complete(null);
    assertThat(later.join()).isEqualTo(1);
  }

  @Test
  void aTransactionInsideATransactionJoinsIt() {
    assertThat(
            database.transaction(
                () -> {
                  assertThat(database.inTransaction()).isTrue();
                  return one() + one();
                }))
        .isEqualTo(2);
    assertThat(database.inTransaction()).isFalse();
  }

  @Test
  void whatRunsAfterTheCommitHoldsNoConnectionAndFailsNobody() {
    List<Long> seen = new ArrayList<>();
    database.transaction(
        () -> {
          database.afterCommit(
              () -> {
                throw new AssertionError("planted");
              });
          database.afterCommit(() -> seen.add(database.inTransaction() ? 0 : one()));
        });
    assertThat(seen).containsExactly(1L);
  }

  @Test
  void whatWasToRunAfterTheCommitDoesNotRunAfterARollback() {
    List<Long> seen = new ArrayList<>();
    assertThatThrownBy(
            () ->
                database.transaction(
                    () -> {
                      database.afterCommit(() -> seen.add(1L));
                      throw ApiException.conflict("rolled back");
                    }))
        .isInstanceOf(ApiException.class);
    assertThat(seen).isEmpty();
  }

  @Test
  void whatJoinsShortlyBeforeTheCommitIsCommittedWithItOrNotAtAll() {
    assertThatThrownBy(
            () ->
                database.transaction(
                    () -> {
                      insertSystem("torn");
                      database.afterWork(this::one);
                      database.beforeCommit(this::one);
                      database.beforeCommit(
                          () -> {
                            throw new IllegalStateException("planted");
                          });
                    }))
        .hasMessageContaining("planted");
    assertThat(systems("torn")).isEmpty();

    database.transaction(
        () -> {
          insertSystem("whole");
          database.afterWork(this::one);
          database.beforeCommit(() -> insertSystem("whole"));
        });
    assertThat(systems("whole")).hasSize(2).containsOnly(systems("whole").getFirst());
  }

  private void insertSystem(String name) {
    database.update(
        "INSERT INTO system (name, created_at, updated_at) VALUES (?, now(), now())", name);
  }

  /** The transaction of each. */
  private List<String> systems(String name) {
    return database.transaction(
        () ->
            database.query(
                "SELECT xmin FROM system WHERE name = ?", row -> row.getString("xmin"), name));
  }
}

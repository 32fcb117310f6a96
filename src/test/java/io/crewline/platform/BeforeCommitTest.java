package io.crewline.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crewline.Crewline;
import io.crewline.testing.TestNode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The last work of a transaction, such as the recording of its events. */
final class BeforeCommitTest {
  private static Crewline node;
  private static Database database;

  @BeforeAll
  static void start() {
    node = TestNode.start();
    database = node.context().getBean(Database.class);
    database.transaction(() -> database.update("CREATE TABLE work (name text)"));
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static int insert(String name) {
    return database.update("INSERT INTO work VALUES (?)", name);
  }

  private static long rows(String name) {
    return database.transaction(
        () ->
            database
                .queryOne(
                    "SELECT count(*) AS n FROM work WHERE name = ?", row -> row.getLong("n"), name)
                .orElseThrow());
  }

  @Test
  void whatJoinsATransactionThatIsAboutToCommitDoesNotCommitIt() {
    assertThatThrownBy(
            () ->
                database.transaction(
                    () -> {
                      insert("early");
                      database.beforeCommit(
                          () -> {
                            database.transaction(() -> insert("early"));
                            assertThat(database.snapshot(() -> rows("early"))).isEqualTo(2);
                            throw new IllegalStateException("refused at the last moment");
                          });
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("refused at the last moment");
    assertThat(rows("early")).isZero();
  }

  @Test
  void whatJoinsATransactionThatIsAboutToCommitIsCommittedWithIt() {
    database.transaction(
        () -> {
          insert("together");
          database.beforeCommit(() -> database.transaction(() -> insert("together")));
          database.lastBeforeCommit(
              () -> assertThat(database.transaction(() -> rows("together"))).isEqualTo(2));
        });
    assertThat(rows("together")).isEqualTo(2);
  }

  @Test
  void theLastWorkComesAfterAllOther() {
    StringBuilder order = new StringBuilder();
    database.transaction(
        () -> {
          database.lastBeforeCommit(() -> order.append("last "));
          database.beforeCommit(() -> order.append("commit "));
          database.afterWork(() -> order.append("work "));
        });
    assertThat(order).hasToString("work commit last ");
  }
}

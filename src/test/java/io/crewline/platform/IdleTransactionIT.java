package io.crewline.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node stands still in the middle of a transaction, as a paused virtual machine does. */
final class IdleTransactionIT {
  @Test
  @Timeout(60)
  void theOthersGetItsLocksAndItsTransactionMayBeRepeated() throws Exception {
    try (Crewline node =
        TestNode.start(
            Map.of(
                "DATABASE_URL",
                TestPostgres.createDatabase(),
                "CREWLINE_SECRET_KEY",
                TestNode.SECRET))) {
      Person dave = Person.member(node, "dave");
      dave.post("/api/rooms", "{\"id\":\"general\"}");
      CountDownLatch locked = new CountDownLatch(1);
      CountDownLatch goOn = new CountDownLatch(1);
      CompletableFuture<Void> paused =
          CompletableFuture.runAsync(() -> lockAndPause(node, locked, goOn));
      locked.await();

      // Waits for the lock, longer than the server lets the other transaction idle.
      dave.say("messaging:general", "hello");

      goOn.countDown();
      assertThatThrownBy(paused::get)
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOfSatisfying(
              ApiException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
    }
  }

  private static void lockAndPause(Crewline node, CountDownLatch locked, CountDownLatch goOn) {
    Database database = node.context().getBean(Database.class);
    String lock = "SELECT head FROM topic WHERE name = 'room:messaging:general' FOR UPDATE";
    database.transaction(
        () -> {
          database.query(lock, row -> row.getLong("head"));
          locked.countDown();
          try {
            goOn.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          database.query(lock, row -> row.getLong("head"));
        });
  }
}

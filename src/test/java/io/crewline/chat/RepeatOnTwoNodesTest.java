package io.crewline.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.platform.Database;
import io.crewline.testing.Person;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client repeats a send on another node while the first one is still about to commit it. */
final class RepeatOnTwoNodesTest {
  private static final String CID = "messaging:repeat";

  @Test
  @Timeout(60)
  void theRepeatWaitsAndReturnsTheMessageOfTheFirst() throws Exception {
    try (Crewline node = TestNode.start()) {
      Person ada = Person.manager(node, "ada");
      ada.post("/api/rooms", "{\"id\":\"repeat\"}");
      Database database = node.context().getBean(Database.class);
      CountDownLatch inserted = new CountDownLatch(1);
      CountDownLatch mayCommit = new CountDownLatch(1);
      CompletableFuture<Long> first =
          CompletableFuture.supplyAsync(
              () -> sendAndPause(database, inserted, mayCommit),
              task -> Thread.ofVirtual().start(task));
      inserted.await();

      try (SocketClient client = SocketClient.connect(node.port(), ada.token())) {
        CompletableFuture<Map<String, Object>> repeat =
            client.send(
                Map.of("type", "sendMessage", "channel", CID, "text", "once", "clientId", "c-1"));
        await().until(() -> waitsForALock(database));
        mayCommit.countDown();

        Map<String, Object> reply = repeat.get();
        assertThat(reply).containsEntry("type", "ok").containsEntry("duplicate", true);
        assertThat(String.valueOf(reply.get("message"))).contains("id=" + first.get() + ",");
      }
    }
  }

  /** What another node does, up to the commit: it holds the member's row and has the client id. */
  private static Long sendAndPause(
      Database database, CountDownLatch inserted, CountDownLatch mayCommit) {
    return database.transaction(
        () -> {
          database.query(
              "SELECT 1 FROM room_member WHERE cid = ? AND username = 'ada' FOR NO KEY UPDATE",
              row -> 1,
              CID);
          Long id =
              database
                  .queryOne(
                      """
                      INSERT INTO message (cid, seq, author, client_id, text, created_at)
                      VALUES (?, 1000, 'ada', 'c-1', 'once', now()) RETURNING id
                      """,
                      row -> row.getLong("id"),
                      CID)
                  .orElseThrow();
          inserted.countDown();
          try {
            mayCommit.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          return id;
        });
  }

  private static boolean waitsForALock(Database database) {
    return database.transaction(
        () ->
            database
                .queryOne(
                    """
                    SELECT count(*) AS waiting FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock'
                    """,
                    row -> row.getLong("waiting") > 0)
                .orElse(false));
  }
}

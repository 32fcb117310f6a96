package io.crewline.gateway.websocket;

import io.crewline.Crewline;
import io.crewline.platform.Database;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/** A room whose lock somebody else holds: nothing is committed there until it is closed. */
final class HeldRoom implements AutoCloseable {
  private final CountDownLatch release = new CountDownLatch(1);
  private final CompletableFuture<Void> held;

  /** Returns when the lock is held. The room must have an event already. */
  HeldRoom(Crewline node, String cid) {
    Database database = node.context().getBean(Database.class);
    CompletableFuture<Void> locked = new CompletableFuture<>();
    held =
        CompletableFuture.runAsync(
            () -> database.transaction(() -> hold(database, cid, locked)),
            task -> Thread.ofVirtual().start(task));
    held.exceptionally(
        failure -> {
          locked.completeExceptionally(failure);
          return null;
        });
    locked.join();
  }

  private void hold(Database database, String cid, CompletableFuture<Void> locked) {
    if (database
        .query("SELECT 1 FROM topic WHERE name = ? FOR UPDATE", row -> 1, "room:" + cid)
        .isEmpty()) {
      throw new IllegalStateException(cid + " has no event yet");
    }
    locked.complete(null);
    try {
      release.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    release.countDown();
    held.join();
  }
}

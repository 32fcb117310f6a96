package io.crewline.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * A room that is deleted while many watch it again, which makes it anew: nobody is left on an open
 * socket who believes to watch and hears nothing.
 */
final class RoomMadeAnewTest {
  private static final String CID = "messaging:anew";
  private static final int CLIENTS = 24;
  private static final int ROUNDS = 12;

  /**
   * Follows the documented rule: watches again when told reset, removed or an error; but not while
   * the reply to a watch is still to come, which tells what holds then.
   */
  private static final class Watcher {
    final SocketClient client;
    final Set<String> texts = ConcurrentHashMap.newKeySet();
    private boolean asked;

    Watcher(Crewline node, Person person) {
      client = SocketClient.connect(node.port(), null);
      client.call("connect", "token", person.token());
      Thread.ofVirtual().start(this::read);
    }

    /** The reply comes in line with the events: its id is none that the client waits for. */
    synchronized void watch() {
      if (!asked) {
        asked = true;
        client.sendText("{\"id\":\"w\",\"type\":\"channel.watch\",\"channel\":\"" + CID + "\"}");
      }
    }

    private synchronized void answered() {
      asked = false;
    }

    private void read() {
      while (!client.isClosed()) {
        Map<String, Object> frame;
        try {
          frame = client.await("a frame", any -> true);
        } catch (AssertionError quiet) {
          continue;
        }
        switch (String.valueOf(frame.get("type"))) {
          case "initialized" -> answered();
          case "error" -> {
            answered();
            watch();
          }
          case "reset", "removed" -> watch();
          case "message.new" -> texts.add(frame.toString().replaceAll(".*text=([^,}]*).*", "$1"));
          default -> {}
        }
      }
    }
  }

  @Test
  void everyClientThatWatchesItAgainHearsWhatIsSaid() {
    try (Crewline node = TestNode.start(Map.of("CREWLINE_LIMITS", "off"))) {
      Person admin = Person.admin(node);
      List<Watcher> watchers = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        watchers.add(new Watcher(node, Person.member(node, "watcher-" + i)));
      }
      int deaf = 0;
      for (int round = 0; round < ROUNDS; round++) {
        admin.call("DELETE", "/api/rooms/" + CID, "");
        watchers.forEach(Watcher::watch);
        deaf += deaf(watchers, admin, "round-" + round);
      }
      watchers.forEach(watcher -> watcher.client.close());
      assertThat(deaf).as("deaf of " + CLIENTS * ROUNDS).isZero();
    }
  }

  /** Says something again and again until all have heard it, and counts who has not in time. */
  private static int deaf(List<Watcher> watchers, Person admin, String round) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(8);
    int deaf = watchers.size();
    for (int i = 0; deaf > 0 && System.nanoTime() < end; i++) {
      admin.post("/api/rooms/" + CID + "/messages", "{\"text\":\"%s %d\"}".formatted(round, i));
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(150));
      deaf =
          (int)
              watchers.stream()
                  .filter(
                      watcher ->
                          watcher.texts.stream().noneMatch(text -> text.startsWith(round + " ")))
                  .count();
    }
    return deaf;
  }
}

package io.crewline.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** A snapshot and the events after it are the same as a fresh read. */
final class RoomStateTest {
  private static final String CID = "messaging:state";
  private static final int WRITERS = 8;
  private static final int CHANGES = 40;

  @Test
  void snapshotPlusEventsEqualsAFreshRead() throws Exception {
    try (Crewline node = TestNode.start()) {
      Person owner = Person.manager(node, "owner");
      owner.post("/api/rooms", "{\"id\":\"state\"}");
      List<Long> ids = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        ids.add(owner.say(CID, "before " + i));
      }
      try (SocketClient client = SocketClient.connect(node.port(), owner.token());
          ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Callable<Void>> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
          Person writer = Person.member(node, "writer-" + i);
          Random random = new Random(i);
          writers.add(() -> write(writer, owner, ids, random));
        }
        List<Future<Void>> writing = writers.stream().map(threads::submit).toList();
        State state = new State(client.call("channel.watch", "channel", CID, "limit", 200));
        for (Future<Void> writer : writing) {
          writer.get();
        }
        owner.say(CID, "the end");
        boolean end = false;
        while (!end) {
          Map<String, Object> event =
              client.await("an event", frame -> ("room:" + CID).equals(frame.get("topic")));
          state.apply(event);
          end = event.toString().contains("text=the end");
        }
        State fresh = new State(client.call("channel.watch", "channel", CID, "limit", 200));
        assertThat(state.seq).isEqualTo(fresh.seq);
        assertThat(state.members).isEqualTo(fresh.members);
        fresh.messages.forEach(
            (id, message) ->
                assertThat(state.messages.get(id)).as("message " + id).isEqualTo(message));
        assertThat(state.messages.keySet()).containsAll(fresh.messages.keySet());
      }
    }
  }

  private static Void write(Person writer, Person owner, List<Long> ids, Random random) {
    for (int i = 0; i < CHANGES; i++) {
      long id = ids.get(random.nextInt(ids.size()));
      switch (random.nextInt(5)) {
        case 0 -> writer.say(CID, "said " + i);
        case 1 ->
            owner.call(
                "PATCH", "/api/messages/" + id, "{\"text\":\"edit " + random.nextInt() + "\"}");
        case 2 ->
            writer.post(
                "/api/rooms/" + CID + "/members", "{\"username\":\"" + writer.username() + "\"}");
        case 3 -> writer.call("DELETE", "/api/rooms/" + CID + "/members/" + writer.username(), "");
        default -> {
          if (random.nextInt(4) == 0) {
            owner.call("DELETE", "/api/messages/" + id, "");
          } else {
            writer.say(CID, "filler");
          }
        }
      }
    }
    return null;
  }

  /** What a client keeps of a room. */
  private static final class State {
    final TreeMap<Long, Map<String, Object>> messages = new TreeMap<>();
    final TreeSet<String> members = new TreeSet<>();
    long seq;

    @SuppressWarnings("unchecked")
    State(Map<String, Object> initialized) {
      for (Object message : (List<Object>) field(initialized, "messages")) {
        put((Map<String, Object>) message);
      }
      for (Object member : (List<Object>) field(initialized, "members")) {
        members.add(user((Map<String, Object>) member));
      }
      String position = String.valueOf(initialized.get("position"));
      seq = Long.parseLong(position.substring(position.indexOf(':') + 1));
    }

    @SuppressWarnings("unchecked")
    void apply(Map<String, Object> event) {
      long next = ((Number) field(event, "seq")).longValue();
      assertThat(next).isEqualTo(seq + 1);
      seq = next;
      Map<String, Object> data = (Map<String, Object>) field(event, "data");
      switch (String.valueOf(event.get("type"))) {
        case "message.new", "message.updated", "message.deleted" ->
            put((Map<String, Object>) field(data, "message"));
        case "member.added" -> members.add(user(data));
        case "member.removed" -> members.remove(user(data));
        default -> {}
      }
    }

    private void put(Map<String, Object> message) {
      messages.put(((Number) field(message, "id")).longValue(), message);
    }

    @SuppressWarnings("unchecked")
    private static String user(Map<String, Object> holder) {
      return String.valueOf(((Map<String, Object>) field(holder, "user")).get("id"));
    }

    private static Object field(Map<String, Object> from, String name) {
      return Objects.requireNonNull(from.get(name), () -> name + " of " + from);
    }
  }
}

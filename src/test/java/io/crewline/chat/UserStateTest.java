package io.crewline.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** What {@code connected} tells of a user and the events of their topic equal a fresh read. */
final class UserStateTest {
  private static final int ROOMS = 4;
  private static final int CHANGES = 40;

  @Test
  void snapshotPlusEventsEqualsAFreshRead() throws Exception {
    try (Crewline node = TestNode.start(Map.of("CREWLINE_LIMITS", "off"))) {
      Person owner = Person.member(node, "owner");
      Person user = Person.member(node, "user");
      Person admin = Person.admin(node);
      for (int i = 0; i < ROOMS; i++) {
        owner.post("/api/rooms", "{\"id\":\"room-" + i + "\"}");
      }
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
          SocketClient client = SocketClient.connect(node.port(), null)) {
        List<Callable<Void>> changes = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          Random random = new Random(i);
          changes.add(() -> change(owner, user, admin, random));
        }
        List<Future<Void>> changing = changes.stream().map(threads::submit).toList();
        State state = new State(client.call("connect", "token", user.token()));
        for (Future<Void> each : changing) {
          each.get();
        }
        admin.call("PATCH", "/api/users/user", "{\"displayName\":\"The End\"}");
        while (!"The End".equals(state.name)) {
          state.apply(client.await("an event", frame -> "user:user".equals(frame.get("topic"))));
        }
        Map<String, Object> me = user.get("/api/me").json();
        assertThat(me)
            .containsEntry("username", state.id)
            .containsEntry("displayName", state.name)
            .containsEntry("role", state.role);
        Map<String, Object> unread = client.call("countUnread");
        assertThat(state.rooms).isEqualTo(State.rooms(unread));
        for (Map.Entry<String, Long> read : state.read.entrySet()) {
          assertThat(user.items("/api/rooms/" + read.getKey() + "/messages?limit=200"))
              .as(read.getKey())
              .anyMatch(message -> State.number(message, "seq") == read.getValue());
        }
        assertThat(state.reads).isPositive();
        assertThat(state.seq).isGreaterThan(CHANGES);
      }
    }
  }

  private static Void change(Person owner, Person user, Person admin, Random random) {
    for (int i = 0; i < CHANGES; i++) {
      String room = "/api/rooms/messaging:room-" + random.nextInt(ROOMS);
      switch (random.nextInt(12)) {
        case 0 -> owner.post(room + "/members", "{\"username\":\"user\"}");
        case 1 -> owner.call("DELETE", room + "/members/user", "");
        case 2 ->
            admin.call(
                "PATCH",
                "/api/users/user",
                "{\"role\":\"" + (random.nextBoolean() ? "member" : "manager") + "\"}");
        case 3 -> user.call("PATCH", "/api/me", "{\"displayName\":\"Name " + i + "\"}");
        case 4, 5, 6, 7 -> owner.post(room + "/messages", "{\"text\":\"message " + i + "\"}");
        default -> user.post(room + "/read", "{}");
      }
    }
    return null;
  }

  /** What a device keeps of its user. */
  private static final class State {
    final String id;
    final TreeSet<String> rooms;
    final Map<String, Long> read = new HashMap<>();
    String name;
    String role;
    long seq;
    int reads;

    State(Map<String, Object> connected) {
      Map<String, Object> user = object(connected, "user");
      id = text(user, "id");
      name = text(user, "name");
      role = text(user, "role");
      rooms = rooms(object(connected, "unread"));
      String position = text(object(connected, "positions"), "user:user");
      seq = Long.parseLong(position.substring(position.indexOf(':') + 1));
    }

    static TreeSet<String> rooms(Map<String, Object> unread) {
      return new TreeSet<>(object(unread, "channels").keySet());
    }

    void apply(Map<String, Object> event) {
      assertThat(number(event, "seq")).isEqualTo(seq + 1);
      seq++;
      Map<String, Object> data = object(event, "data");
      switch (text(event, "type")) {
        case "user.updated" -> {
          name = text(object(data, "user"), "name");
          role = text(object(data, "user"), "role");
        }
        case "member.added" -> rooms.add(text(data, "channel"));
        case "member.removed" -> {
          rooms.remove(text(data, "channel"));
          read.remove(text(data, "channel"));
        }
        case "message.read" -> {
          read.put(text(data, "channel"), number(data, "seq"));
          reads++;
        }
        default -> throw new AssertionError("an event that a device does not know: " + event);
      }
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> object(Map<String, Object> from, String name) {
      return (Map<String, Object>) Objects.requireNonNull(from.get(name), () -> name + from);
    }

    static String text(Map<String, Object> from, String name) {
      return (String) Objects.requireNonNull(from.get(name), () -> name + from);
    }

    static long number(Map<String, Object> from, String name) {
      return ((Number) Objects.requireNonNull(from.get(name), () -> name + from)).longValue();
    }
  }
}

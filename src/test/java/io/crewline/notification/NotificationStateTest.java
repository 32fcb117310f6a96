package io.crewline.notification;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.TestNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** A list of notifications and the events after it equal a fresh list, whoever writes meanwhile. */
final class NotificationStateTest {
  private static final int WRITERS = 8;
  private static final int CHANGES = 25;
  private static final String CID = "messaging:room";

  @Test
  void snapshotPlusEventsEqualsAFreshRead() throws Exception {
    try (Crewline node = TestNode.start(Map.of("CREWLINE_LIMITS", "off"))) {
      Person owner = Person.member(node, "owner");
      Person user = Person.member(node, "user");
      Person other = Person.member(node, "other");
      owner.post("/api/rooms", "{\"id\":\"room\",\"members\":[\"user\",\"other\"]}");
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
          Device first = new Device(node, user)) {
        State fromTheStart = new State(first);
        List<Callable<Void>> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
          Random random = new Random(i);
          Person speaker = i % 2 == 0 ? owner : other;
          writers.add(() -> write(speaker, user, random));
        }
        List<Future<Void>> writing = writers.stream().map(threads::submit).toList();
        try (Device second = new Device(node, user)) {
          State fromTheMiddle = new State(second);
          for (Future<Void> each : writing) {
            each.get();
          }
          user.call("PATCH", "/api/me", "{\"displayName\":\"The End\"}");
          fromTheStart.applyAll(true);
          fromTheMiddle.applyAll(false);
          Map<Long, Boolean> fresh = State.read(Device.notifications(user));
          assertThat(fresh).hasSizeGreaterThan(WRITERS).containsValue(true);
          assertThat(fromTheStart.notifications).isEqualTo(fresh);
          assertThat(fromTheMiddle.notifications).isEqualTo(fresh);
          long unread = fresh.values().stream().filter(read -> !read).count();
          assertThat(user.get("/api/notifications").json()).containsEntry("unread", (int) unread);
          assertThat(fromTheStart.unread).isEqualTo(unread);
          assertThat(fromTheMiddle.unread).isEqualTo(unread);
          assertThat(fromTheStart.reads).isPositive();
        }
      }
    }
  }

  private static Void write(Person speaker, Person user, Random random) {
    for (int i = 0; i < CHANGES; i++) {
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> speaker.say(CID, "message " + i + " for @user");
        case 3 -> {
          String message = "/api/messages/" + speaker.say(CID, "message " + i);
          speaker.call("PATCH", message, "{\"text\":\"now for @user\"}");
        }
        case 4 -> speaker.say(CID, "message " + i + " for nobody");
        case 5 -> user.post("/api/notifications/read-all", "");
        default -> {
          List<Map<String, Object>> all = user.items("/api/notifications?limit=5&unread=true");
          if (!all.isEmpty()) {
            Object id = all.get(random.nextInt(all.size())).get("id");
            user.post("/api/notifications/" + id + "/read", "");
          }
        }
      }
    }
    return null;
  }

  /** What a device keeps: which notifications there are, and whether each is read. */
  private static final class State {
    final Device device;
    final TreeMap<Long, Boolean> notifications = new TreeMap<>();
    long unread;
    long seq;
    int reads;

    State(Device device) {
      this.device = device;
      String position =
          String.valueOf(Device.object(device.connected, "positions").get("user:user"));
      seq = Long.parseLong(position.substring(position.indexOf(':') + 1));
      Map<String, Object> listed = device.socket.call("notifications.list", "limit", 200);
      @SuppressWarnings("unchecked")
      List<Map<String, Object>> items =
          (List<Map<String, Object>>) Objects.requireNonNull(listed.get("notifications"));
      notifications.putAll(read(items));
      unread = Device.number(listed, "unread");
      assertThat(unread).isEqualTo(counted());
    }

    static Map<Long, Boolean> read(List<Map<String, Object>> items) {
      Map<Long, Boolean> read = new TreeMap<>();
      items.forEach(each -> read.put(Device.number(each, "id"), each.get("readAt") != null));
      return read;
    }

    private long counted() {
      return notifications.values().stream().filter(read -> !read).count();
    }

    /**
     * Applies events up to the end.
     *
     * @param exact whether there was nothing before, so that each event has the exact count
     */
    void applyAll(boolean exact) {
      while (true) {
        Map<String, Object> event =
            device.socket.await("an event", frame -> "user:user".equals(frame.get("topic")));
        assertThat(Device.number(event, "seq")).isEqualTo(++seq);
        Map<String, Object> data = Device.object(event, "data");
        switch (String.valueOf(event.get("type"))) {
          case "notification.new" -> {
            Map<String, Object> told = Device.object(data, "notification");
            boolean known = notifications.putIfAbsent(Device.number(told, "id"), false) != null;
            assertThat(exact && known).as("told twice").isFalse();
            unread = Device.number(data, "unread");
          }
          case "notification.read" -> {
            for (Object id : (List<?>) Objects.requireNonNull(data.get("ids"))) {
              assertThat(notifications.put(((Number) id).longValue(), true)).isNotNull();
            }
            unread = Device.number(data, "unread");
            reads++;
          }
          case "user.updated" -> {
            return;
          }
          default -> {}
        }
        if (exact) {
          assertThat(unread).as(event.toString()).isEqualTo(counted());
        }
      }
    }
  }
}

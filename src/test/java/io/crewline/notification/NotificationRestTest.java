package io.crewline.notification;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.platform.Database;
import io.crewline.testing.Person;
import io.crewline.testing.Rest.Answer;
import io.crewline.testing.TestNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Listing, reading and keeping, over REST and the same by commands. */
final class NotificationRestTest {
  private static Crewline node;

  @BeforeAll
  static void start() {
    node = TestNode.start();
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static void tell(Person person, int from, int count) {
    Notifier notifier = node.context().getBean(Notifier.class);
    List<Cause> causes =
        IntStream.range(from, from + count)
            .mapToObj(
                i ->
                    new Cause(
                        person.username(),
                        NotificationKind.TASK_OVERDUE,
                        "test:" + i,
                        null,
                        NotificationData.of(new NotificationTask(i, "Task " + i, "open", null))))
            .toList();
    node.context().getBean(Database.class).transaction(() -> notifier.tell(causes));
  }

  @Test
  void pagesAreNewestFirstAndCompleteForRestAndCommands() {
    Person ada = Person.member(node, "ada");
    tell(ada, 0, 7);
    List<Map<String, Object>> all = Device.notifications(ada);
    assertThat(all).hasSize(7);
    assertThat(all.getFirst().toString()).contains("Task 6");
    List<Map<String, Object>> paged = new ArrayList<>();
    String cursor = "";
    do {
      Answer page = ada.get("/api/notifications?limit=3" + cursor);
      assertThat(page.json()).containsEntry("unread", 7);
      paged.addAll(items(page.json(), "items"));
      Object next = page.json().get("nextCursor");
      cursor = next == null ? "" : "&cursor=" + next;
    } while (!cursor.isEmpty());
    assertThat(paged).isEqualTo(all);
    try (Device device = new Device(node, ada)) {
      Map<String, Object> first = device.socket.call("notifications.list", "limit", 5);
      assertThat(first).containsEntry("type", "ok").containsEntry("unread", 7);
      List<Map<String, Object>> listed = new ArrayList<>(items(first, "notifications"));
      Map<String, Object> second =
          device.socket.call(
              "notifications.list", "limit", 5, "cursor", String.valueOf(first.get("nextCursor")));
      listed.addAll(items(second, "notifications"));
      assertThat(listed).isEqualTo(all);
      assertThat(second).doesNotContainKey("nextCursor");
      long newest = Device.number(all.getFirst(), "id");
      device.socket.call("notifications.markRead", "ids", List.of(newest));
      assertThat(items(device.socket.call("notifications.list", "unread", true), "notifications"))
          .isEqualTo(all.subList(1, 7));
      assertThat(ada.items("/api/notifications?unread=true")).isEqualTo(all.subList(1, 7));
    }
  }

  @Test
  void notificationsOfOthersDoNotExist() {
    Person kim = Person.member(node, "kim");
    Person eve = Person.member(node, "eve");
    tell(kim, 0, 1);
    long id = Device.number(Device.notifications(kim).getFirst(), "id");
    Answer others = eve.post("/api/notifications/" + id + "/read", "");
    Answer nobodys = eve.post("/api/notifications/999999/read", "");
    assertThat(others.status()).isEqualTo(404);
    assertThat(others.text("detail")).isEqualTo(nobodys.text("detail"));
    try (Device device = new Device(node, eve)) {
      assertThat(device.socket.call("notifications.markRead", "ids", List.of(id)))
          .containsEntry("unread", 0);
    }
    assertThat(eve.post("/api/notifications/read-all", "").json()).containsEntry("unread", 0);
    assertThat(Device.notifications(eve)).isEmpty();
    assertThat(Device.notifications(kim).getFirst()).containsEntry("readAt", null);
  }

  @Test
  void readingAgainChangesNothing() {
    Person lin = Person.member(node, "lin");
    tell(lin, 0, 3);
    String read = "/api/notifications/" + Device.notifications(lin).get(1).get("id") + "/read";
    try (Device device = new Device(node, lin)) {
      assertThat(lin.post(read, "").json()).isEqualTo(Map.of("unread", 2));
      Object readAt = device.next("notification.read").get("readAt");
      assertThat(lin.post(read, "").json()).isEqualTo(Map.of("unread", 2));
      assertThat(Device.notifications(lin).get(1)).containsEntry("readAt", readAt);
      assertThat(lin.post("/api/notifications/read-all", "").json()).isEqualTo(Map.of("unread", 0));
      assertThat(device.next("notification.read")).containsEntry("unread", 0);
      assertThat(lin.post("/api/notifications/read-all", "").json()).isEqualTo(Map.of("unread", 0));
      device.toldNothingMore(lin);
    }
  }

  @Test
  void theSameIsToldOnce() {
    Person max = Person.member(node, "max");
    tell(max, 0, 5);
    tell(max, 3, 5);
    assertThat(Device.notifications(max)).hasSize(8);
  }

  @Test
  void theNewestThousandAreKeptAndTheReadForNinetyDays() {
    Person bob = Person.member(node, "bob");
    tell(bob, 0, 990);
    tell(bob, 990, 20);
    assertThat(bob.get("/api/notifications").json()).containsEntry("unread", 1000);
    assertThat(bob.get("/api/notifications?limit=1").body()).contains("Task 1009");
    NotificationCleaner cleaner = node.context().getBean(NotificationCleaner.class);
    bob.post("/api/notifications/read-all", "");
    tell(bob, 2000, 1);
    assertThat(cleaner.removeReadBefore(Instant.now().minus(NotificationCleaner.KEPT))).isZero();
    assertThat(cleaner.removeReadBefore(Instant.now().plusSeconds(60))).isGreaterThanOrEqualTo(999);
    assertThat(Device.notifications(bob)).hasSize(1);
    assertThat(bob.get("/api/notifications").json()).containsEntry("unread", 1);
  }

  @Test
  void whatWasReadLessThanNinetyDaysAgoStaysAndWhatIsUnreadToo() {
    Person uma = Person.member(node, "uma");
    tell(uma, 0, 4);
    List<Object> ids =
        Device.notifications(uma).stream().map(notification -> notification.get("id")).toList();
    Database database = node.context().getBean(Database.class);
    for (int i = 0; i < 2; i++) {
      Instant readAt =
          Instant.now().minus(NotificationCleaner.KEPT).plusSeconds(i == 0 ? -600 : 600);
      long id = ((Number) ids.get(i)).longValue();
      database.transaction(
          () -> database.update("UPDATE notification SET read_at = ? WHERE id = ?", readAt, id));
    }
    database.transaction(
        () ->
            database.update(
                "UPDATE notification SET created_at = created_at - interval '1 year' WHERE id = ?",
                ((Number) ids.get(2)).longValue()));
    node.context().getBean(NotificationCleaner.class).run();
    assertThat(Device.notifications(uma))
        .extracting("id")
        .containsExactlyElementsOf(ids.subList(1, 4));
  }

  @Test
  void badInputIsRefusedWithTheNameOfTheField() {
    Person pia = Person.member(node, "pia");
    for (String query : List.of("limit=0", "limit=201", "cursor=x", "cursor=eA", "unread=maybe")) {
      Answer answer = pia.get("/api/notifications?" + query);
      assertThat(answer.status()).as(query).isEqualTo(400);
      assertThat(answer.text("errors")).as(query).contains(query.replaceAll("=.*", ""));
    }
    try (Device device = new Device(node, pia)) {
      refused(device, "notifications.list", "limit", 0);
      refused(device, "notifications.list", "limit", Long.MAX_VALUE);
      refused(device, "notifications.list", "limit", "many");
      refused(device, "notifications.list", "cursor", "x");
      refused(device, "notifications.list", "unread", "yes");
      refused(device, "notifications.markRead");
      refused(device, "notifications.markRead", "ids", 1);
      refused(device, "notifications.markRead", "ids", List.of("one"));
      refused(device, "notifications.markRead", "ids", List.of(1), "all", true);
      refused(device, "notifications.markRead", "ids", IntStream.range(0, 1001).boxed().toList());
      assertThat(device.socket.call("notifications.markRead", "ids", List.of()))
          .containsEntry("unread", 0);
    }
  }

  private static void refused(Device device, String type, Object... fields) {
    Map<String, Object> reply = device.socket.call(type, fields);
    assertThat(reply).as(List.of(fields).toString()).containsEntry("type", "error");
    assertThat(Device.object(reply, "error")).containsEntry("code", "badRequest");
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> items(Map<String, Object> from, String name) {
    return (List<Map<String, Object>>) java.util.Objects.requireNonNull(from.get(name));
  }
}

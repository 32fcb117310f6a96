package io.crewline.notification;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.platform.Database;
import io.crewline.testing.Person;
import io.crewline.testing.TestNode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who is told that they were mentioned, seen from real sockets. */
final class MentionTest {
  private static Crewline node;
  private static int rooms;

  private Person dave;
  private Person ada;
  private String cid;

  @BeforeAll
  static void start() {
    node = TestNode.start();
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @BeforeEach
  void room() {
    dave = Person.member(node, "dave-" + rooms);
    ada = Person.member(node, "ada-" + rooms);
    cid = "messaging:room-" + rooms;
    dave.post(
        "/api/rooms", "{\"id\":\"room-" + rooms + "\",\"members\":[\"" + ada.username() + "\"]}");
    rooms++;
  }

  @Test
  void aMentionReachesAllDevicesWithTheUnreadCount() {
    try (Device phone = new Device(node, ada);
        Device desk = new Device(node, ada)) {
      assertThat(phone.connected).containsEntry("unreadNotifications", 0);
      long messageId = dave.say(cid, "hello @" + ada.username());
      Map<String, Object> told = phone.told(1);
      assertThat(told)
          .containsEntry("kind", "mention")
          .containsEntry("readAt", null)
          .containsEntry(
              "by", Map.of("kind", "user", "id", dave.username(), "name", dave.username()))
          .containsEntry("data", Map.of("channel", cid, "messageId", (int) messageId));
      assertThat(desk.told(1)).isEqualTo(told);
      assertThat(Device.notifications(ada)).containsExactly(told);
      dave.say(cid, "and @" + ada.username());
      phone.told(2);
    }
    try (Device later = new Device(node, ada)) {
      assertThat(later.connected).containsEntry("unreadNotifications", 2);
    }
  }

  @Test
  void aMessageItsEventAndTheNotificationAreOneTransaction() {
    long messageId = dave.say(cid, "hello @" + ada.username());
    Database database = node.context().getBean(Database.class);
    List<String> transactions =
        database.transaction(
            () ->
                database.query(
                    """
                    SELECT m.xmin FROM message m WHERE m.id = ?
                    UNION ALL
                    SELECT e.xmin FROM message m
                    JOIN topic t ON t.name = 'room:' || m.cid
                    JOIN event e ON e.topic_id = t.id AND e.seq = m.seq
                    WHERE m.id = ?
                    UNION ALL
                    SELECT n.xmin FROM notification n WHERE n.username = ?
                    """,
                    row -> row.getString("xmin"),
                    messageId,
                    messageId,
                    ada.username()));
    assertThat(transactions).hasSize(3).containsOnly(transactions.getFirst());
  }

  @Test
  void whatIsReadOnOneDeviceIsReadOnAll() {
    try (Device phone = new Device(node, ada);
        Device desk = new Device(node, ada)) {
      dave.say(cid, "one @" + ada.username());
      dave.say(cid, "two @" + ada.username());
      long first = Device.number(phone.told(1), "id");
      long second = Device.number(phone.told(2), "id");
      assertThat(phone.socket.call("notifications.markRead", "ids", List.of(first)))
          .containsEntry("type", "ok")
          .containsEntry("unread", 1);
      assertThat(desk.next("notification.read"))
          .containsEntry("ids", List.of((int) first))
          .containsEntry("unread", 1)
          .containsKey("readAt");
      assertThat(phone.socket.call("notifications.markRead", "ids", List.of(first)))
          .containsEntry("unread", 1);
      assertThat(phone.socket.call("notifications.markRead", "all", true))
          .containsEntry("unread", 0);
      assertThat(desk.next("notification.read"))
          .as("the repeat made no event, and all is what was left")
          .containsEntry("ids", List.of((int) second))
          .containsEntry("unread", 0);
      assertThat(Device.notifications(ada)).noneMatch(each -> each.get("readAt") == null);
    }
  }

  @Test
  void anEditTellsThoseWhoWereNotMentionedBeforeOnce() {
    Person kim = Person.member(node, "kim-" + rooms);
    dave.post("/api/rooms/" + cid + "/members", "{\"members\":[\"" + kim.username() + "\"]}");
    try (Device ofAda = new Device(node, ada);
        Device ofKim = new Device(node, kim)) {
      String message = "/api/messages/" + dave.say(cid, "hello @" + ada.username());
      for (String text : List.of("@%s and @%s", "nobody", "again @%s and @%s")) {
        String edited = text.formatted(ada.username(), kim.username());
        assertThat(dave.call("PATCH", message, "{\"text\":\"" + edited + "\"}").status())
            .isEqualTo(200);
      }
      ofKim.told(1);
      ofKim.toldNothingMore(kim);
      ofAda.told(1);
      ofAda.toldNothingMore(ada);
    }
  }

  @Test
  void nobodyElseIsTold() {
    Person stranger = Person.member(node, "stranger-" + rooms);
    try (Device ofDave = new Device(node, dave);
        Device ofStranger = new Device(node, stranger);
        Device ofAda = new Device(node, ada)) {
      dave.say(cid, "I am @" + dave.username() + ", not @" + stranger.username() + " or @no-one");
      dave.say(cid, "hello");
      ofDave.toldNothingMore(dave);
      ofStranger.toldNothingMore(stranger);
      ofAda.toldNothingMore(ada);
    }
  }

  @Test
  void aKindThatIsSwitchedOffMakesNoNotification() {
    String settings = "/api/notifications/settings";
    assertThat(ada.get(settings).json())
        .hasSize(6)
        .allSatisfy((kind, on) -> assertThat(on).isEqualTo(true));
    assertThat(ada.call("PATCH", settings, "{\"mention\":false}").json())
        .containsEntry("mention", false)
        .containsEntry("taskDone", true);
    try (Device device = new Device(node, ada)) {
      dave.say(cid, "hello @" + ada.username());
      device.toldNothingMore(ada);
      assertThat(ada.call("PATCH", settings, "{\"mention\":true}").json())
          .containsEntry("mention", true);
      dave.say(cid, "hello @" + ada.username());
      device.told(1);
    }
    assertThat(ada.call("PATCH", settings, "{\"mention\":\"no\"}").status()).isEqualTo(400);
    assertThat(dave.get(settings).json()).containsEntry("mention", true);
  }

  @Test
  void aFailedSendTellsNobody() {
    try (Device device = new Device(node, ada)) {
      String text = "hello @" + ada.username();
      assertThat(
              dave.post(
                      "/api/rooms/" + cid + "/messages",
                      "{\"text\":\"" + text + "\",\"replyTo\":99999999}")
                  .status())
          .isEqualTo(400);
      String send = "{\"text\":\"" + text + "\",\"clientId\":\"c1\"}";
      dave.post("/api/rooms/" + cid + "/messages", send);
      dave.post("/api/rooms/" + cid + "/messages", send);
      device.told(1);
      device.toldNothingMore(ada);
    }
  }
}

package io.crewline.realtime.presence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.platform.Database;
import io.crewline.testing.Person;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class PresenceTest {
  private static Crewline node;
  private static int people;
  private static int rooms;

  private final Person dave = person();
  private final Person ada = person();

  @BeforeAll
  static void start() {
    node = TestNode.start();
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void deadNodesAreForgottenAfterAMinuteAndLivingOnesNever() {
    PresenceRepository presence = node.context().getBean(PresenceRepository.class);
    Database database = node.context().getBean(Database.class);
    for (String name : List.of("lives", "just-died", "long-dead")) {
      presence.register(name, 1, List.of("ghost"), Duration.ofHours(1));
    }
    leaseUntil(database, "just-died", -50);
    leaseUntil(database, "long-dead", -70);
    assertThat(presence.nodes())
        .extracting(PresenceRepository.Node::name)
        .contains("lives")
        .doesNotContain("just-died", "long-dead");
    assertThat(presence.users(List.of("lives", "just-died", "long-dead")))
        .containsOnlyKeys("lives", "just-died");
    presence.remove("lives");
    presence.remove("just-died");
  }

  private static void leaseUntil(Database database, String name, int seconds) {
    database.transaction(
        () ->
            database.update(
                "UPDATE presence_node SET lease_until = now() + ? * interval '1 second'"
                    + " WHERE node = ?",
                seconds,
                name));
  }

  private static synchronized Person person() {
    return Person.member(node, "person-" + ++people);
  }

  private static synchronized String room(boolean isPrivate, Person owner, Person... members) {
    String id = "presence-" + ++rooms;
    List<String> names = new ArrayList<>();
    for (Person member : members) {
      names.add("\"" + member.username() + "\"");
    }
    assertThat(
            owner
                .post(
                    "/api/rooms",
                    "{\"id\":\"%s\",\"private\":%s,\"members\":%s}".formatted(id, isPrivate, names))
                .status())
        .isEqualTo(201);
    return "messaging:" + id;
  }

  private static SocketClient connect(Person person) {
    SocketClient client = SocketClient.connect(node.port(), null);
    assertThat(client.call("connect", "token", person.token())).containsEntry("type", "connected");
    return client;
  }

  private static SocketClient watch(Person person, String... cids) {
    SocketClient client = connect(person);
    for (String cid : cids) {
      assertThat(client.call("channel.watch", "channel", cid)).containsEntry("type", "initialized");
    }
    return client;
  }

  private static boolean isChange(Map<String, Object> frame, Person person, boolean online) {
    return "presence.changed".equals(frame.get("type"))
        && ("user:" + person.username()).equals(frame.get("topic"))
        && frame.toString().contains("online=" + online);
  }

  private static void awaitChange(SocketClient client, Person person, boolean online) {
    client.await(person.username() + " " + online, frame -> isChange(frame, person, online));
  }

  private static long changes(SocketClient client, Person person) {
    return client.received().stream()
        .filter(frame -> isChange(frame, person, true) || isChange(frame, person, false))
        .count();
  }

  private static Object online(SocketClient client, Person... people) {
    List<String> names = new ArrayList<>();
    for (Person person : people) {
      names.add(person.username());
    }
    return Objects.requireNonNull(client.call("presence", "users", names).get("online"));
  }

  private static String code(Map<String, Object> reply) {
    assertThat(reply).containsEntry("type", "error");
    Map<?, ?> error = (Map<?, ?>) Objects.requireNonNull(reply.get("error"));
    return String.valueOf(error.get("code"));
  }

  private static double ephemeral(String outcome) {
    return node.context()
        .getBean(MeterRegistry.class)
        .get("crewline.ephemeral")
        .tag("outcome", outcome)
        .counter()
        .count();
  }

  @Test
  void threeTabsAreOneUser() {
    String cid = room(false, dave, ada);
    try (SocketClient watcher = watch(dave, cid)) {
      SocketClient first = connect(ada);
      awaitChange(watcher, ada, true);
      SocketClient second = connect(ada);
      SocketClient third = connect(ada);
      first.close();
      second.close();
      assertThat(online(watcher, ada)).isEqualTo(List.of(ada.username()));
      // The end of the last is told; by then that of the others would have been.
      third.close();
      awaitChange(watcher, ada, false);
      assertThat(changes(watcher, ada)).isZero();
      assertThat(online(watcher, ada)).isEqualTo(List.of());
    }
  }

  @Test
  void whoIsConnectedIsOnlineAtOnce() {
    try (SocketClient first = connect(dave);
        SocketClient second = connect(ada)) {
      assertThat(online(second, dave, person(), ada, dave))
          .isEqualTo(List.of(dave.username(), ada.username()));
      assertThat(online(first, ada)).isEqualTo(List.of(ada.username()));
    }
  }

  @Test
  void aReloadChangesNothing() {
    String cid = room(false, dave, ada);
    try (SocketClient watcher = watch(dave, cid)) {
      SocketClient before = connect(ada);
      awaitChange(watcher, ada, true);
      before.abort();
      SocketClient after = connect(ada);
      // A change of somebody else that must take longer than the end of the reload would.
      Person kim = person();
      watcher.call("presence", "users", List.of(kim.username()));
      SocketClient other = connect(kim);
      awaitChange(watcher, kim, true);
      other.close();
      awaitChange(watcher, kim, false);
      assertThat(changes(watcher, ada)).isZero();
      after.close();
      awaitChange(watcher, ada, false);
    }
  }

  @Test
  void aChangeIsToldOnceHoweverManyRoomsAreShared() {
    String one = room(false, dave, ada);
    String two = room(false, dave, ada);
    try (SocketClient watcher = watch(dave, one, two)) {
      assertThat(online(watcher, ada)).isEqualTo(List.of());
      SocketClient client = watch(ada, one);
      awaitChange(watcher, ada, true);
      client.close();
      awaitChange(watcher, ada, false);
      assertThat(changes(watcher, ada)).isZero();
      assertThat(changes(client, ada)).as("nobody is told of themselves").isZero();
    }
  }

  @Test
  void whoJoinsARoomWhileOnlineIsToldOfInIt() {
    String cid = room(false, dave);
    try (SocketClient watcher = watch(dave, cid);
        SocketClient stranger = connect(person());
        SocketClient joining = connect(ada)) {
      // Long enough ago: the next change of all would bring it along.
      try (SocketClient other = connect(person())) {
        await().untilAsserted(() -> assertThat(onlineUsers()).contains(ada.username()));
      }
      joining.call("channel.watch", "channel", cid);
      awaitChange(watcher, ada, true);
      assertThat(changes(stranger, ada)).isZero();
    }
  }

  private static List<String> onlineUsers() {
    return node.context().getBean(Presence.class).online();
  }

  @Test
  void whoAskedIsToldAndWhoDidNotIsNot() {
    Person kim = person();
    try (SocketClient asks = connect(dave);
        SocketClient asksNot = connect(kim)) {
      assertThat(asks.call("presence", "users", List.of(ada.username())))
          .containsOnlyKeys("id", "type", "online");
      SocketClient client = connect(ada);
      awaitChange(asks, ada, true);
      client.close();
      Map<String, Object> gone = asks.await("the end", frame -> isChange(frame, ada, false));
      assertThat(gone).containsOnlyKeys("type", "topic", "at", "data");
      assertThat(String.valueOf(gone.get("data"))).contains("lastSeenAt");
      assertThat(changes(asksNot, ada)).isZero();
    }
  }

  @Test
  void outsidersHearNothingOfAPrivateRoom() {
    String cid = room(true, dave, ada);
    Person outsider = person();
    try (SocketClient member = watch(dave, cid);
        SocketClient stranger = connect(outsider)) {
      for (String command : List.of("typing.start", "typing.stop", "presence", "channel.watch")) {
        assertThat(code(stranger.call(command, "channel", cid))).isEqualTo("notFound");
      }
      try (SocketClient typist = watch(ada, cid)) {
        typist.call("typing.start", "channel", cid);
        member.await("typing.start");
        awaitChange(member, ada, true);
      }
      awaitChange(member, ada, false);
      assertThat(stranger.received()).noneMatch(frame -> frame.toString().contains(ada.username()));
    }
  }

  @Test
  void aRemovedMemberHearsNothingMore() {
    String cid = room(true, dave, ada);
    try (SocketClient owner = watch(dave, cid);
        SocketClient removed = watch(ada, cid)) {
      dave.call("DELETE", "/api/rooms/" + cid + "/members/" + ada.username(), "");
      removed.await("removed");
      owner.call("typing.start", "channel", cid);
      owner.await("typing.start");
      assertThat(code(removed.call("typing.start", "channel", cid))).isEqualTo("notFound");
      assertThat(removed.received()).noneMatch(frame -> "typing.start".equals(frame.get("type")));
    }
  }

  @Test
  void typingIsToldAndEndsWithStopSendAndDisconnect() {
    String cid = room(false, dave, ada);
    try (SocketClient watcher = watch(dave, cid)) {
      SocketClient typist = watch(ada, cid);
      assertThat(typist.call("typing.start", "channel", cid)).containsOnlyKeys("id", "type");
      Map<String, Object> started = watcher.await("typing.start");
      assertThat(started)
          .containsOnlyKeys("type", "topic", "at", "data")
          .containsEntry("topic", "room:" + cid)
          .containsEntry(
              "data",
              Map.of("channel", cid, "user", Map.of("id", ada.username(), "name", ada.username())));
      typist.call("typing.stop", "channel", cid);
      watcher.await("typing.stop");
      typist.call("typing.start", "channel", cid);
      watcher.await("typing.start");
      typist.call("sendMessage", "channel", cid, "text", "done");
      watcher.await("typing.stop");
      typist.call("typing.start", "channel", cid);
      watcher.await("typing.start");
      typist.abort();
      watcher.await("typing.stop");
      assertThat(watcher.received())
          .noneMatch(frame -> String.valueOf(frame.get("type")).startsWith("typing"));
    }
  }

  @Test
  void typingEndsByItself() {
    String cid = room(false, dave, ada);
    try (SocketClient watcher = watch(dave, cid);
        SocketClient typist = watch(ada, cid)) {
      long began = System.nanoTime();
      typist.call("typing.start", "channel", cid);
      watcher.await("typing.start");
      watcher.await("typing.stop");
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofSeconds(9));
    }
  }

  @Test
  void aLargeRoomIsCountedAndNotNamed() {
    String cid = room(false, dave, ada);
    int strangers = Roster.SMALL;
    Database database = node.context().getBean(Database.class);
    database.transaction(
        () -> {
          database.update(
              """
              INSERT INTO account (username, display_name, role)
              SELECT 'crowd-' || n, 'Crowd', 'member' FROM generate_series(1, ?) n
              """,
              strangers);
          database.update(
              """
              INSERT INTO room_member (cid, username, read_seq, joined_at)
              SELECT ?, 'crowd-' || n, 0, now() FROM generate_series(1, ?) n
              """,
              cid,
              strangers);
        });
    try (SocketClient watcher = watch(dave, cid)) {
      List<SocketClient> crowd = new ArrayList<>();
      for (int i = 1; i <= 5; i++) {
        crowd.add(connect(Person.member(node, "crowd-" + i)));
      }
      Map<String, Object> counted = Map.of("channel", cid, "online", 6);
      Map<String, Object> event = watcher.await("six", frame -> counted.equals(frame.get("data")));
      assertThat(event).containsEntry("topic", "room:" + cid);
      await()
          .untilAsserted(
              () ->
                  assertThat(watcher.call("presence", "channel", cid))
                      .containsEntry("count", 6)
                      .extractingByKey("online")
                      .asInstanceOf(InstanceOfAssertFactories.list(String.class))
                      .containsExactly(
                          "crowd-1", "crowd-2", "crowd-3", "crowd-4", "crowd-5", dave.username()));
      crowd.forEach(SocketClient::close);
      watcher.await("one", frame -> Map.of("channel", cid, "online", 1).equals(frame.get("data")));
      assertThat(watcher.received())
          .noneMatch(frame -> String.valueOf(frame.get("topic")).startsWith("user:crowd"));
    }
  }

  @Test
  void badQuestionsAreRefused() {
    try (SocketClient client = connect(dave)) {
      assertThat(code(client.call("presence"))).isEqualTo("badRequest");
      assertThat(code(client.call("presence", "users", "dave"))).isEqualTo("badRequest");
      assertThat(code(client.call("presence", "users", List.of("No!")))).isEqualTo("badRequest");
      assertThat(code(client.call("presence", "users", List.of(), "channel", "messaging:x")))
          .isEqualTo("badRequest");
      assertThat(code(client.call("presence", "channel", "messaging:none"))).isEqualTo("notFound");
      assertThat(code(client.call("typing.start"))).isEqualTo("badRequest");
      assertThat(code(client.call("typing.start", "channel", "messaging:none")))
          .isEqualTo("notFound");
      assertThat(code(client.call("presence", "users", users(0, 201)))).isEqualTo("badRequest");
      assertThat(client.call("presence", "users", users(0, 200))).containsEntry("type", "ok");
      assertThat(client.call("presence", "users", users(200, 200))).containsEntry("type", "ok");
      assertThat(client.call("presence", "users", users(100, 200))).containsEntry("type", "ok");
      assertThat(code(client.call("presence", "users", users(400, 101)))).isEqualTo("badRequest");
    }
    try (SocketClient client = SocketClient.connect(node.port(), null)) {
      for (String command : List.of("typing.start", "typing.stop", "presence")) {
        assertThat(code(client.call(command, "channel", "messaging:x")))
            .isEqualTo("unauthenticated");
      }
    }
  }

  private static List<String> users(int first, int count) {
    return IntStream.range(first, first + count).mapToObj(i -> "nobody-" + i).toList();
  }

  @Test
  void aSlowClientMissesWhatIsFleetingAndNothingElse() {
    String cid = room(false, dave, ada);
    try (SocketClient slow = watch(ada, cid);
        SocketClient typist = watch(dave, cid)) {
      slow.reading(false);
      double dropped = ephemeral("dropped");
      List<Long> ids = new ArrayList<>();
      String text = "x".repeat(19_000);
      await()
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofMillis(1))
          .until(
              () -> {
                for (int i = 0; i < 20; i++) {
                  ids.add(dave.say(cid, text));
                }
                typist.call("typing.start", "channel", cid);
                typist.call("typing.stop", "channel", cid);
                return ephemeral("dropped") >= dropped + 2;
              });
      slow.reading(true);
      long last = ids.getLast();
      slow.await("the last message", frame -> frame.toString().contains("id=" + last + ","));
      List<String> seqs =
          slow.received().stream()
              .filter(frame -> "message.new".equals(frame.get("type")))
              .map(frame -> String.valueOf(frame.get("seq")))
              .toList();
      assertThat(seqs).hasSize(ids.size() - 1).doesNotHaveDuplicates();
    }
  }
}

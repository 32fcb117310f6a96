package io.crewline.realtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.account.AccessTokens;
import io.crewline.account.Identity;
import io.crewline.journal.Journal;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import io.crewline.platform.Settings;
import io.crewline.testing.Events;
import io.crewline.testing.Person;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import io.micronaut.context.ApplicationContext;
import io.micronaut.json.tree.JsonNode;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A client that sends {@code connect} more than once on one connection. */
final class ConnectTest {
  private static final Crewline NODE = TestNode.start();
  private static final ApplicationContext BEANS = NODE.context();
  private static final AtomicInteger ROOMS = new AtomicInteger();
  private static final Person ADA = Person.member(NODE, "ada");

  private final Journal journal = BEANS.getBean(Journal.class);
  private final Events events = new Events(NODE);
  private final TopicHub hub = BEANS.getBean(TopicHub.class);
  private final ExecutorService loop = Executors.newSingleThreadExecutor();
  private final HubClient client = new HubClient(NODE, loop);
  private final Topic failing = room();
  private final Topic slow = room();
  private final Gate gate = new Gate();

  @AfterAll
  static void stop() {
    NODE.close();
  }

  @AfterEach
  void end() {
    gate.open.countDown();
    client.session.subscriptions().forEach(hub::unsubscribe);
    client.settle();
    loop.shutdown();
  }

  private static Topic room() {
    String id = "connect-" + ROOMS.incrementAndGet();
    ADA.post("/api/rooms", "{\"id\":\"" + id + "\"}");
    return Topic.room("messaging:" + id);
  }

  /** Lets everybody watch everything, but fails once for one room and waits once for the other. */
  private final class Gate implements TopicAuthorizer {
    final CountDownLatch open = new CountDownLatch(1);
    final CountDownLatch reached = new CountDownLatch(1);
    final AtomicBoolean fails = new AtomicBoolean(true);
    final AtomicBoolean waits = new AtomicBoolean(true);

    @Override
    public boolean owns(Topic topic) {
      return true;
    }

    @Override
    public boolean mayWatch(Identity identity, Topic topic) {
      if (topic.equals(slow) && waits.compareAndSet(true, false)) {
        reached.countDown();
        pass();
      } else if (topic.equals(failing) && fails.compareAndSet(true, false)) {
        throw ApiException.of(ErrorCode.UNAVAILABLE, "on purpose");
      }
      return true;
    }

    private void pass() {
      try {
        if (!open.await(30, TimeUnit.SECONDS)) {
          throw new IllegalStateException("nobody let it go on");
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private ConnectHandler handler(TopicAuthorizer authorizer, List<ConnectedField> fields) {
    Settings settings = BEANS.getBean(Settings.class);
    return new ConnectHandler(
        BEANS.getBean(Sessions.class),
        BEANS.getBean(LiveAccess.class),
        new Subscriptions(hub, List.of(authorizer), settings),
        hub,
        BEANS.getBean(AccessTokens.class),
        settings,
        Clock.systemUTC(),
        fields);
  }

  private Command connect() {
    Map<String, JsonNode> resume = new LinkedHashMap<>();
    for (Topic topic : List.of(failing, slow)) {
      resume.put(topic.name(), JsonNode.createStringNode(journal.head(topic).toString()));
    }
    return new Command(
        "1",
        "connect",
        new Fields(JsonNode.createObjectNode(Map.of("resume", JsonNode.createObjectNode(resume)))));
  }

  private void awaitOneOf(Topic topic) {
    Position before = journal.head(topic);
    events.commit(topic, 1, 1, "text");
    await()
        .untilAsserted(() -> assertThat(client.written()).contains("event " + (before.seq() + 1)));
    client.written.clear();
  }

  @Test
  void aConnectThatFailedTakesNoTopicFromTheNextOne() throws Exception {
    ConnectHandler handler = handler(gate, List.of());
    CompletableFuture<Reply> first =
        CompletableFuture.supplyAsync(() -> handler.handle(client.session, connect()));
    assertThat(gate.reached.await(10, TimeUnit.SECONDS)).isTrue();
    // It has failed for one room; the other is still on its way. Given a moment to end too early.
    CompletableFuture<Void> late =
        first.handle((reply, failure) -> null).orTimeout(1, TimeUnit.SECONDS).thenApply(x -> null);
    boolean early = late.handle((done, failure) -> failure == null).join();
    if (!early) {
      gate.open.countDown();
    }
    assertThat(first.join().outcome()).isEqualTo("unavailable");

    client.session.answer(connect(), handler.handle(client.session, connect()));
    gate.open.countDown();

    awaitOneOf(failing);
    awaitOneOf(slow);
    awaitOneOf(slow);
  }

  @Test
  void aConnectThatFailedLateCanBeRepeated() {
    AtomicBoolean fails = new AtomicBoolean(true);
    gate.fails.set(false);
    gate.waits.set(false);
    ConnectedField field =
        new ConnectedField() {
          @Override
          public String name() {
            return "field";
          }

          @Override
          public Object value(Identity identity) {
            if (fails.compareAndSet(true, false)) {
              throw ApiException.of(ErrorCode.UNAVAILABLE, "on purpose");
            }
            return 1;
          }
        };
    ConnectHandler handler = handler(gate, List.of(field));
    Reply failed = handler.handle(client.session, connect());
    assertThat(failed.outcome()).isEqualTo("unavailable");
    client.session.answer(connect(), failed);
    Topic own = Topic.user("ada");
    assertThat(client.session.subscriptions())
        .as("what was opened is given up, but for hearing of the user's rights")
        .extracting(Subscription::topic)
        .containsExactly(own);

    client.session.answer(connect(), handler.handle(client.session, connect()));

    awaitOneOf(failing);
    awaitOneOf(slow);
    awaitOneOf(own);
  }

  @Test
  void aSecondConnectIsRefusedAndTheFirstOneLosesNothing() {
    Topic room = room();
    Position before = journal.head(room);
    events.commit(room, 1, 300, "missed");
    try (SocketClient socket = SocketClient.connect(NODE.port(), null)) {
      Map<String, Object> connect =
          Map.of(
              "type", "connect",
              "token", ADA.token(),
              "resume", Map.of(room.name(), before.toString()));
      CompletableFuture<Map<String, Object>> first = socket.send(connect);
      CompletableFuture<Map<String, Object>> second = socket.send(connect);

      assertThat(first.join())
          .containsEntry("type", "connected")
          .containsEntry("resumed", Map.of(room.name(), "ok"));
      assertThat(String.valueOf(second.join().get("error")))
          .contains("badRequest", "connected already");
      events.commit(room, 301, 1, "live");
      for (long seq = before.seq() + 1; seq <= before.seq() + 301; seq++) {
        assertThat(socket.await("noted")).containsEntry("seq", (int) seq);
      }
      assertThat(socket.received()).noneMatch(frame -> "noted".equals(frame.get("type")));
    }
  }
}

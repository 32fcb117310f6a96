package io.crewline.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.crewline.Crewline;
import io.crewline.account.Identity;
import io.crewline.account.Role;
import io.crewline.attachment.AttachmentService;
import io.crewline.journal.DomainEvent;
import io.crewline.journal.Journal;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.ErrorCode;
import io.crewline.platform.InputErrors;
import io.crewline.platform.Json;
import io.crewline.platform.LockWaits;
import io.crewline.platform.Watchdog;
import io.crewline.testing.Person;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micronaut.context.ApplicationContext;
import io.micronaut.context.event.ApplicationEventPublisher;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sends share a commit; what goes wrong with one or with the commit reaches those it concerns. */
@Timeout(60)
final class MessageLaneTest {
  private static final String CID = "messaging:lane";

  private static Crewline node;
  private static Person ada;
  private static Database database;

  /** The events of messages with these texts. */
  private final List<String> published = new CopyOnWriteArrayList<>();

  private final CountDownLatch held = new CountDownLatch(1);
  private final CompletableFuture<Void> go = new CompletableFuture<>();

  @BeforeAll
  static void start() {
    node = TestNode.start();
    ada = Person.manager(node, "ada");
    ada.post("/api/rooms", "{\"id\":\"lane\"}");
    database = node.context().getBean(Database.class);
    database.transaction(
        () -> {
          database.update(
              """
              CREATE FUNCTION refuse_text() RETURNS trigger LANGUAGE plpgsql AS $$
              BEGIN
                IF NEW.text LIKE 'held%' THEN PERFORM pg_advisory_xact_lock(4711); END IF;
                IF NEW.text NOT LIKE 'held%' THEN RAISE EXCEPTION 'refused'; END IF;
                RETURN NEW;
              END $$
              """);
          database.update(
              """
              CREATE TRIGGER poison BEFORE INSERT ON message FOR EACH ROW
              WHEN (NEW.text LIKE 'poison%') EXECUTE FUNCTION refuse_text()
              """);
          database.update(
              """
              CREATE CONSTRAINT TRIGGER late AFTER INSERT ON message
              DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
              WHEN (NEW.text LIKE 'late%' OR NEW.text LIKE 'held%')
              EXECUTE FUNCTION refuse_text()
              """);
        });
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  /** A lane of the real parts; it stops at "wait" and fails with an Error at "error". */
  private MessageLane lane(int most) {
    ApplicationContext context = node.context();
    ApplicationEventPublisher<DomainEvent> events = context.getEventPublisher(DomainEvent.class);
    MessageBatch batch =
        new MessageBatch(
            database,
            context.getBean(Journal.class),
            context.getBean(MessageRepository.class),
            context.getBean(RoomRepository.class),
            context.getBean(AttachmentService.class),
            event -> {
              if (event instanceof ChatEvent.MessagePosted posted) {
                String text = posted.message().text();
                published.add(text);
                if (text.equals("wait")) {
                  held.countDown();
                  go.join();
                } else if (text.equals("error")) {
                  throw new AssertionError("planted");
                }
              }
              events.publishEvent(event);
            },
            context.getBean(Json.class),
            context.getBean(Clock.class));
    return new MessageLane(
        batch,
        DistributionSummary.builder("sizes").register(new SimpleMeterRegistry()),
        context.getBean(LockWaits.class),
        context.getBean(Watchdog.class),
        most);
  }

  private static PostMessage send(String text) {
    return PostMessage.of(
        new Identity("ada", "ada", Role.MANAGER),
        Cid.parse("cid", CID),
        text,
        null,
        null,
        null,
        new InputErrors());
  }

  /** Sends that share a batch: they wait while the first one is held. */
  private List<CompletableFuture<Posted>> together(MessageLane lane, String... texts)
      throws Exception {
    lane.post(send("wait"));
    held.await();
    List<CompletableFuture<Posted>> results = new ArrayList<>();
    for (String text : texts) {
      results.add(lane.post(send(text)));
    }
    go.complete(null);
    return results;
  }

  private static long stored(String text) {
    return database.transaction(
        () ->
            database
                .queryOne(
                    "SELECT count(*) FROM message WHERE text = ?", row -> row.getLong(1), text)
                .orElseThrow());
  }

  private static void assertFails(Future<Posted> send, ErrorCode code) {
    assertThatExceptionOfType(ExecutionException.class)
        .isThrownBy(() -> send.get(20, TimeUnit.SECONDS))
        .havingCause()
        .isInstanceOf(ApiException.class)
        .matches(refusal -> ((ApiException) refusal).code() == code);
  }

  @Test
  void anErrorFailsItsBatchOnceAndTheLaneGoesOn() throws Exception {
    MessageLane lane = lane(100);
    List<CompletableFuture<Posted>> sends = together(lane, "before", "error", "after");
    for (CompletableFuture<Posted> send : sends) {
      assertFails(send, ErrorCode.INTERNAL);
    }
    assertThat(published).containsExactly("wait", "before", "error");
    assertThat(lane.post(send("goes on")).get(20, TimeUnit.SECONDS).message().text())
        .isEqualTo("goes on");
    assertThat(stored("before")).isZero();
  }

  @Test
  void anAnswerThatIsNeverDoneIsNoticed() throws Exception {
    Watchdog watchdog = node.context().getBean(Watchdog.class);
    Duration longer = Duration.ofMinutes(5);
    CompletableFuture<Void> reached = new CompletableFuture<>();
    CompletableFuture<Void> done = new CompletableFuture<>();
    MessageLane lane = lane(100);
    lane.post(send("wait"));
    held.await();
    lane.post(send("answered"))
        .thenRun(
            () -> {
              reached.complete(null);
              done.join();
            });
    go.complete(null);
    reached.join();
    try {
      watchdog.check(longer);
      watchdog.check(longer);
      assertThat(watchdog.stalled()).contains("message answers").doesNotContain("message lane");
    } finally {
      done.complete(null);
    }
    Awaitility.await()
        .untilAsserted(
            () -> {
              watchdog.check(Duration.ofMillis(1));
              assertThat(watchdog.stalled()).isEmpty();
            });
  }

  @Test
  void theRefusalOfAFullLaneComesAfterTheSendsBeforeIt() throws Exception {
    MessageLane lane = lane(2);
    List<String> answers = new CopyOnWriteArrayList<>();
    lane.post(send("wait"));
    held.await();
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (String text : List.of("one", "two", "three", "four")) {
      all.add(lane.post(send(text)).whenComplete((posted, failed) -> answers.add(text)));
    }
    assertThat(answers).isEmpty();
    go.complete(null);
    Awaitility.await().until(() -> all.stream().allMatch(CompletableFuture::isDone));
    assertThat(answers).containsExactly("one", "two", "three", "four");
    assertThat(all)
        .extracting(CompletableFuture::isCompletedExceptionally)
        .containsExactly(false, false, true, true);
  }

  @Test
  void aSendThatTheDatabaseRefusesFailsAlone() throws Exception {
    List<CompletableFuture<Posted>> sends = together(lane(100), "good 1", "poison", "good 2");
    assertFails(sends.get(1), ErrorCode.INTERNAL);
    sends.get(0).get(20, TimeUnit.SECONDS);
    sends.get(2).get(20, TimeUnit.SECONDS);
    assertThat(List.of(stored("good 1"), stored("poison"), stored("good 2")))
        .containsExactly(1L, 0L, 1L);
  }

  @Test
  void aSendWhoseCommitFailsIsNotAcknowledged() throws Exception {
    List<CompletableFuture<Posted>> sends = together(lane(100), "fine", "late");
    assertFails(sends.get(1), ErrorCode.INTERNAL);
    sends.get(0).get(20, TimeUnit.SECONDS);
    assertThat(List.of(stored("fine"), stored("late"))).containsExactly(1L, 0L);
  }

  @Test
  void nobodyHearsOfAMessageBeforeItsCommit() {
    try (SocketClient watcher = SocketClient.connect(node.port(), ada.token())) {
      watcher.call("channel.watch", "channel", CID);
      CompletableFuture<Posted> sent =
          database.transaction(
              () -> {
                database.query("SELECT pg_advisory_xact_lock(4711)", row -> 1);
                CompletableFuture<CompletableFuture<Posted>> posting =
                    CompletableFuture.supplyAsync(() -> lane(100).post(send("held back")));
                Awaitility.await().pollInSameThread().until(MessageLaneTest::aCommitWaits);
                assertThat(posting.join()).isNotDone();
                // The reply comes after all that was delivered before.
                watcher.call("ping");
                assertThat(watcher.received().toString()).doesNotContain("held back");
                return posting.join();
              });
      sent.join();
      watcher.await("the message", event -> event.toString().contains("held back"));
    }
  }

  private static boolean aCommitWaits() {
    return !database
        .query(
            "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = 4711",
            row -> 1)
        .isEmpty();
  }
}

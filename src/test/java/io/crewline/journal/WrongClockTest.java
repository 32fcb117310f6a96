package io.crewline.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.platform.Database;
import io.crewline.testing.Person;
import io.crewline.testing.Rest;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A node whose machine is forty days ahead, beside one that has the right time. */
final class WrongClockTest {
  private static final Duration AHEAD = Duration.ofDays(40);
  private static Crewline right;
  private static Crewline ahead;

  @BeforeAll
  static void start() {
    Map<String, String> database = Map.of("DATABASE_URL", TestPostgres.createDatabase());
    right = TestNode.start(database);
    ahead = TestNode.start(database, Clock.offset(Clock.systemUTC(), AHEAD));
  }

  @AfterAll
  static void stop() {
    ahead.close();
    right.close();
  }

  @Test
  void itDeletesNoEventThatIsYoung() {
    Position before = journal(right).open(Topic.TASKS).head();
    Person.admin(right).post("/api/tasks", "{\"title\":\"Paint the fence\"}");
    ahead.context().getBean(JournalCleaner.class).run();
    assertThat(journal(right).readAfter(Topic.TASKS, before, 10).entries())
        .extracting(JournalEntry::type)
        .containsExactly("task:created");
  }

  @Test
  void itDatesItsEventsAndMessagesByTheDatabase() {
    Person admin = Person.admin(ahead);
    admin.post("/api/rooms", "{\"type\":\"messaging\",\"id\":\"late\",\"name\":\"Late\"}");
    Instant from = databaseTime();
    admin.say("messaging:late", "now");
    Instant to = databaseTime();
    List<JournalEntry> entries =
        journal(right)
            .readAfter(
                Topic.room("messaging:late"),
                journal(right).oldest(Topic.room("messaging:late")),
                10)
            .entries();
    JournalEntry posted = entries.getLast();
    assertThat(posted.type()).isEqualTo("message.new");
    assertThat(posted.at()).isBetween(from.minusMillis(1), to);
    assertThat(posted.data()).contains("\"createdAt\":\"" + posted.at() + "\"");
  }

  @Test
  void itTakesTheTokensOfTheOthersAndTheyTakeItsOwn() {
    assertThat(me(ahead, Person.admin(right).token())).isEqualTo(200);
    assertThat(me(right, Person.admin(ahead).token())).isEqualTo(200);
  }

  @Test
  void itsClockForAllThatNodesCompareIsTheDatabases() {
    Clock clock = ahead.context().getBean(Clock.class);
    Instant from = databaseTime();
    Instant shown = clock.instant();
    Instant to = databaseTime();
    // On a busy machine the measurement itself may be off by half of what its query took.
    assertThat(shown).isBetween(from.minusSeconds(2), to.plusSeconds(2));
  }

  @Test
  void itIsNotReadyAndSaysWhy() {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> assertThat(new Rest(ahead).get("/health/readiness").status()).isEqualTo(503));
    assertThat(new Rest(ahead).get("/health/readiness").body())
        .contains("\"clock\"")
        .contains("the clock of this machine is 3456000 s ahead of the database's");
    assertThat(new Rest(right).get("/health/readiness").status()).isEqualTo(200);
  }

  @Test
  void itsMetricSaysHowFarItIsOff() {
    assertThat(offset(ahead)).isCloseTo(AHEAD.toSeconds(), Offset.offset(2.0));
    assertThat(offset(right)).isCloseTo(0, Offset.offset(2.0));
  }

  private static double offset(Crewline node) {
    Matcher metric =
        Pattern.compile("(?m)^crewline_clock_offset_seconds (\\S+)$")
            .matcher(new Rest(node).get("/prometheus").body());
    assertThat(metric.find()).isTrue();
    return Double.parseDouble(metric.group(1));
  }

  private static int me(Crewline node, String token) {
    return new Rest(node).get("/api/me", "Authorization", "Bearer " + token).status();
  }

  private static Journal journal(Crewline node) {
    return node.context().getBean(Journal.class);
  }

  private static Instant databaseTime() {
    Database database = right.context().getBean(Database.class);
    return database.transaction(
        () ->
            database
                .queryOne("SELECT clock_timestamp() AS now", row -> Database.instant(row, "now"))
                .orElseThrow());
  }
}

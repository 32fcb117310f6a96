package io.crewline.gateway.sse;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.journal.Journal;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.platform.Database;
import io.crewline.testing.Events;
import io.crewline.testing.Person;
import io.crewline.testing.Rest.Answer;
import io.crewline.testing.TestNode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class EventPageTest {
  private static Crewline node;
  private static Journal journal;
  private static Events events;
  private static Person dave;

  @BeforeAll
  static void start() {
    node = TestNode.start();
    journal = node.context().getBean(Journal.class);
    events = new Events(node);
    dave = Person.member(node, "dave");
    events.commit(Topic.user("dave"), 1, 7, "hello");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> eventsOf(Answer answer) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return (List<Map<String, Object>>) answer.field("events");
  }

  @Test
  void pagesLeadFromTheOldestEventToTheNewest() {
    Answer first = dave.get("/api/events?topic=user:dave&limit=5");
    assertThat(first.header("Content-Type")).startsWith("application/json");
    assertThat(eventsOf(first)).extracting("seq").containsExactly(1, 2, 3, 4, 5);
    assertThat(eventsOf(first).getFirst())
        .containsOnlyKeys("type", "topic", "seq", "epoch", "at", "data")
        .containsEntry("type", "noted")
        .containsEntry("topic", "user:dave")
        .containsEntry("data", Map.of("n", 1, "text", "hello"));
    Answer second = dave.get("/api/events?topic=user:dave&after=" + first.text("position"));
    assertThat(eventsOf(second)).extracting("seq").containsExactly(6, 7);
    assertThat(second.field("reset")).isEqualTo(false);
    Answer third = dave.get("/api/events?topic=user:dave&after=" + second.text("position"));
    assertThat(eventsOf(third)).isEmpty();
    assertThat(third.text("position")).isEqualTo(second.text("position"));
  }

  @Test
  void topicWithoutEventsIsAnEmptyPage() {
    Person ada = Person.member(node, "ada");
    Answer answer = ada.get("/api/events?topic=user:ada");
    assertThat(eventsOf(answer)).isEmpty();
    assertThat(answer.text("position")).endsWith(":0");
  }

  @Test
  void positionThatNoLongerFitsIsAReset() {
    Position head = journal.head(Topic.user("dave"));
    for (Position wrong :
        List.of(new Position("otherepoch", 3), new Position(head.epoch(), head.seq() + 1))) {
      Answer answer = dave.get("/api/events?topic=user:dave&after=" + wrong);
      assertThat(eventsOf(answer)).isEmpty();
      assertThat(answer.field("reset")).isEqualTo(true);
      assertThat(answer.text("position")).isEqualTo(head.toString());
    }
  }

  @Test
  void withoutAPositionThePageBeginsAfterWhatRetentionRemoved() {
    Person kim = Person.member(node, "kim");
    events.commit(Topic.user("kim"), 1, 4, "old");
    Database database = node.context().getBean(Database.class);
    database.transaction(
        () -> {
          database.update(
              "DELETE FROM event USING topic WHERE topic_id = topic.id AND name = 'user:kim'"
                  + " AND seq <= 2");
          database.update("UPDATE topic SET floor = 2 WHERE name = 'user:kim'");
        });
    assertThat(eventsOf(kim.get("/api/events?topic=user:kim")))
        .extracting("seq")
        .containsExactly(3, 4);
  }

  @Test
  void pageEndsBeforeAChangeOfSightAndTheNextOneIsAReset() {
    Position before = journal.open(Topic.TASKS).head();
    events.commit(Topic.TASKS, 1, 2, "seen before");
    events.changeSight(Topic.TASKS, "dave");
    events.commit(Topic.TASKS, 3, 1, "seen in another way");
    Position head = journal.head(Topic.TASKS);

    Answer first = dave.get("/api/events?topic=tasks&after=" + before);
    assertThat(eventsOf(first)).extracting("seq").containsExactly(seq(before, 1), seq(before, 2));
    assertThat(first.field("reset")).isEqualTo(false);

    Answer second = dave.get("/api/events?topic=tasks&after=" + first.text("position"));
    assertThat(eventsOf(second)).isEmpty();
    assertThat(second.field("reset")).isEqualTo(true);
    assertThat(second.text("position")).isEqualTo(head.toString());

    Person other = Person.member(node, "whose-sight-stays");
    assertThat(eventsOf(other.get("/api/events?topic=tasks&after=" + before)))
        .extracting("seq")
        .containsExactly(seq(before, 1), seq(before, 2), seq(before, 4));
  }

  private static int seq(Position position, int later) {
    return (int) position.seq() + later;
  }

  @Test
  void othersTopicsAndUnknownOnesAreNotFound() {
    assertThat(dave.get("/api/events?topic=user:admin").status()).isEqualTo(404);
    assertThat(dave.get("/api/events?topic=room:messaging:nowhere").status()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "topic=nonsense",
        "topic=user:dave&limit=0",
        "topic=user:dave&limit=1001",
        "topic=user:dave&limit=x",
        "topic=user:dave&after=nonsense"
      })
  void wrongParametersAreABadRequest(String query) {
    Answer answer = dave.get("/api/events?" + query);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text("code")).isEqualTo("badRequest");
  }

  @Test
  void needsAToken() {
    assertThat(new io.crewline.testing.Rest(node).get("/api/events?topic=tasks").status())
        .isEqualTo(401);
  }
}

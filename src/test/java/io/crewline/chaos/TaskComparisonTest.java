package io.crewline.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.chaos.JournalCopy.TopicCopy;
import io.crewline.chaos.Verdict.Kind;
import io.crewline.journal.Audience;
import io.crewline.platform.JsonText;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The judge of tasks, reads and links: what is wrong on purpose must be found wrong. */
final class TaskComparisonTest {
  private static final String EPOCH = "e1";
  private static final String ROOM = "room:messaging:general";

  private final JournalCopy journal = new JournalCopy();
  private final Verdict verdict = new Verdict();
  private final TaskComparison comparison = new TaskComparison(journal, verdict);
  private final Promises promises = new Promises();

  private TopicCopy tasks(Event... events) {
    return topic(TaskComparison.TASKS, events);
  }

  private TopicCopy topic(String name, Event... events) {
    TopicCopy topic = journal.add(new TopicCopy(name, EPOCH, events.length, 0));
    for (int i = 0; i < events.length; i++) {
      String type = events[i].type();
      Map<String, Object> data = events[i].data();
      topic.add(
          i + 1,
          Facts.subject(type, data),
          Facts.key(type, data),
          i,
          Facts.content(type, data),
          Facts.change(type, data));
      if (data.get("task") instanceof Map<?, ?> task) {
        topic.ofTask(task.hashCode());
      }
    }
    return topic;
  }

  private record Event(String type, Map<String, Object> data) {}

  private static Map<String, Object> task(long id, long version, String description) {
    return Map.of(
        "id",
        id,
        "version",
        version,
        "title",
        "w100-" + id,
        "description",
        description,
        "notes",
        List.of(Map.of("text", "w200-" + version)));
  }

  private static Event created(long id) {
    return new Event("task:created", Map.of("task", task(id, 1, ""), "changed", List.of()));
  }

  private static Event updated(long id, long version, String mark, String changed) {
    return new Event(
        "task:updated", Map.of("task", task(id, version, mark), "changed", List.of(changed)));
  }

  private static Event deleted(long id, long version) {
    return new Event("task:deleted", Map.of("task", task(id, version, ""), "changed", List.of()));
  }

  private static Event read(String user, long seq) {
    return new Event("message.read", Map.of("user", Map.of("id", user), "seq", seq));
  }

  private static Event message(long id) {
    return new Event("message.new", Map.of("message", Map.of("id", id)));
  }

  private Map<Kind, Long> faults() {
    return verdict.counts().entrySet().stream()
        .filter(count -> count.getValue() > 0)
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  @Test
  void marksAreFoundWhereTheirChangesLeftThem() {
    TopicCopy topic =
        tasks(
            created(7),
            updated(7, 2, "w100-9", "description"),
            updated(7, 3, "w100-9", "notes"),
            updated(7, 4, "w100-9", "status"));
    assertThat(List.of(topic.key(0), topic.key(1), topic.key(2), topic.key(3)))
        .containsExactly(SendKey.of(100, 7), SendKey.of(100, 9), SendKey.of(200, 3), SendKey.NONE);
    assertThat(topic.change(1)).isEqualTo("task 7 at version 2");
  }

  @Test
  void whatWasPromisedAndIsThereIsGood() {
    tasks(created(7), updated(7, 2, "w100-9", "description"), created(8), deleted(8, 1));
    topic(ROOM, message(5), read("ada", 1), message(6), read("ada", 3));
    promises.saw(task(7, 2, "w100-9"));
    promises.changed(TaskComparison.TASKS, "task 8 deleted");
    promises.read(ROOM, "ada", 6);
    promises.linkMade("2026-03-01T12:00:00.001Z");
    comparison.promises(promises);
    comparison.tasks(Map.of(7L, task(7, 2, "w100-9").hashCode()));
    comparison.links(promises.links(), List.of(Map.entry("2026-03-01T12:00:00.001Z", false)));
    assertThat(faults()).isEmpty();
  }

  @Test
  void anAcknowledgedChangeThatIsNotThereIsLost() {
    tasks(created(7));
    promises.changed(ROOM, "message.deleted 5");
    promises.changed(TaskComparison.TASKS, "task 7 deleted");
    promises.saw(task(7, 2, "w100-9"));
    comparison.promises(promises);
    assertThat(faults()).containsOnly(Map.entry(Kind.LOST_SEND, 3L));
  }

  @Test
  void anAnswerThatTheJournalHasOtherwiseIsInvented() {
    tasks(created(7));
    promises.saw(task(7, 1, "other"));
    comparison.promises(promises);
    assertThat(faults()).containsOnly(Map.entry(Kind.INVENTED, 1L));
  }

  @Test
  void aRefusedChangeThatIsThereIsInvented() {
    tasks(created(7));
    promises.refused(SendKey.of(100, 7));
    comparison.promises(promises);
    assertThat(faults()).containsOnly(Map.entry(Kind.INVENTED, 1L));
  }

  @Test
  void aReadThatWasAcknowledgedAndIsNotThereIsLost() {
    topic(ROOM, message(5), message(6), read("ada", 1));
    promises.read(ROOM, "ada", 6);
    comparison.promises(promises);
    assertThat(faults()).containsOnly(Map.entry(Kind.LOST_SEND, 1L));
  }

  @Test
  void readsThatGoBackAreReordered() {
    topic(ROOM, message(5), message(6), read("ada", 2), read("ada", 1));
    promises.read(ROOM, "ada", 5);
    comparison.promises(promises);
    assertThat(faults()).containsOnly(Map.entry(Kind.REORDERED_SEND, 1L));
  }

  @Test
  void aVersionThatIsLeftOutIsAHoleAndOneThatComesAgainReordered() {
    tasks(created(7), updated(7, 3, "w100-9", "status"), updated(7, 3, "w100-9", "status"));
    comparison.tasks(Map.of(7L, task(7, 3, "w100-9").hashCode()));
    assertThat(faults()).containsOnly(Map.entry(Kind.HOLE, 1L), Map.entry(Kind.REORDERED_SEND, 1L));
  }

  @Test
  void tasksThatAreNotAsTheirLastEventSaysAreFound() {
    tasks(created(7), created(8), created(9), deleted(9, 1));
    comparison.tasks(Map.of(7L, task(7, 1, "other").hashCode(), 9L, task(9, 1, "").hashCode()));
    assertThat(faults())
        .containsOnly(
            Map.entry(Kind.INVENTED, 1L), Map.entry(Kind.LOST_SEND, 1L), Map.entry(Kind.HOLE, 1L));
  }

  @Test
  void linksThatAreMissingTwiceThereOrNotAcknowledgedAreFound() {
    promises.linkMade("a");
    promises.linkMade("b");
    promises.linkAcknowledged("c");
    comparison.links(
        promises.links(),
        List.of(Map.entry("b", false), Map.entry("b", false), Map.entry("c", false)));
    assertThat(faults())
        .containsOnly(Map.entry(Kind.LOST_SEND, 2L), Map.entry(Kind.DUPLICATED_SEND, 1L));
  }

  @Test
  void whoSeesSomeOfATopicMustGetExactlyThat() {
    TopicCopy topic = tasks(created(7), created(8), created(9), created(10));
    topic.restrict(1, Audience.of(Set.of("ada")));
    topic.restrict(2, Audience.of(Set.of()));
    topic.restrict(
        3,
        Audience.of(Set.of("dave"))
            .withFarewell(Set.of("ada"), "task:deleted", new JsonText("{\"a\":1}")));
    topic.restrict(4, Audience.of(Set.of("dave")));
    Received good = received("ada");
    good.add(EPOCH, 1, content(topic, 0, "ada"), 0, 0);
    good.move(EPOCH, 2, 0, 0);
    good.add(EPOCH, 3, Facts.content("task:deleted", Map.of("a", 1)), 0, 0);
    Received manager = received("");
    for (int i = 0; i < 4; i++) {
      manager.add(EPOCH, i + 1, content(topic, i, ""), 0, 0);
    }
    Comparison both = new Comparison(journal, time -> "");
    both.received(good);
    both.received(manager);
    assertThat(both.verdict().details()).isEmpty();

    Received bad = received("ada");
    bad.add(EPOCH, 1, content(topic, 0, "ada"), 0, 0);
    bad.add(EPOCH, 2, content(topic, 1, ""), 0, 0);
    bad.move(EPOCH, 3, 0, 0);
    Comparison other = new Comparison(journal, time -> "");
    other.received(bad);
    assertThat(
            List.of(
                other.verdict().count(Kind.INVENTED),
                other.verdict().count(Kind.LOST_DELIVERY),
                other.verdict().count(Kind.REORDERED_DELIVERY)))
        .containsExactly(1L, 1L, 2L);
  }

  private static int content(TopicCopy topic, int index, String username) {
    return Objects.requireNonNull(topic.content(index, username));
  }

  private static Received received(String sight) {
    return new Received("reader", TaskComparison.TASKS, EPOCH, 0, sight);
  }
}

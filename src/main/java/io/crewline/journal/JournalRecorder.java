package io.crewline.journal;

import io.crewline.platform.Database;
import io.crewline.platform.Json;
import io.crewline.platform.JsonText;
import io.micronaut.context.event.ApplicationEventPublisher;
import io.micronaut.runtime.event.annotation.EventListener;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Records the domain events of a transaction, in that transaction. Events are collected while the
 * transaction runs and written as its last work, so that topics are locked last and in name order:
 * two transactions that touch the same topics cannot wait for each other in a circle. A topic whose
 * numbers were reserved is locked earlier; a transaction may reserve in name order only.
 */
@Singleton
final class JournalRecorder {
  /** The time is read under the topic's lock: times of a topic do not go back as numbers rise. */
  private static final String TAKE_NUMBERS =
      """
      INSERT INTO topic (name, head)
      SELECT name, count FROM unnest(?::text[], ?::bigint[]) AS taken (name, count) ORDER BY name
      ON CONFLICT (name) DO UPDATE SET head = topic.head + excluded.head
      RETURNING name, id, topic.epoch || %s AS epoch, head,
          date_trunc('milliseconds', clock_timestamp()) AS at, %s AS another
      """;

  private static final String STORE =
      """
      INSERT INTO event (topic_id, seq, type, at, data, audience)
      SELECT topic_id, seq, type, at, data, audience
      FROM unnest(?::bigint[], ?::bigint[], ?::text[], ?::timestamptz[], ?::text[], ?::text[])
          AS e (topic_id, seq, type, at, data, audience)
      """;

  private final Database database;
  private final DatabaseLife life;
  private final String takeNumbers;
  private final Json json;
  private final ApplicationEventPublisher<EventsRecorded> recorded;
  private final ApplicationEventPublisher<EventsCommitted> committed;
  private final ThreadLocal<Recording> current = new ThreadLocal<>();

  JournalRecorder(
      Database database,
      DatabaseLife life,
      Json json,
      ApplicationEventPublisher<EventsRecorded> recorded,
      ApplicationEventPublisher<EventsCommitted> committed) {
    this.database = database;
    this.life = life;
    this.takeNumbers = TAKE_NUMBERS.formatted(DatabaseLife.SUFFIX, life.isAnother());
    this.json = json;
    this.recorded = recorded;
    this.committed = committed;
  }

  @EventListener
  void record(DomainEvent event) {
    recording().events.add(event);
  }

  Map<Topic, Reservation> reserve(SortedMap<Topic, Long> counts) {
    Recording recording = recording();
    if (!recording.reserved.isEmpty()) {
      throw new IllegalStateException("numbers are reserved already");
    }
    recording.reserved.putAll(takeNumbers(counts));
    Map<Topic, Reservation> reservations = new HashMap<>();
    recording.reserved.forEach(
        (topic, numbers) ->
            reservations.put(
                topic, new Reservation(topic, numbers.epoch, numbers.next, numbers.at)));
    return reservations;
  }

  /** What one transaction has published so far. */
  private static final class Recording {
    final List<DomainEvent> events = new ArrayList<>();
    final Map<Topic, Numbers> reserved = new HashMap<>();
    List<JournalEntry> entries = List.of();
  }

  /** Numbers of one topic that are still to be used. */
  private static final class Numbers {
    final long topicId;
    final String epoch;
    final long last;
    final Instant at;
    long next;

    Numbers(long topicId, String epoch, Instant at, long next, long last) {
      this.topicId = topicId;
      this.epoch = epoch;
      this.at = at;
      this.next = next;
      this.last = last;
    }
  }

  private Recording recording() {
    Recording recording = current.get();
    if (recording == null) {
      Recording fresh = new Recording();
      database.beforeCommit(() -> store(fresh));
      database.afterCommit(() -> committed.publishEvent(new EventsCommitted(fresh.entries)));
      database.afterCompletion(current::remove);
      current.set(fresh);
      recording = fresh;
    }
    return recording;
  }

  private void store(Recording recording) {
    Map<Topic, Numbers> numbers = new HashMap<>(recording.reserved);
    TreeMap<Topic, Long> wanted = new TreeMap<>();
    for (DomainEvent event : recording.events) {
      if (event.seq() == 0) {
        wanted.merge(event.topic(), 1L, Long::sum);
      }
    }
    if (!wanted.isEmpty()) {
      numbers.putAll(takeNumbers(wanted));
    }
    int count = recording.events.size();
    Long[] topicIds = new Long[count];
    Long[] seqs = new Long[count];
    String[] types = new String[count];
    Instant[] times = new Instant[count];
    String[] payloads = new String[count];
    @Nullable String[] audiences = new String[count];
    List<JournalEntry> entries = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      DomainEvent event = recording.events.get(i);
      Numbers of = numbers.get(event.topic());
      if (of == null || event.seq() != 0 && event.seq() != of.next) {
        throw new IllegalStateException(
            "event " + event.type() + " of " + event.topic() + " has number " + event.seq());
      }
      topicIds[i] = of.topicId;
      seqs[i] = of.next++;
      types[i] = event.type();
      times[i] = of.at;
      payloads[i] = json.write(event.data());
      Audience audience = recorded(event.audience());
      audiences[i] = audience == null ? null : audience.text();
      entries.add(
          new JournalEntry(
              event.topic(), of.epoch, seqs[i], types[i], of.at, payloads[i], audience));
    }
    numbers.forEach(
        (topic, of) -> {
          if (of.next != of.last + 1) {
            throw new IllegalStateException("reserved numbers of " + topic + " were not used");
          }
        });
    if (count > 0) {
      database.update(STORE, topicIds, seqs, types, times, payloads, audiences);
      recorded.publishEvent(new EventsRecorded(entries));
    }
    recording.entries = entries;
  }

  private @Nullable Audience recorded(@Nullable Audience audience) {
    Audience.Farewell farewell = audience == null ? null : audience.farewell();
    return audience == null || farewell == null
        ? audience
        : audience.recorded(new JsonText(json.write(farewell.data())));
  }

  private Map<Topic, Numbers> takeNumbers(SortedMap<Topic, Long> wanted) {
    Map<Topic, Numbers> taken = new HashMap<>();
    database.query(
        takeNumbers,
        row -> {
          if (row.getBoolean("another")) {
            throw life.refusal();
          }
          Topic topic = new Topic(row.getString("name"));
          long head = row.getLong("head");
          long count = wanted.getOrDefault(topic, 0L);
          return taken.put(
              topic,
              new Numbers(
                  row.getLong("id"),
                  row.getString("epoch"),
                  Database.instant(row, "at"),
                  head - count + 1,
                  head));
        },
        wanted.keySet().stream().map(Topic::name).toArray(String[]::new),
        wanted.values().toArray(Long[]::new));
    return taken;
  }
}

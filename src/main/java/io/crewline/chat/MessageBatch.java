package io.crewline.chat;

import io.crewline.attachment.AttachmentService;
import io.crewline.chat.ChatEvent.MemberAdded;
import io.crewline.chat.ChatEvent.MemberData;
import io.crewline.chat.ChatEvent.MessageData;
import io.crewline.chat.ChatEvent.MessagePosted;
import io.crewline.journal.DomainEvent;
import io.crewline.journal.Journal;
import io.crewline.journal.Topic;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.Json;
import io.crewline.platform.JsonText;
import io.crewline.platform.http.IdempotentAnswers;
import io.micronaut.context.event.ApplicationEventPublisher;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Commits many sends in one transaction of five round trips, however many there are: what is known
 * of rooms, members and repeats; the sequence numbers; the messages; the events; the commit. Where
 * somebody is mentioned there is one more. Row locks come before topic locks, each kind in name
 * order, so that batches, reads and edits cannot wait for each other in a circle.
 */
@Singleton
final class MessageBatch {
  /** Sets how long the transaction waits for locks before it takes the first one. */
  private static final String CONTEXT =
      """
      WITH send AS MATERIALIZED (
          SELECT s.*
          FROM set_config('lock_timeout', coalesce(?::text, current_setting('lock_timeout')), true),
              unnest(?::text[], ?::text[], ?::text[], ?::bigint[])
                  WITH ORDINALITY AS s (cid, author, client_id, reply_to, ord)),
      locked_room AS MATERIALIZED (
          SELECT cid, private FROM room
          WHERE cid IN (SELECT cid FROM send) ORDER BY cid FOR KEY SHARE),
      locked_member AS MATERIALIZED (
          SELECT m.cid, m.username FROM room_member m
          WHERE (m.cid, m.username) IN (SELECT cid, author FROM send)
          ORDER BY m.cid, m.username FOR NO KEY UPDATE)
      SELECT r.private, m.username IS NOT NULL AS member, d.id AS duplicate,
             coalesce(d.seq <= f.up_to, false) AS former,
             s.reply_to IS NULL OR p.id IS NOT NULL AS reply_found
      FROM send s
      LEFT JOIN locked_room r ON r.cid = s.cid
      LEFT JOIN locked_member m ON m.cid = s.cid AND m.username = s.author
      LEFT JOIN deleted_room f ON f.cid = s.cid
      LEFT JOIN message d
          ON d.cid = s.cid AND d.author = s.author AND d.client_id = s.client_id
      LEFT JOIN message p ON p.id = s.reply_to AND p.cid = s.cid AND p.seq > coalesce(f.up_to, 0)
      ORDER BY s.ord
      """;

  /** The last number that an author takes in a room is also how far they have read. */
  private static final String INSERT =
      """
      WITH sent AS (
          INSERT INTO message (cid, seq, author, client_id, text, reply_to, mentions,
                               attachments, created_at)
          SELECT cid, seq, author, client_id, text, reply_to,
                 coalesce(string_to_array(nullif(mentions, ''), ','), '{}'), attachments, at
          FROM unnest(?::text[], ?::bigint[], ?::text[], ?::text[], ?::text[], ?::bigint[],
                      ?::text[], ?::text[], ?::timestamptz[])
              AS m (cid, seq, author, client_id, text, reply_to, mentions, attachments, at)
          RETURNING id, cid, seq, author),
      seen AS (
          UPDATE room_member SET read_seq = greatest(read_seq, last.seq)
          FROM (SELECT cid, author, max(seq) AS seq FROM sent GROUP BY cid, author) last
          WHERE room_member.cid = last.cid AND room_member.username = last.author)
      SELECT id, cid, seq FROM sent
      """;

  private final Database database;
  private final Journal journal;
  private final MessageRepository messages;
  private final RoomRepository rooms;
  private final AttachmentService attachments;
  private final ApplicationEventPublisher<DomainEvent> events;
  private final Json json;
  private final Clock clock;

  MessageBatch(
      Database database,
      Journal journal,
      MessageRepository messages,
      RoomRepository rooms,
      AttachmentService attachments,
      ApplicationEventPublisher<DomainEvent> events,
      Json json,
      Clock clock) {
    this.database = database;
    this.journal = journal;
    this.messages = messages;
    this.rooms = rooms;
    this.attachments = attachments;
    this.events = events;
    this.json = json;
    this.clock = clock;
  }

  /** What became of one send: a message, or a refusal. */
  sealed interface Outcome {
    record Accepted(Posted posted) implements Outcome {}

    record Refused(ApiException reason) implements Outcome {}
  }

  /**
   * Commits the sends, in order; joins the caller's transaction. Outcomes are in the order of
   * sends.
   *
   * @param lockWait how long to wait for each lock; null for the usual limit
   * @throws ApiException UNAVAILABLE, also when a lock did not come in time ({@link
   *     Database#isLockTimeout})
   */
  List<Outcome> commit(List<PostMessage> sends, @Nullable Duration lockWait) {
    try {
      return database.transaction(() -> run(sends, lockWait));
    } catch (RuntimeException e) {
      if (!Database.isUniqueViolation(e) || database.inTransaction()) {
        throw e;
      }
      // While this one waited for the locks of another node's transaction, that one committed a
      // client id which the statement that looks for repeats could not see. Now it can.
      return database.transaction(() -> run(sends, lockWait));
    }
  }

  /**
   * What the database knows of a send.
   *
   * @param isPrivate null where there is no room
   * @param duplicate the message that has the client id already
   * @param former the message that has it in a former life of the room
   */
  private record Context(
      @Nullable Boolean isPrivate,
      boolean member,
      @Nullable Long duplicate,
      @Nullable Long former,
      boolean replyFound) {}

  /** A client id of an author in a room, or, with an empty one, the author in the room. */
  private record Key(String cid, String author, String clientId) {
    static Key of(PostMessage send) {
      return new Key(send.cid().toString(), send.author().username(), "");
    }
  }

  private List<Outcome> run(List<PostMessage> sends, @Nullable Duration lockWait) {
    List<Context> contexts = contexts(sends, lockWait);
    BatchAttachments images = new BatchAttachments(attachments, json, sends);
    @Nullable Outcome[] outcomes = new Outcome[sends.size()];
    List<Integer> fresh = new ArrayList<>();
    Map<Key, Integer> firstOf = new HashMap<>();
    Map<Integer, Integer> repeats = new HashMap<>();
    Map<Integer, Long> duplicates = new LinkedHashMap<>();
    for (int i = 0; i < sends.size(); i++) {
      PostMessage send = sends.get(i);
      Context context = contexts.get(i);
      if (context.isPrivate() == null || context.isPrivate() && !context.member()) {
        outcomes[i] = new Outcome.Refused(ApiException.notFound("room"));
      } else if (context.duplicate() != null) {
        duplicates.put(i, context.duplicate());
      } else if (!context.replyFound()) {
        outcomes[i] =
            new Outcome.Refused(ApiException.badField("replyTo", "is not a message of this room"));
      } else {
        String id = send.storedId();
        Key key = id == null ? null : new Key(send.cid().toString(), send.author().username(), id);
        Integer first = key == null ? null : firstOf.get(key);
        if (first != null) {
          repeats.put(i, first);
        } else if (!images.take(send)) {
          outcomes[i] =
              new Outcome.Refused(
                  ApiException.badField(
                      "attachments", "must be uploads of the sender's that are not yet used"));
        } else {
          fresh.add(i);
          if (key != null) {
            firstOf.put(key, i);
          }
        }
      }
    }
    if (!duplicates.isEmpty()) {
      Map<Long, Message> known = messages.findAll(duplicates.values());
      duplicates.forEach(
          (i, id) -> {
            Message first = require(known, id);
            outcomes[i] =
                sends.get(i).repeats(first) ? repeated(first) : otherMessage(sends.get(i));
          });
    }
    if (!fresh.isEmpty()) {
      insert(sends, contexts, fresh, images, outcomes);
    }
    repeats.forEach(
        (i, first) -> {
          if (outcomes[first] instanceof Outcome.Accepted accepted) {
            Message message = accepted.posted().message();
            outcomes[i] =
                sends.get(i).repeats(message) ? repeated(message) : otherMessage(sends.get(i));
          }
        });
    List<Outcome> all = new ArrayList<>(outcomes.length);
    for (Outcome outcome : outcomes) {
      if (outcome == null) {
        throw new IllegalStateException("a send without an outcome");
      }
      all.add(outcome);
    }
    return all;
  }

  private static Outcome repeated(Message first) {
    return new Outcome.Accepted(Posted.repeated(first));
  }

  private static Outcome otherMessage(PostMessage send) {
    return new Outcome.Refused(
        send.clientId() == null
            ? IdempotentAnswers.otherRequest()
            : ApiException.conflict(
                "this clientId was used for a message with another text, replyTo or attachments"));
  }

  private static Message require(Map<Long, Message> known, long id) {
    Message message = known.get(id);
    if (message == null) {
      throw new IllegalStateException("message " + id + " is gone");
    }
    return message;
  }

  private List<Context> contexts(List<PostMessage> sends, @Nullable Duration lockWait) {
    return database.query(
        CONTEXT,
        row -> {
          boolean isPrivate = row.getBoolean("private");
          boolean noRoom = row.wasNull();
          boolean former = row.getBoolean("former");
          Long duplicate = Database.longOrNull(row, "duplicate");
          return new Context(
              noRoom ? null : isPrivate,
              row.getBoolean("member"),
              former ? null : duplicate,
              former ? duplicate : null,
              row.getBoolean("reply_found"));
        },
        lockWait == null ? null : Long.toString(lockWait.toMillis()),
        texts(sends, send -> send.cid().toString()),
        texts(sends, send -> send.author().username()),
        texts(sends, PostMessage::storedId),
        sends.stream().map(PostMessage::replyTo).toArray(Long[]::new));
  }

  private void insert(
      List<PostMessage> sends,
      List<Context> contexts,
      List<Integer> fresh,
      BatchAttachments images,
      @Nullable Outcome[] outcomes) {
    messages.releaseClientIds(
        fresh.stream().map(i -> contexts.get(i).former()).filter(Objects::nonNull).toList());
    countReplies(sends, fresh);
    Map<Integer, List<String>> mentions = mentions(sends, fresh);
    Set<Key> joining = join(sends, contexts, fresh, clock.instant().truncatedTo(ChronoUnit.MILLIS));
    TreeMap<Topic, Long> wanted = new TreeMap<>();
    fresh.forEach(i -> wanted.merge(sends.get(i).cid().topic(), 1L, Long::sum));
    joining.forEach(key -> wanted.merge(Topic.room(key.cid()), 1L, Long::sum));
    Map<String, Long> next = new HashMap<>();
    Map<String, Instant> times = new HashMap<>();
    journal
        .reserve(wanted)
        .forEach(
            (topic, numbers) -> {
              next.put(topic.name(), numbers.first());
              times.put(topic.name(), numbers.at());
            });
    List<PostMessage> rows = new ArrayList<>();
    Long[] seqs = new Long[fresh.size()];
    Instant[] at = new Instant[fresh.size()];
    for (int n = 0; n < fresh.size(); n++) {
      PostMessage send = sends.get(fresh.get(n));
      if (joining.remove(Key.of(send))) {
        joined(send, take(next, send.cid().topic()));
      }
      seqs[n] = take(next, send.cid().topic());
      at[n] = Objects.requireNonNull(times.get(send.cid().topic().name()));
      rows.add(send);
    }
    Map<String, Long> ids = store(rows, seqs, fresh, mentions, images, at);
    for (int n = 0; n < fresh.size(); n++) {
      int i = fresh.get(n);
      PostMessage send = rows.get(n);
      Long id = ids.get(send.cid() + " " + seqs[n]);
      if (id == null) {
        throw new IllegalStateException("no id for a message that was stored");
      }
      Message message =
          new Message(
              id,
              send.cid().toString(),
              seqs[n],
              UserRef.of(send.author()),
              send.text(),
              send.clientId(),
              send.replyTo(),
              null,
              images.of(send),
              Map.of(),
              mentions.getOrDefault(i, List.of()),
              at[n],
              null,
              null);
      JsonText data = new JsonText(json.write(new MessageData(message)));
      events.publishEvent(new MessagePosted(send.cid().topic(), message, data));
      outcomes[i] = new Outcome.Accepted(Posted.first(message, data));
      images.belong(send, id);
    }
    images.link();
  }

  /** Sending to a public room joins it. Returns who joins where. */
  private Set<Key> join(
      List<PostMessage> sends, List<Context> contexts, List<Integer> fresh, Instant at) {
    Set<Key> joining = new LinkedHashSet<>();
    for (int i : fresh) {
      PostMessage send = sends.get(i);
      // Storing the message moves the read position to it.
      if (!contexts.get(i).member()
          && rooms.addMember(send.cid().toString(), send.author().username(), false, 0, at)) {
        joining.add(Key.of(send));
      }
    }
    return joining;
  }

  /** The event of joining takes its number before that of the message. */
  private void joined(PostMessage send, long seq) {
    MemberData data = new MemberData(send.cid().toString(), UserRef.of(send.author()));
    events.publishEvent(new MemberAdded(send.cid().topic(), seq, data));
    events.publishEvent(new MemberAdded(Topic.user(send.author().username()), 0, data));
  }

  private Map<String, Long> store(
      List<PostMessage> rows,
      Long[] seqs,
      List<Integer> fresh,
      Map<Integer, List<String>> mentions,
      BatchAttachments images,
      Instant[] at) {
    Map<String, Long> ids = new HashMap<>();
    database.query(
        INSERT,
        row -> ids.put(row.getString("cid") + " " + row.getLong("seq"), row.getLong("id")),
        texts(rows, send -> send.cid().toString()),
        seqs,
        texts(rows, send -> send.author().username()),
        texts(rows, PostMessage::storedId),
        texts(rows, PostMessage::text),
        rows.stream().map(PostMessage::replyTo).toArray(Long[]::new),
        fresh.stream()
            .map(i -> String.join(",", mentions.getOrDefault(i, List.of())))
            .toArray(String[]::new),
        texts(rows, images::json),
        at);
    return ids;
  }

  private void countReplies(List<PostMessage> sends, List<Integer> fresh) {
    TreeMap<Long, Long> replies = new TreeMap<>();
    for (int i : fresh) {
      Long replyTo = sends.get(i).replyTo();
      if (replyTo != null) {
        replies.merge(replyTo, 1L, Long::sum);
      }
    }
    if (!replies.isEmpty()) {
      Long[] parents = replies.keySet().toArray(Long[]::new);
      database.query(
          "SELECT 1 FROM message WHERE id = ANY (?) ORDER BY id FOR NO KEY UPDATE",
          row -> 1,
          (Object) parents);
      database.update(
          """
          UPDATE message SET thread_count = thread_count + added
          FROM unnest(?::bigint[], ?::bigint[]) AS reply (parent, added)
          WHERE message.id = reply.parent
          """,
          parents,
          replies.values().toArray(Long[]::new));
    }
  }

  private Map<Integer, List<String>> mentions(List<PostMessage> sends, List<Integer> fresh) {
    Map<Integer, Set<String>> named = new HashMap<>();
    Map<String, Set<String>> ofRooms = new HashMap<>();
    for (int i : fresh) {
      PostMessage send = sends.get(i);
      Set<String> names = Mentions.in(send.text());
      if (!names.isEmpty()) {
        named.put(i, names);
        ofRooms.computeIfAbsent(send.cid().toString(), cid -> new HashSet<>()).addAll(names);
      }
    }
    Map<String, List<String>> mentionable = messages.mentionable(ofRooms);
    Map<Integer, List<String>> mentions = new HashMap<>();
    named.forEach(
        (i, names) -> {
          List<String> all = mentionable.getOrDefault(sends.get(i).cid().toString(), List.of());
          mentions.put(i, all.stream().filter(names::contains).toList());
        });
    return mentions;
  }

  private static long take(Map<String, Long> next, Topic topic) {
    Long after = next.merge(topic.name(), 1L, Long::sum);
    return after - 1;
  }

  private static @Nullable String[] texts(
      List<PostMessage> sends, java.util.function.Function<PostMessage, @Nullable String> field) {
    @Nullable String[] texts = new String[sends.size()];
    Arrays.setAll(texts, i -> field.apply(sends.get(i)));
    return texts;
  }
}

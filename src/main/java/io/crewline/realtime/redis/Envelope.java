package io.crewline.realtime.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.crewline.journal.JournalEntry;
import io.crewline.journal.Topic;
import io.crewline.realtime.EphemeralEvent;
import io.crewline.realtime.redis.Rejection.Reason;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What one node publishes, as one message of one topic's channel. Thread-safe.
 *
 * <pre>
 * version   1 byte    1 journal entries, 2 ephemeral events, 3 journal entries with audiences; a node
 *                     drops what it does not know
 * sealed    1 byte    0 plain, 1 AES-256-GCM
 * node      16 bytes  the sender; another one after each start
 * key id    4 bytes   when sealed
 * count     8 bytes   when sealed: the sender's messages so far, the nonce; what it tells of
 *                     repeats, see {@link ReplayGuard}
 * cargo     the rest, see {@link EntryCodec} and {@link EphemeralCodec}; when sealed, encrypted with
 *           the tag of 16 bytes at the end, bound to all that stands before it and to the channel
 * </pre>
 */
final class Envelope {
  private static final byte ENTRIES = 1;
  private static final byte EPHEMERALS = 2;
  private static final byte ENTRIES_WITH_AUDIENCES = 3;
  private static final byte PLAIN = 0;
  private static final byte SEALED = 1;
  private static final int PLAIN_HEADER = 2 + 16;
  private static final int SEALED_HEADER = PLAIN_HEADER + 4 + 8;

  private final UUID node;
  private final @Nullable BroadcastKeys keys;
  private final ReplayGuard replays;
  private final AtomicLong count = new AtomicLong();

  /**
   * @param node random, never used before
   * @param secrets the first seals, all open; empty means that nothing is sealed, and that what is
   *     sealed cannot be opened
   * @param clock the one of the events' times
   */
  Envelope(UUID node, List<String> secrets, Clock clock) {
    this.node = node;
    this.replays = new ReplayGuard(clock);
    this.keys = secrets.isEmpty() ? null : new BroadcastKeys(secrets);
  }

  /**
   * What a message held; both lists are empty when this node sent it itself.
   *
   * @param entries journal entries, in order
   * @param ephemerals ephemeral events, in order
   */
  record Content(List<JournalEntry> entries, List<EphemeralEvent> ephemerals) {
    private static final Content NONE = new Content(List.of(), List.of());
  }

  /** The entries must be of one topic. */
  byte[] wrap(String channel, List<JournalEntry> entries) {
    boolean audiences = EntryCodec.haveAudience(entries);
    return wrap(
        audiences ? ENTRIES_WITH_AUDIENCES : ENTRIES,
        channel,
        EntryCodec.encode(entries, audiences));
  }

  /** The events must be of one topic. */
  byte[] wrapEphemerals(String channel, List<EphemeralEvent> events) {
    return wrap(EPHEMERALS, channel, EphemeralCodec.encode(events));
  }

  private byte[] wrap(byte version, String channel, byte[] body) {
    if (keys == null) {
      ByteBuffer message = ByteBuffer.allocate(PLAIN_HEADER + body.length);
      return begin(message, version, PLAIN).put(body).array();
    }
    long number = count.incrementAndGet();
    ByteBuffer message = ByteBuffer.allocate(SEALED_HEADER + body.length + BroadcastKeys.TAG_BYTES);
    begin(message, version, SEALED).putInt(keys.sealingId()).putLong(number);
    byte[] context = context(message.array(), channel);
    return message.put(keys.seal(node, number, context, body)).array();
  }

  private ByteBuffer begin(ByteBuffer message, byte version, byte mode) {
    return message
        .put(version)
        .put(mode)
        .putLong(node.getMostSignificantBits())
        .putLong(node.getLeastSignificantBits());
  }

  Content unwrap(String channel, Topic topic, byte[] message) throws Rejection {
    ByteBuffer from = ByteBuffer.wrap(message);
    if (message.length < PLAIN_HEADER) {
      throw new Rejection(Reason.MALFORMED);
    }
    byte version = from.get();
    if (version < ENTRIES || version > ENTRIES_WITH_AUDIENCES) {
      throw new Rejection(Reason.VERSION);
    }
    byte mode = from.get();
    UUID sender = new UUID(from.getLong(), from.getLong());
    if (sender.equals(node)) {
      return Content.NONE;
    }
    switch (mode) {
      case PLAIN -> {
        if (keys != null) {
          throw new Rejection(Reason.NOT_ENCRYPTED);
        }
        return content(version, topic, from);
      }
      case SEALED -> {
        if (keys == null) {
          throw new Rejection(Reason.UNKNOWN_KEY);
        }
        if (message.length < SEALED_HEADER) {
          throw new Rejection(Reason.MALFORMED);
        }
        int keyId = from.getInt();
        long number = from.getLong();
        byte[] body = keys.open(keyId, sender, number, context(message, channel), from);
        Content content = content(version, topic, ByteBuffer.wrap(body));
        refuseRepeat(sender, number, content.ephemerals());
        return content;
      }
      default -> throw new Rejection(Reason.MALFORMED);
    }
  }

  private static Content content(byte version, Topic topic, ByteBuffer body) throws Rejection {
    return switch (version) {
      case ENTRIES -> new Content(EntryCodec.decode(topic, body, false), List.of());
      case ENTRIES_WITH_AUDIENCES -> new Content(EntryCodec.decode(topic, body, true), List.of());
      default -> new Content(List.of(), EphemeralCodec.decode(topic, body));
    };
  }

  /** Entries have their place in the topic and do no harm twice. */
  private void refuseRepeat(UUID sender, long number, List<EphemeralEvent> events)
      throws Rejection {
    Instant newest =
        events.stream().map(EphemeralEvent::at).max(Comparator.naturalOrder()).orElse(null);
    if (newest != null && !replays.admits(sender, number, newest)) {
      throw new Rejection(Reason.REPLAYED);
    }
  }

  private static byte[] context(byte[] message, String channel) {
    byte[] name = channel.getBytes(UTF_8);
    return ByteBuffer.allocate(SEALED_HEADER + name.length)
        .put(message, 0, SEALED_HEADER)
        .put(name)
        .array();
  }
}

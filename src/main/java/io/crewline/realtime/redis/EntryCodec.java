package io.crewline.realtime.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.crewline.journal.Audience;
import io.crewline.journal.JournalEntry;
import io.crewline.journal.Topic;
import io.crewline.realtime.redis.Rejection.Reason;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Entries of one topic as bytes, one after another: epoch (length of one byte), seq and time of
 * recording in milliseconds (eight bytes each), type (one byte), data (four bytes). Texts are UTF-8
 * with their length in bytes before them; numbers are big-endian. Entries that not everybody may
 * see are followed by their audience (four bytes, 0 for none).
 */
final class EntryCodec {
  private static final int FIXED = 1 + 8 + 8 + 1 + 4;
  private static final byte[] NONE = {};

  private EntryCodec() {}

  /** Whether any of the entries has an audience. */
  static boolean haveAudience(List<JournalEntry> entries) {
    return entries.stream().anyMatch(entry -> entry.audience() != null);
  }

  /**
   * @param audiences whether each entry is followed by its audience
   */
  static byte[] encode(List<JournalEntry> entries, boolean audiences) {
    byte[][] texts = new byte[entries.size() * 4][];
    int size = 0;
    int next = 0;
    for (JournalEntry entry : entries) {
      byte[] epoch = shortText(entry.epoch());
      byte[] type = shortText(entry.type());
      byte[] data = entry.data().getBytes(UTF_8);
      texts[next++] = epoch;
      texts[next++] = type;
      texts[next++] = data;
      byte[] audience = audience(entry);
      texts[next++] = audience;
      size += FIXED + epoch.length + type.length + data.length;
      size += audiences ? 4 + audience.length : 0;
    }
    ByteBuffer to = ByteBuffer.allocate(size);
    next = 0;
    for (JournalEntry entry : entries) {
      byte[] epoch = texts[next++];
      byte[] type = texts[next++];
      byte[] data = texts[next++];
      byte[] audience = texts[next++];
      to.put((byte) epoch.length)
          .put(epoch)
          .putLong(entry.seq())
          .putLong(entry.at().toEpochMilli());
      to.put((byte) type.length).put(type).putInt(data.length).put(data);
      if (audiences) {
        to.putInt(audience.length).put(audience);
      }
    }
    return to.array();
  }

  private static byte[] audience(JournalEntry entry) {
    Audience audience = entry.audience();
    return audience == null ? NONE : audience.text().getBytes(UTF_8);
  }

  static List<JournalEntry> decode(Topic topic, ByteBuffer from, boolean audiences)
      throws Rejection {
    try {
      List<JournalEntry> entries = new ArrayList<>();
      while (from.hasRemaining()) {
        String epoch = text(from, Byte.toUnsignedInt(from.get()));
        long seq = from.getLong();
        Instant at = Instant.ofEpochMilli(from.getLong());
        String type = text(from, Byte.toUnsignedInt(from.get()));
        String data = text(from, from.getInt());
        if (seq < 1 || epoch.isEmpty() || type.isEmpty()) {
          throw new Rejection(Reason.MALFORMED);
        }
        String audience = audiences ? text(from, from.getInt()) : "";
        entries.add(
            new JournalEntry(
                topic,
                epoch,
                seq,
                type,
                at,
                data,
                audience.isEmpty() ? null : Audience.parse(audience)));
      }
      return entries;
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new Rejection(Reason.MALFORMED);
    }
  }

  static byte[] shortText(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    if (bytes.length > 255) {
      throw new IllegalArgumentException("longer than 255 bytes: " + text);
    }
    return bytes;
  }

  static String text(ByteBuffer from, int length) throws Rejection {
    // Checked before memory is taken for it: the length is what anyone may have written.
    if (length < 0 || length > from.remaining()) {
      throw new Rejection(Reason.MALFORMED);
    }
    byte[] bytes = new byte[length];
    from.get(bytes);
    return new String(bytes, UTF_8);
  }
}

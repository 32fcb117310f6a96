package io.crewline.realtime.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.crewline.journal.Topic;
import io.crewline.realtime.EphemeralEvent;
import io.crewline.realtime.redis.Rejection.Reason;
import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Ephemeral events of one topic as bytes, one after another: time in milliseconds (eight bytes),
 * type (length of one byte), data (four bytes); otherwise as in {@link EntryCodec}.
 */
final class EphemeralCodec {
  private static final int FIXED = 8 + 1 + 4;

  private EphemeralCodec() {}

  static byte[] encode(List<EphemeralEvent> events) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (EphemeralEvent event : events) {
      byte[] type = EntryCodec.shortText(event.type());
      byte[] data = event.data().getBytes(UTF_8);
      ByteBuffer one = ByteBuffer.allocate(FIXED + type.length + data.length);
      one.putLong(event.at().toEpochMilli()).put((byte) type.length).put(type);
      one.putInt(data.length).put(data);
      all.writeBytes(one.array());
    }
    return all.toByteArray();
  }

  static List<EphemeralEvent> decode(Topic topic, ByteBuffer from) throws Rejection {
    try {
      List<EphemeralEvent> events = new ArrayList<>();
      while (from.hasRemaining()) {
        Instant at = Instant.ofEpochMilli(from.getLong());
        String type = EntryCodec.text(from, Byte.toUnsignedInt(from.get()));
        String data = EntryCodec.text(from, from.getInt());
        if (type.isEmpty()) {
          throw new Rejection(Reason.MALFORMED);
        }
        events.add(new EphemeralEvent(topic, type, at, data));
      }
      return events;
    } catch (BufferUnderflowException e) {
      throw new Rejection(Reason.MALFORMED);
    }
  }
}

package io.crewline.gateway;

import io.crewline.journal.JournalEntry;
import io.crewline.platform.JsonText;
import io.crewline.realtime.EphemeralEvent;
import io.crewline.realtime.Notice;
import io.crewline.realtime.Reply;
import io.micronaut.json.JsonMapper;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.buffer.ByteBufUtil;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/**
 * The JSON of events, notices and replies, written straight into buffers as UTF-8. The payload of
 * an event is copied as it was recorded and never parsed. Thread-safe.
 */
@Singleton
public final class WireJson {
  /** RFC 3339, UTC, always with milliseconds. */
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private final JsonMapper mapper;

  WireJson(JsonMapper mapper) {
    this.mapper = mapper;
  }

  /** {@code {"type","topic","seq","epoch","at","data"}}. */
  public void event(ByteBuf out, JournalEntry entry) {
    StringBuilder head = new StringBuilder(192);
    head.append("{\"type\":");
    quote(head, entry.type());
    head.append(",\"topic\":");
    quote(head, entry.topic().name());
    head.append(",\"seq\":").append(entry.seq()).append(",\"epoch\":");
    quote(head, entry.epoch());
    head.append(",\"at\":\"").append(time(entry.at())).append("\",\"data\":");
    ByteBufUtil.writeUtf8(out, head);
    ByteBufUtil.writeUtf8(out, entry.data());
    out.writeByte('}');
  }

  /** {@code {"type","topic","at","data"}}. */
  public void ephemeral(ByteBuf out, EphemeralEvent event) {
    StringBuilder head = new StringBuilder(128);
    head.append("{\"type\":");
    quote(head, event.type());
    head.append(",\"topic\":");
    quote(head, event.topic().name());
    head.append(",\"at\":\"").append(time(event.at())).append("\",\"data\":");
    ByteBufUtil.writeUtf8(out, head);
    ByteBufUtil.writeUtf8(out, event.data());
    out.writeByte('}');
  }

  /** How many bytes {@link #event} writes at most, nearly always more than it does. */
  public static int eventSize(JournalEntry entry) {
    return 256 + entry.data().length() + entry.data().length() / 8;
  }

  /** About how many bytes {@link #reply} writes, as far as that is known. */
  public static int replySize(Reply reply) {
    return reply.body() instanceof JsonText(String text) ? 256 + text.length() : 256;
  }

  /** {@code {"type",…fields}}. */
  public void notice(ByteBuf out, Notice notice) {
    StringBuilder head = new StringBuilder(32);
    head.append("{\"type\":");
    quote(head, notice.type());
    object(out, head, notice.fields());
  }

  /**
   * {@code {"id","type",…body fields}}.
   *
   * @param id the id as JSON text; null leaves the field out
   */
  public void reply(ByteBuf out, @Nullable String id, Reply reply) {
    StringBuilder head = new StringBuilder(64);
    head.append('{');
    if (id != null) {
      head.append("\"id\":").append(id).append(',');
    }
    head.append("\"type\":");
    quote(head, reply.type());
    object(out, head, reply.body());
  }

  /** A point in time as it stands on the wire. */
  public static String time(Instant instant) {
    return TIME.format(instant);
  }

  /** Appends a text as a JSON string. */
  public static void quote(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20 || c == 0x7f || Character.isSurrogate(c) && isLone(text, i)) {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  /** Whether the surrogate at {@code i} has no partner, hence no UTF-8 form. */
  public static boolean isLone(String text, int i) {
    char c = text.charAt(i);
    return Character.isHighSurrogate(c)
        ? i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1))
        : i == 0 || !Character.isHighSurrogate(text.charAt(i - 1));
  }

  /** Writes the beginning of an object and the fields of another one into it. */
  private void object(ByteBuf out, StringBuilder head, Object fields) {
    ByteBufUtil.writeUtf8(out, head);
    int start = out.writerIndex();
    write(out, fields);
    if (out.getByte(start) != '{') {
      throw new IllegalArgumentException(fields.getClass() + " is no JSON object");
    }
    if (out.writerIndex() - start == 2) {
      out.setByte(start, '}').writerIndex(start + 1);
    } else {
      out.setByte(start, ',');
    }
  }

  private void write(ByteBuf out, Object value) {
    if (value instanceof JsonText written) {
      ByteBufUtil.writeUtf8(out, written.text());
      return;
    }
    try (ByteBufOutputStream stream = new ByteBufOutputStream(out)) {
      mapper.writeValue(stream, value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package io.crewline.gateway.sse;

import io.crewline.gateway.WireJson;
import io.crewline.journal.JournalEntry;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.realtime.CloseReason;
import io.crewline.realtime.Encoding;
import io.crewline.realtime.EphemeralEvent;
import io.crewline.realtime.Frame;
import io.crewline.realtime.Notice;
import io.crewline.realtime.Reply;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Writes events and notices as blocks of a stream. The id of a block is the position after it, so
 * that {@code Last-Event-ID} is always the right one to resume from.
 */
@Singleton
final class SseEncoding implements Encoding {
  private static final String POSITION = "position";
  private static final String OPEN = "open";
  private static final SseFrame PING =
      new SseFrame(": ping\n\n".getBytes(StandardCharsets.UTF_8), false);
  private static final int RETRY_MS = 2000;

  private final WireJson json;

  SseEncoding(WireJson json) {
    this.json = json;
  }

  /** The first block: clients do not see it as an event, only as the position they start from. */
  static Notice open(Position position) {
    return new Notice(OPEN, Map.of(POSITION, position.toString()));
  }

  /** The position asked for no longer fits; the stream goes on from this one. */
  static Notice reset(Topic topic, Position position) {
    return new Notice("reset", Map.of("topic", topic.name(), POSITION, position.toString()));
  }

  /** The last block of a stream that the server ends. */
  static SseFrame close(CloseReason reason) {
    StringBuilder block = new StringBuilder("event: close\ndata: {\"code\":");
    block.append(reason.code()).append(",\"reason\":");
    WireJson.quote(block, reason.text());
    block.append("}\n\n");
    return new SseFrame(block.toString().getBytes(StandardCharsets.UTF_8), true);
  }

  @Override
  public Frame event(JournalEntry entry) {
    ByteBuf out = Unpooled.buffer(WireJson.eventSize(entry) + 64);
    ByteBufUtil.writeUtf8(
        out, "id: " + entry.position() + "\nevent: " + line(entry.type()) + "\ndata: ");
    json.event(out, entry);
    return end(out, false);
  }

  /** A stream is one of the journal; what is not in there has no place in it. */
  @Override
  public boolean carriesEphemerals() {
    return false;
  }

  @Override
  public Frame ephemeral(EphemeralEvent event) {
    throw new UnsupportedOperationException("a stream carries the journal only");
  }

  @Override
  public Frame join(List<Frame> events) {
    ByteBuf joined = Unpooled.buffer();
    events.forEach(event -> joined.writeBytes(((SseFrame) event).bytes()));
    return new SseFrame(ByteBufUtil.getBytes(joined), false);
  }

  @Override
  public Frame notice(Notice notice) {
    if (notice.type().equals(Notice.PING.type())) {
      return PING;
    }
    Object position = notice.fields().get(POSITION);
    ByteBuf out = Unpooled.buffer(128);
    if (notice.type().equals(OPEN)) {
      ByteBufUtil.writeUtf8(out, "retry: " + RETRY_MS + "\nid: " + position);
      return end(out, false);
    }
    Object id = position == null ? notice.goOn() : position;
    if (id != null) {
      ByteBufUtil.writeUtf8(out, "id: " + id + "\n");
    }
    Object retryAfterMs = notice.fields().get("retryAfterMs");
    if (retryAfterMs != null) {
      ByteBufUtil.writeUtf8(out, "retry: " + retryAfterMs + "\n");
    }
    ByteBufUtil.writeUtf8(out, "event: " + line(notice.type()) + "\ndata: ");
    json.notice(out, notice);
    return end(out, isLast(notice, position != null));
  }

  /**
   * A stream has one topic: without it there is nothing left to send. A reset in the middle, which
   * ended the subscription, lets the client come back and be told where it goes on.
   */
  private static boolean isLast(Notice notice, boolean goesOn) {
    return notice.type().equals("removed") || notice.type().equals("reset") && !goesOn;
  }

  @Override
  public Frame reply(String commandId, Reply reply) {
    throw new UnsupportedOperationException("there are no commands");
  }

  /** JSON has line breaks between its tokens only, where a space is as good. */
  private static Frame end(ByteBuf out, boolean last) {
    byte[] bytes = new byte[out.readableBytes() + 2];
    int length = out.readableBytes();
    int data = dataStart(out);
    out.readBytes(bytes, 0, length);
    for (int i = data; i < length; i++) {
      if (bytes[i] == '\n' || bytes[i] == '\r') {
        bytes[i] = ' ';
      }
    }
    bytes[length] = '\n';
    bytes[length + 1] = '\n';
    return new SseFrame(bytes, last);
  }

  private static int dataStart(ByteBuf out) {
    int json = out.indexOf(0, out.writerIndex(), (byte) '{');
    return json < 0 ? out.writerIndex() : json;
  }

  private static String line(String type) {
    return type.replaceAll("[\\r\\n]", " ");
  }
}

package io.crewline.gateway.websocket;

import io.crewline.gateway.BufferFrame;
import io.crewline.gateway.WireJson;
import io.crewline.journal.JournalEntry;
import io.crewline.realtime.Encoding;
import io.crewline.realtime.EphemeralEvent;
import io.crewline.realtime.Frame;
import io.crewline.realtime.Notice;
import io.crewline.realtime.Reply;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.function.Consumer;

/**
 * Writes each thing as one complete text frame, header included (RFC 6455 §5.2, not masked), so
 * that every session can be given the same bytes.
 */
@Singleton
final class JsonEncoding implements Encoding {
  private static final int LONGEST_HEADER = 10;
  private static final int FINAL_TEXT = 0x81;

  private final WireJson json;

  JsonEncoding(WireJson json) {
    this.json = json;
  }

  @Override
  public Frame event(JournalEntry entry) {
    return text(WireJson.eventSize(entry), out -> json.event(out, entry));
  }

  @Override
  public Frame ephemeral(EphemeralEvent event) {
    return text(256, out -> json.ephemeral(out, event));
  }

  @Override
  public Frame join(List<Frame> events) {
    return BufferFrame.join(events);
  }

  @Override
  public Frame notice(Notice notice) {
    return text(128, out -> json.notice(out, notice));
  }

  @Override
  public Frame reply(String commandId, Reply reply) {
    return text(WireJson.replySize(reply), out -> json.reply(out, commandId, reply));
  }

  /** The header's length depends on the payload's, so it is put before it afterwards. */
  private static Frame text(int size, Consumer<ByteBuf> payload) {
    ByteBuf out = ByteBufAllocator.DEFAULT.directBuffer(LONGEST_HEADER + size);
    try {
      out.writeZero(LONGEST_HEADER);
      payload.accept(out);
      int length = out.writerIndex() - LONGEST_HEADER;
      if (length < 126) {
        out.readerIndex(LONGEST_HEADER - 2);
        out.setByte(out.readerIndex() + 1, length);
      } else if (length <= 0xffff) {
        out.readerIndex(LONGEST_HEADER - 4);
        out.setByte(out.readerIndex() + 1, 126);
        out.setShort(out.readerIndex() + 2, length);
      } else {
        out.readerIndex(0);
        out.setByte(1, 127);
        out.setLong(2, length);
      }
      out.setByte(out.readerIndex(), FINAL_TEXT);
      return new BufferFrame(out);
    } catch (RuntimeException | Error e) {
      out.release();
      throw e;
    }
  }
}

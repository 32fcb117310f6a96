package io.crewline.gateway.websocket;

import io.crewline.platform.ApiException;
import io.crewline.platform.limit.RateLimits;
import io.crewline.platform.limit.TokenBucket;
import io.crewline.realtime.CloseReason;
import io.crewline.realtime.Command;
import io.crewline.realtime.Fields;
import io.crewline.realtime.Reply;
import io.crewline.realtime.Session;
import io.crewline.realtime.Sessions;
import io.micronaut.json.tree.JsonNode;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the frames of one connection on its event loop and hands commands to its session in arrival
 * order. Nothing but the end of the connection goes on to the framework's handler.
 */
final class InboundFrames extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(InboundFrames.class);
  private static final int MALFORMED_AT_MOST = 5;
  private static final long MALFORMED_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final Fields NO_FIELDS = new Fields(JsonNode.createObjectNode(Map.of()));
  private static final String DECODER = "wsdecoder";

  /** What a frame counts on top of its bytes: small ones are not cheaper to deal with. */
  private static final int FRAME_COST = 256;

  private final Sessions sessions;
  private final Session session;
  private final WebSocketTransport transport;
  private final CommandReader reader;
  private final RateLimits limits;
  private final TokenBucket bytes;
  private boolean paused;
  private final MessageBuffer message = new MessageBuffer();
  private final long[] malformedAt = new long[MALFORMED_AT_MOST - 1];
  private int malformed;
  private String ending = "connection lost";

  InboundFrames(
      Sessions sessions,
      Session session,
      WebSocketTransport transport,
      CommandReader reader,
      RateLimits limits) {
    this.sessions = sessions;
    this.session = session;
    this.transport = transport;
    this.reader = reader;
    this.limits = limits;
    this.bytes = limits.byteBucket();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object received) {
    try {
      // Anything else is what is left of a stream that is not decoded any more.
      if (received instanceof WebSocketFrame frame) {
        session.signOfLife();
        if (frame instanceof CloseWebSocketFrame close) {
          closed(close);
        } else if (!transport.isClosing()) {
          read(ctx, frame);
        }
      }
    } finally {
      ReferenceCountUtil.release(received);
    }
  }

  private void read(ChannelHandlerContext ctx, WebSocketFrame frame) {
    long waitMs = bytes.charge(frame.content().readableBytes() + FRAME_COST, limits.now());
    if (waitMs > 0 && !paused) {
      pause(ctx, waitMs);
    }
    switch (frame) {
      case PingWebSocketFrame ping -> {
        // A client that does not read needs no pongs piled up: only the latest ping counts.
        if (ctx.channel().isWritable()) {
          ctx.writeAndFlush(new PongWebSocketFrame(ping.content().retain()));
        }
      }
      case TextWebSocketFrame text -> data(text, waitMs);
      case ContinuationWebSocketFrame continuation -> data(continuation, waitMs);
      case BinaryWebSocketFrame binary -> session.close(CloseReason.UNSUPPORTED_DATA);
      default -> {}
    }
  }

  /**
   * Reads no more from a client that is over its bytes until it has paid for them: what it goes on
   * to send stays in its own hands. Commands that have come already are told to come later.
   */
  private void pause(ChannelHandlerContext ctx, long waitMs) {
    paused = true;
    transport.setPaused(true);
    ctx.executor().schedule(() -> goOn(ctx), waitMs, TimeUnit.MILLISECONDS);
  }

  private void goOn(ChannelHandlerContext ctx) {
    // Frames that had been read already may have come on top.
    long waitMs = bytes.charge(0, limits.now());
    if (waitMs > 0) {
      pause(ctx, waitMs);
    } else {
      paused = false;
      transport.setPaused(false);
    }
  }

  private void data(WebSocketFrame frame, long waitMs) {
    if (!message.add(frame.content())) {
      session.close(CloseReason.TOO_LARGE);
    } else if (frame.isFinalFragment()) {
      byte[] text = message.take();
      if (Utf8.isValid(text)) {
        receive(text, waitMs);
      } else {
        session.close(CloseReason.INVALID_UTF8);
      }
    }
  }

  private void receive(byte[] text, long waitMs) {
    Command command;
    try {
      command = reader.read(text);
    } catch (ApiException e) {
      session.reply(new Command("null", "", NO_FIELDS), Reply.error(e));
      noteMalformed();
      return;
    }
    if (waitMs > 0) {
      session.refuse(command, RateLimits.refusal(waitMs));
    } else {
      session.receive(command);
    }
  }

  private void noteMalformed() {
    long now = System.nanoTime();
    int oldest = malformed % malformedAt.length;
    if (malformed >= malformedAt.length && now - malformedAt[oldest] < MALFORMED_NANOS) {
      session.close(CloseReason.MISUSE);
    }
    malformedAt[oldest] = now;
    malformed++;
  }

  /** RFC 6455 §5.5.1: the answer carries the code that came, an empty goodbye is answered alike. */
  private void closed(CloseWebSocketFrame close) {
    ByteBuf body = close.content();
    if (!body.isReadable()) {
      ending = "closed by the client";
      transport.answerGoodbye(new CloseWebSocketFrame());
      return;
    }
    byte[] bytes = new byte[body.readableBytes()];
    body.readBytes(bytes);
    int code = bytes.length < 2 ? 0 : (bytes[0] & 0xff) << 8 | bytes[1] & 0xff;
    byte[] reason = bytes.length < 2 ? bytes : java.util.Arrays.copyOfRange(bytes, 2, bytes.length);
    if (!CloseCodes.maySend(code)) {
      session.close(CloseReason.PROTOCOL_ERROR);
    } else if (!Utf8.isValid(reason)) {
      session.close(CloseReason.INVALID_UTF8);
    } else {
      String text = new String(reason, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", " ");
      ending = ("closed by the client, " + code + " " + text).strip();
      transport.answerGoodbye(new CloseWebSocketFrame(code, ""));
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    session.writabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    sessions.closed(session, ending);
    ctx.fireChannelInactive();
  }

  /** The session is over as soon as the server says goodbye. */
  void over() {
    sessions.closed(session, ending);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof CorruptedWebSocketFrameException corrupted) {
      session.close(
          switch (corrupted.closeStatus().code()) {
            case 1007 -> CloseReason.INVALID_UTF8;
            case 1009 -> CloseReason.TOO_LARGE;
            default -> CloseReason.PROTOCOL_ERROR;
          });
      stopDecoding(ctx);
    } else if (cause instanceof IOException) {
      LOG.debug("Connection of session {} failed: {}", session, cause.toString());
      ctx.close();
    } else {
      LOG.error("Reading from session {} failed: {}", session, cause.toString());
      LOG.debug("Cause", cause);
      session.close(CloseReason.INTERNAL);
    }
  }

  /** Nothing after a broken frame can be understood; it is dropped without looking at it. */
  private static void stopDecoding(ChannelHandlerContext ctx) {
    ctx.executor()
        .execute(
            () -> {
              if (ctx.pipeline().get(DECODER) != null) {
                ctx.pipeline().remove(DECODER);
              }
            });
  }
}

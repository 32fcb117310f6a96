package io.crewline.gateway.websocket;

import io.crewline.platform.ApiException;
import io.crewline.platform.limit.RateLimits;
import io.crewline.platform.limit.TokenBucket;
import io.crewline.realtime.CloseReason;
import io.crewline.realtime.Command;
import io.crewline.realtime.Session;
import io.crewline.realtime.Sessions;
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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the frames of one connection on its event loop and hands commands to its session in arrival
 * order. Nothing but the end of the connection goes on to the framework's handler.
 *
 * <p>The last frame, whether the client's goodbye or one that breaks the rules, has its turn like a
 * command: what came before it is handled and answered first, for at most {@value #LAST_REPLIES_MS}
 * ms. What comes after it is dropped.
 */
final class InboundFrames extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(InboundFrames.class);
  private static final int MALFORMED_AT_MOST = 5;
  private static final long MALFORMED_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final long LAST_REPLIES_MS = 5000;
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
  private boolean ended;
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
          goodbye(ctx, close);
        } else if (!ended && !transport.isClosing()) {
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
      case TextWebSocketFrame text -> data(ctx, text, waitMs);
      case ContinuationWebSocketFrame continuation -> data(ctx, continuation, waitMs);
      case BinaryWebSocketFrame binary -> close(ctx, CloseReason.UNSUPPORTED_DATA);
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
      session.signOfLife();
      transport.setPaused(false);
    }
  }

  private void data(ChannelHandlerContext ctx, WebSocketFrame frame, long waitMs) {
    if (!message.add(frame.content())) {
      close(ctx, CloseReason.TOO_LARGE);
    } else if (frame.isFinalFragment()) {
      byte[] text = message.take();
      if (Utf8.isValid(text)) {
        receive(ctx, text, waitMs);
      } else {
        close(ctx, CloseReason.INVALID_UTF8);
      }
    }
  }

  private void receive(ChannelHandlerContext ctx, byte[] text, long waitMs) {
    switch (reader.read(text)) {
      case CommandReader.Read.Good(Command command) -> {
        if (waitMs > 0) {
          session.refuse(command, RateLimits.refusal(waitMs));
        } else {
          session.receive(command);
        }
      }
      case CommandReader.Read.Faulty(Command command, ApiException fault) ->
          session.receiveFaulty(command, fault);
      case CommandReader.Read.NoCommand(Command unnamed, ApiException fault) -> {
        session.refuse(unnamed, fault);
        noteMalformed(ctx);
      }
    }
  }

  private void noteMalformed(ChannelHandlerContext ctx) {
    long now = System.nanoTime();
    int oldest = malformed % malformedAt.length;
    if (malformed >= malformedAt.length && now - malformedAt[oldest] < MALFORMED_NANOS) {
      close(ctx, CloseReason.MISUSE);
    }
    malformedAt[oldest] = now;
    malformed++;
  }

  /** RFC 6455 §5.5.1: the answer carries the code that came, an empty goodbye is answered alike. */
  private void goodbye(ChannelHandlerContext ctx, CloseWebSocketFrame close) {
    ByteBuf body = close.content();
    if (!body.isReadable()) {
      ending = "closed by the client";
      answer(ctx, CloseWebSocketFrame::new);
      return;
    }
    byte[] bytes = new byte[body.readableBytes()];
    body.readBytes(bytes);
    int code = bytes.length < 2 ? 0 : (bytes[0] & 0xff) << 8 | bytes[1] & 0xff;
    byte[] reason = bytes.length < 2 ? bytes : java.util.Arrays.copyOfRange(bytes, 2, bytes.length);
    if (!CloseCodes.maySend(code)) {
      close(ctx, CloseReason.PROTOCOL_ERROR);
    } else if (!Utf8.isValid(reason)) {
      close(ctx, CloseReason.INVALID_UTF8);
    } else {
      String text = new String(reason, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", " ");
      ending = ("closed by the client, " + code + " " + text).strip();
      answer(ctx, () -> new CloseWebSocketFrame(code, ""));
    }
  }

  private void answer(ChannelHandlerContext ctx, Supplier<CloseWebSocketFrame> answer) {
    if (transport.isClosing()) {
      // It answers our own goodbye.
      transport.answerGoodbye(answer.get());
    } else {
      endInTurn(ctx, () -> transport.answerGoodbye(answer.get()));
    }
  }

  private void close(ChannelHandlerContext ctx, CloseReason reason) {
    endInTurn(ctx, () -> session.close(reason));
  }

  /** Takes no more, and ends the connection once what was taken has been answered. */
  private void endInTurn(ChannelHandlerContext ctx, Runnable end) {
    if (ended) {
      return;
    }
    ended = true;
    AtomicBoolean begun = new AtomicBoolean();
    Runnable once =
        () -> {
          if (begun.compareAndSet(false, true)) {
            end.run();
          }
        };
    session.inTurn(once);
    ctx.executor().schedule(once, LAST_REPLIES_MS, TimeUnit.MILLISECONDS);
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
      close(
          ctx,
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
      session.fail("reading", cause);
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

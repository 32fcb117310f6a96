package io.crewline.gateway.websocket;

import io.crewline.platform.limit.RateLimits;
import io.crewline.realtime.CloseReason;
import io.crewline.realtime.Session;
import io.crewline.realtime.Sessions;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.netty.channel.ChannelPipelineCustomizer;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.rules.SecurityRule;
import io.micronaut.websocket.WebSocketSession;
import io.micronaut.websocket.annotation.OnMessage;
import io.micronaut.websocket.annotation.OnOpen;
import io.micronaut.websocket.annotation.ServerWebSocket;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPipeline;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes over a channel that the framework has just upgraded. Messages do not go through the
 * framework: its binding knows no order of one client's messages and no limit of a whole message.
 */
@ServerWebSocket(value = "/ws", subprotocols = WebSocketEndpoint.SUBPROTOCOL)
@Secured(SecurityRule.IS_ANONYMOUS)
final class WebSocketEndpoint {
  static final String SUBPROTOCOL = "crewline.v1";

  private static final String ENCODER = "wsencoder";
  private static final String DECODER = "wsdecoder";

  private static final Logger LOG = LoggerFactory.getLogger(WebSocketEndpoint.class);

  private final Sessions sessions;
  private final JsonEncoding encoding;
  private final CommandReader reader;
  private final RateLimits limits;

  WebSocketEndpoint(
      Sessions sessions, JsonEncoding encoding, CommandReader reader, RateLimits limits) {
    this.sessions = sessions;
    this.encoding = encoding;
    this.reader = reader;
    this.limits = limits;
  }

  @OnOpen
  void open(HttpRequest<?> request) {
    Channel channel = ((NettyHttpRequest<?>) request).getChannelHandlerContext().channel();
    Admission admission = channel.attr(Admission.KEY).getAndSet(null);
    if (admission == null) {
      // It did not come past the guard, for example by a path that is written in another way.
      channel.close();
      return;
    }
    try {
      takeOver(channel, admission);
    } catch (RuntimeException e) {
      LOG.error("A WebSocket could not be taken over", e);
      channel.close();
    }
  }

  private void takeOver(Channel channel, Admission admission) {
    ChannelPipeline pipeline = channel.pipeline();
    // The engine keeps the heartbeat; what is over with the upgrade goes.
    remove(pipeline, ChannelPipelineCustomizer.HANDLER_IDLE_STATE);
    remove(pipeline, RequestDeadline.NAME);
    remove(pipeline, UpgradeGuard.NAME);
    remove(pipeline, BodyDecoding.NAME);
    remove(pipeline, RequestIdHandler.NAME);
    WebSocketTransport transport =
        new WebSocketTransport(
            pipeline.context(ENCODER), encoding, admission.client().getHostAddress());
    Session session =
        sessions.open(transport, admission.originAllowed() ? admission.token() : null);
    // Only now: a drain that waits for open requests finds the session instead.
    remove(pipeline, OpenRequests.NAME);
    InboundFrames frames = new InboundFrames(sessions, session, transport, reader, limits);
    transport.whenClosing(frames::over);
    pipeline.replace(DECODER, DECODER, new StrictFrameDecoder());
    pipeline.addAfter(DECODER, "crewline-frames", frames);
    if (!admission.originAllowed()) {
      session.close(CloseReason.FORBIDDEN);
    }
  }

  private static void remove(ChannelPipeline pipeline, String name) {
    ChannelHandler handler = pipeline.get(name);
    if (handler != null) {
      pipeline.remove(handler);
    }
  }

  /** Never called: no frame gets that far. The framework wants it to be there. */
  @OnMessage
  void message(String text, WebSocketSession session) {
    throw new IllegalStateException("a frame got past the gateway");
  }
}

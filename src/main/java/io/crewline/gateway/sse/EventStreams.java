package io.crewline.gateway.sse;

import io.crewline.account.Identity;
import io.crewline.account.VerifiedToken;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.platform.ApiException;
import io.crewline.platform.limit.ClientAddresses;
import io.crewline.realtime.CloseReason;
import io.crewline.realtime.LiveAccess;
import io.crewline.realtime.Session;
import io.crewline.realtime.Sessions;
import io.crewline.realtime.Subscription;
import io.crewline.realtime.Subscriptions;
import io.crewline.realtime.TopicHub;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.netty.channel.Channel;
import jakarta.inject.Singleton;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the sessions of streams. */
@Singleton
final class EventStreams {
  private static final Logger LOG = LoggerFactory.getLogger(EventStreams.class);

  private final Sessions sessions;
  private final LiveAccess access;
  private final Subscriptions subscriptions;
  private final TopicHub hub;
  private final SseEncoding encoding;
  private final ClientAddresses addresses;

  EventStreams(
      Sessions sessions,
      LiveAccess access,
      Subscriptions subscriptions,
      TopicHub hub,
      SseEncoding encoding,
      ClientAddresses addresses) {
    this.sessions = sessions;
    this.access = access;
    this.subscriptions = subscriptions;
    this.hub = hub;
    this.encoding = encoding;
    this.addresses = addresses;
  }

  /**
   * A stream of a topic that the user may watch. Its session is opened when the answer begins, so
   * that nothing is left behind if it never does.
   *
   * @param after null for the newest position
   */
  Publisher<byte[]> open(
      HttpRequest<?> request,
      Identity identity,
      @Nullable VerifiedToken token,
      Topic topic,
      @Nullable Position after) {
    Channel channel = ((NettyHttpRequest<?>) request).getChannelHandlerContext().channel();
    AtomicReference<Session> opened = new AtomicReference<>();
    return new EventStream(
        channel,
        encoding,
        addresses.of(request).getHostAddress(),
        stream ->
            Thread.ofVirtual()
                .name("event-stream")
                .start(() -> begin(stream, opened, identity, token, topic, after)),
        () -> {
          Session session = opened.get();
          if (session != null) {
            sessions.closed(session, "stream ended");
          }
        });
  }

  private void begin(
      EventStream stream,
      AtomicReference<Session> opened,
      Identity identity,
      @Nullable VerifiedToken token,
      Topic topic,
      @Nullable Position after) {
    Session session = sessions.open(stream, identity, token);
    stream.session(session);
    opened.set(session);
    if (stream.isOver()) {
      // It ended before there was a session that it could have ended with it.
      sessions.closed(session, "stream ended");
      return;
    }
    try {
      Subscription subscription = subscriptions.open(session, topic);
      access.watchOver(session);
      // Only now: a user who lost access before this was not yet to be found by the revocation.
      if (!subscriptions.mayWatch(session.identity(), topic)) {
        throw ApiException.notFound("topic");
      }
      Position head = after == null ? null : hub.resume(subscription, after);
      if (after != null && head != null) {
        session.send(SseEncoding.open(after));
        subscription.start(after, head);
      } else {
        Position newest = hub.position(subscription);
        session.send(SseEncoding.open(newest));
        if (after != null) {
          session.send(SseEncoding.reset(topic, newest));
        }
        subscription.start(newest, newest);
      }
    } catch (ApiException e) {
      stream.fail(e);
    } catch (RuntimeException e) {
      LOG.error("A stream of {} could not begin", topic, e);
      session.close(CloseReason.INTERNAL);
    }
  }
}

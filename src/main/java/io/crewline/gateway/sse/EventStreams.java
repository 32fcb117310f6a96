package io.crewline.gateway.sse;

import io.crewline.account.Identity;
import io.crewline.journal.Journal;
import io.crewline.journal.JournalPage;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.platform.ApiException;
import io.crewline.platform.limit.ClientAddresses;
import io.crewline.realtime.CloseReason;
import io.crewline.realtime.Session;
import io.crewline.realtime.Sessions;
import io.crewline.realtime.Subscription;
import io.crewline.realtime.Subscriptions;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.netty.channel.Channel;
import jakarta.inject.Singleton;
import java.time.Instant;
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
  private final Subscriptions subscriptions;
  private final Journal journal;
  private final SseEncoding encoding;
  private final ClientAddresses addresses;

  EventStreams(
      Sessions sessions,
      Subscriptions subscriptions,
      Journal journal,
      SseEncoding encoding,
      ClientAddresses addresses) {
    this.sessions = sessions;
    this.subscriptions = subscriptions;
    this.journal = journal;
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
      @Nullable Instant expiresAt,
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
                .start(() -> begin(stream, opened, identity, expiresAt, topic, after)),
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
      @Nullable Instant expiresAt,
      Topic topic,
      @Nullable Position after) {
    Session session = sessions.open(stream, identity, expiresAt);
    stream.session(session);
    opened.set(session);
    if (stream.isOver()) {
      // It ended before there was a session that it could have ended with it.
      sessions.closed(session, "stream ended");
      return;
    }
    try {
      Subscription subscription = subscriptions.open(session, topic);
      // Only now: a user who lost access before this was not yet to be found by the revocation.
      if (!subscriptions.mayWatch(identity, topic)) {
        throw ApiException.notFound("topic");
      }
      Position head = journal.open(topic);
      if (after == null) {
        session.send(SseEncoding.open(head));
        subscription.start(head, head);
        return;
      }
      JournalPage page = journal.readAfter(topic, after, 0);
      session.send(SseEncoding.open(page.reset() ? page.head() : after));
      if (page.reset()) {
        session.send(SseEncoding.reset(topic, page.head()));
      }
      subscription.start(page.reset() ? page.head() : after, page.head());
    } catch (ApiException e) {
      stream.fail(e);
    } catch (RuntimeException e) {
      LOG.error("A stream of {} could not begin", topic, e);
      session.close(CloseReason.INTERNAL);
    }
  }
}

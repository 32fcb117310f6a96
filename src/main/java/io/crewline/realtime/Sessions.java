package io.crewline.realtime;

import io.crewline.account.AccountService;
import io.crewline.account.Identity;
import io.crewline.account.VerifiedToken;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.platform.ApiException;
import io.crewline.platform.Ids;
import io.crewline.platform.Settings;
import io.crewline.platform.Watchdog;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open sessions of this node: opens and closes them, keeps their heartbeat, and ends those that
 * may not go on: no {@code connect} within {@value #CONNECT_MS} ms, no sign of life for two
 * heartbeats in which it was read from, an expired token, a disabled user.
 */
@Singleton
public final class Sessions {
  private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);
  private static final long CONNECT_MS = 10_000;
  private static final long TICK_MS = 500;
  private static final Duration EXPIRY_NOTICE = Duration.ofSeconds(60);

  private final CommandDispatcher dispatcher;
  private final TopicHub hub;
  private final Provider<Subscriptions> subscriptions;
  private final AccountService accounts;
  private final LiveAccess access;
  private final Ids ids;
  private final Clock clock;
  private final Watchdog.Watch watch;
  private final List<SessionListener> listeners;
  private final long pingNanos;
  private final Map<String, Session> sessions = new ConcurrentHashMap<>();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("session-timer").factory());

  Sessions(
      CommandDispatcher dispatcher,
      TopicHub hub,
      Provider<Subscriptions> subscriptions,
      AccountService accounts,
      LiveAccess access,
      Ids ids,
      Clock clock,
      List<SessionListener> listeners,
      Settings settings,
      MeterRegistry registry,
      Watchdog watchdog) {
    this.dispatcher = dispatcher;
    this.hub = hub;
    this.subscriptions = subscriptions;
    this.accounts = accounts;
    this.access = access;
    this.ids = ids;
    this.clock = clock;
    this.watch = watchdog.watch("heartbeats");
    this.listeners = listeners;
    this.pingNanos = settings.pingInterval().toNanos();
    Gauge.builder("crewline.sessions", sessions, Map::size)
        .description("Open sessions of this node")
        .register(registry);
    Gauge.builder("crewline.topics", hub, TopicHub::servedTopics)
        .description(
            "Topics that this node serves, some of them for a moment after the last subscriber")
        .register(registry);
    Gauge.builder("crewline.subscriptions", this, Sessions::subscriptionCount)
        .description("Subscriptions of all open sessions")
        .register(registry);
    Gauge.builder("crewline.mailbox.depth", this, Sessions::deepestMailbox)
        .description("Commands in hand of the busiest session")
        .register(registry);
  }

  @PostConstruct
  void start() {
    long tick = Math.min(TICK_MS, TimeUnit.NANOSECONDS.toMillis(pingNanos) / 4 + 1);
    timer.scheduleWithFixedDelay(this::tick, tick, tick, TimeUnit.MILLISECONDS);
  }

  @PreDestroy
  void stop() {
    timer.shutdownNow();
  }

  /**
   * Opens a session for a new connection. The gateway calls {@link #closed} when it is over.
   *
   * @param token what the connection brought along, verified; null when {@code connect} will bring
   *     it
   */
  public Session open(Transport transport, @Nullable VerifiedToken token) {
    Session session = new Session(ids.random(), transport, dispatcher);
    sessions.put(session.id(), session);
    if (token != null) {
      session.inTurn(() -> loginOrClose(session, token));
    }
    return session;
  }

  /**
   * Opens a session for a connection whose user another protocol layer has established already. Its
   * own topic is not on; it watches only what the gateway opens for it.
   *
   * <p>The gateway lets {@link LiveAccess#watchOver} it.
   *
   * @param token by which the user was established; null where none is needed
   */
  public Session open(Transport transport, Identity identity, @Nullable VerifiedToken token) {
    Session session = new Session(ids.random(), transport, dispatcher);
    login(session, () -> new Session.Login(identity, token));
    sessions.put(session.id(), session);
    return session;
  }

  private void loginOrClose(Session session, VerifiedToken token) {
    try {
      login(session, token);
      openOwnTopic(session);
      access.watchOver(session);
    } catch (ApiException e) {
      session.close(e);
    }
  }

  /** Turns the session's own topic on, from now on. Blocks. */
  private void openOwnTopic(Session session) {
    Topic own = Topic.user(session.identity().username());
    Subscription subscription = subscriptions.get().open(session, own);
    Position head = hub.position(subscription);
    subscription.start(head, head);
  }

  /**
   * Logs a session in by a token that has been verified. Blocks.
   *
   * @throws ApiException UNAUTHENTICATED or FORBIDDEN
   */
  void login(Session session, VerifiedToken token) {
    login(session, () -> new Session.Login(accounts.identify(token), token));
  }

  /** Logs a session in without a token, where settings allow it. Blocks. */
  void loginByName(Session session, String username) {
    login(session, () -> new Session.Login(accounts.identifyOrCreate(username), null));
  }

  private void login(Session session, Supplier<Session.Login> read) {
    Session.Login before = session.login();
    while (!session.login(before, read.get())) {
      before = session.login();
    }
    if (before == null) {
      Transport transport = session.transport();
      LOG.info(
          "Connected {} over {} from {}", session, transport.protocol(), transport.remoteAddress());
      listeners.forEach(listener -> listener.loggedIn(session));
      if (!session.isOpen()) {
        // It ended meanwhile, perhaps before the listeners knew it.
        listeners.forEach(listener -> listener.closed(session));
      }
    }
  }

  /**
   * Ends a session whose connection is gone.
   *
   * @param clientReason what the client or the network gave as the reason
   */
  public void closed(Session session, String clientReason) {
    if (sessions.remove(session.id()) == null) {
      return;
    }
    session.closed();
    for (Subscription subscription : session.subscriptions()) {
      if (session.forget(subscription)) {
        hub.unsubscribe(subscription);
      }
    }
    listeners.forEach(listener -> listener.closed(session));
    CloseReason reason = session.closeReason();
    LOG.info(
        "Disconnected {} after {} s: {}",
        session,
        TimeUnit.NANOSECONDS.toSeconds(session.openNanos()),
        reason == null ? clientReason : reason.code() + " " + reason.text());
  }

  /** All open sessions. */
  public Collection<Session> all() {
    return sessions.values();
  }

  public int count() {
    return sessions.size();
  }

  private void tick() {
    watch.beat();
    Instant now = clock.instant();
    for (Session session : sessions.values()) {
      try {
        check(session, now);
      } catch (RuntimeException | Error e) {
        // The timer would not come back, for anybody.
        LOG.error("The check of session {} failed", session, e);
      }
    }
  }

  private void check(Session session, Instant now) {
    Session.Login login = session.login();
    if (login == null) {
      if (session.openNanos() > TimeUnit.MILLISECONDS.toNanos(CONNECT_MS)) {
        session.close(CloseReason.UNAUTHENTICATED);
      }
      return;
    }
    Instant expiresAt = login.expiresAt();
    if (expiresAt != null && !now.isBefore(expiresAt)) {
      session.close(CloseReason.UNAUTHENTICATED);
    } else if (session.silentNanos() > 2 * pingNanos) {
      session.close(CloseReason.NO_SIGN_OF_LIFE);
    } else {
      if (expiresAt != null
          && now.isAfter(expiresAt.minus(EXPIRY_NOTICE))
          && session.announceExpiry()) {
        session.send(Notice.tokenExpiring(expiresAt));
      }
      if (session.pingDue(pingNanos) && session.transport().isWritable()) {
        session.send(Notice.PING);
      }
    }
  }

  private double subscriptionCount() {
    return sessions.values().stream().mapToInt(session -> session.subscriptions().size()).sum();
  }

  private double deepestMailbox() {
    return sessions.values().stream().mapToInt(Session::mailboxDepth).max().orElse(0);
  }
}

package io.crewline.realtime.presence;

import io.crewline.platform.ApiException;
import io.crewline.platform.Ids;
import io.crewline.platform.Watchdog;
import io.crewline.realtime.presence.PresenceRepository.Node;
import io.micronaut.context.annotation.Context;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps presence up to date, on one thread: at once when something happens after a quiet time, then
 * every {@value #TICK_MS} ms.
 *
 * <p>This node's users stand in the database under a lease, which it renews every {@link #RENEW}
 * and which ends by itself, {@link #LEASE} after the node has died or lost the database. Each
 * change of them makes the next version of the node and is broadcast with it. Another node takes
 * what follows the version that it knows, and else, about every second, compares versions and reads
 * the users of those nodes that it is behind with. So a lost message, or a time without Redis,
 * costs a second.
 *
 * <p>A node that was frozen and has lost its lease registers everything anew. After a time without
 * the database nobody counts as dead before everybody could renew. While it is away presence stands
 * still, and nothing else does.
 */
@Context
final class PresenceLoop {
  static final Duration LEASE = Duration.ofSeconds(10);
  static final Duration RENEW = Duration.ofMillis(2500);
  private static final Duration COMPARE = Duration.ofSeconds(1);
  private static final Duration SETTLED = RENEW.multipliedBy(2);
  private static final Logger LOG = LoggerFactory.getLogger(PresenceLoop.class);
  private static final long TICK_MS = 250;

  private final String me;
  private final LocalUsers local;
  private final Presence presence;
  private final OnlineUsers users;
  private final PresenceRepository repository;
  private final PresenceExchange exchange;
  private final PresenceAnnouncer announcer;
  private final Clock clock;
  private final Watchdog.Watch watch;
  private final Thread thread = Thread.ofVirtual().name("presence").unstarted(this::run);
  private final Semaphore wake = new Semaphore(0);
  private final CountDownLatch stopping = new CountDownLatch(1);

  // Belong to the thread.
  private final Set<String> changed = new HashSet<>();
  private long version;
  private boolean registered;
  private Instant nextCompare = Instant.MIN;
  private Instant nextRenewal = Instant.MIN;
  private Instant lastContact = Instant.MIN;
  private Instant settledAt = Instant.MAX;

  PresenceLoop(
      LocalUsers local,
      Presence presence,
      PresenceRepository repository,
      PresenceExchange exchange,
      PresenceAnnouncer announcer,
      Ids ids,
      Clock clock,
      Watchdog watchdog) {
    this.me = ids.random();
    this.local = local;
    this.presence = presence;
    this.users = presence.users();
    this.repository = repository;
    this.exchange = exchange;
    this.announcer = announcer;
    this.clock = clock;
    this.watch = watchdog.watch("presence");
    users.replace(me, version, Set.of());
  }

  @PostConstruct
  void start() {
    local.whenChanged(wake::release);
    exchange.open(wake::release);
    thread.start();
  }

  private void run() {
    try {
      boolean quiet;
      do {
        quiet = tickSafely();
        if (quiet && wake.tryAcquire(TICK_MS, TimeUnit.MILLISECONDS)) {
          wake.drainPermits();
        }
      } while (!stopping.await(quiet ? 0 : TICK_MS, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      // stopped
    } finally {
      watch.rest();
    }
  }

  private boolean tickSafely() {
    watch.beat();
    try {
      return tick(clock.instant());
    } catch (ApiException e) {
      LOG.debug("Presence waits for the database: {}", e.detail());
    } catch (RuntimeException | Error e) {
      LOG.error("Presence was not brought up to date", e);
    }
    return false;
  }

  /** Returns whether nothing has happened. */
  private boolean tick(Instant now) {
    wake.drainPermits();
    changed.addAll(local.takeChanged(now));
    List<PresenceExchange.Message> heard = exchange.take();
    boolean quiet = changed.isEmpty() && heard.isEmpty();
    boolean behind = hear(heard);
    boolean compares = behind || !now.isBefore(nextCompare);
    if (compares) {
      nextCompare = now.plus(COMPARE);
    }
    if (!changed.isEmpty() && registered || !registered && compares) {
      publish();
    }
    if (compares) {
      compare(now);
    }
    List<OnlineUsers.Change> changes = users.changes(now);
    announcer.announce(changes, presence.takeJoins(), users.online(), now);
    return quiet && changes.isEmpty();
  }

  /** Takes what other nodes have sent. Returns whether something is missing. */
  private boolean hear(List<PresenceExchange.Message> heard) {
    boolean behind = false;
    for (PresenceExchange.Message message : heard) {
      if (message.goodbye()) {
        users.drop(message.node());
      } else if (message.version() > users.version(message.node())) {
        behind |= !users.follow(message.node(), message.version(), message.came(), message.went());
      }
    }
    return behind;
  }

  /** Writes what has changed here to the database, then tells the other nodes. */
  private void publish() {
    List<String> came = new ArrayList<>();
    List<String> went = new ArrayList<>();
    for (String user : changed) {
      boolean here = local.isHere(user);
      if (here != users.isOn(me, user)) {
        (here ? came : went).add(user);
      }
    }
    changed.clear();
    if (registered && came.isEmpty() && went.isEmpty()) {
      return;
    }
    // Known here first, whatever becomes of the rest; the version makes sure of the rest.
    version++;
    users.follow(me, version, came, went);
    if (registered) {
      registered = false;
      registered = repository.change(me, version, came, went);
    }
    if (registered) {
      exchange.send(new PresenceExchange.Message(me, version, came, went, false));
    } else {
      repository.register(me, version, users.usersOf(me), LEASE);
      registered = true;
    }
  }

  /** Renews the lease in time and compares what is known of the others with the database. */
  private void compare(Instant now) {
    if (!now.isBefore(nextRenewal)) {
      registered &= repository.renew(me, LEASE);
      nextRenewal = now.plus(RENEW);
    }
    List<Node> nodes = repository.nodes();
    if (lastContact.plus(SETTLED).isBefore(now)) {
      settledAt = now.plus(SETTLED);
    }
    lastContact = now;
    Set<String> living = new HashSet<>();
    List<String> behind = new ArrayList<>();
    for (Node node : nodes) {
      living.add(node.name());
      if (node.version() > users.version(node.name())) {
        behind.add(node.name());
      }
    }
    // Somebody took us for dead, or the database has lost its unlogged tables: register anew.
    registered &= living.contains(me);
    if (!behind.isEmpty()) {
      repository
          .users(behind)
          .forEach((node, found) -> users.replace(node, found.version(), found.users()));
    }
    if (!now.isBefore(settledAt)) {
      for (String node : users.nodes()) {
        if (!living.contains(node) && !node.equals(me)) {
          users.drop(node);
        }
      }
    }
  }

  /** Takes this node's users away at once, so that nobody has to wait for the lease. */
  @PreDestroy
  void stop() {
    stopping.countDown();
    wake.release();
    try {
      thread.join(Duration.ofSeconds(5));
      repository.remove(me);
      exchange.send(new PresenceExchange.Message(me, version + 1, List.of(), List.of(), true));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.debug("The lease of this node will end by itself", e);
    }
  }
}

package io.crewline.realtime.presence;

import io.crewline.account.Identity;
import io.crewline.journal.Topic;
import io.crewline.platform.Json;
import io.crewline.realtime.EphemeralEvent;
import io.crewline.realtime.EphemeralListener;
import io.crewline.realtime.Session;
import io.crewline.realtime.SessionListener;
import io.crewline.realtime.TopicHub;
import io.crewline.realtime.presence.TypingLeases.Typist;
import io.micronaut.serde.annotation.Serdeable;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the watchers of a room who types in it: {@code typing.start} when somebody begins, again
 * about every three seconds while they repeat it, and {@code typing.stop} when they stop, send,
 * leave, or have said nothing for ten seconds. Every node ends what it heard by itself, so that
 * nobody types for ever when a node dies. Sent to all watchers, the typist's own included.
 */
@Singleton
public final class Typing implements EphemeralListener, SessionListener {
  private static final Logger LOG = LoggerFactory.getLogger(Typing.class);
  private static final String START = "typing.start";
  private static final String STOP = "typing.stop";
  private static final long TICK_MS = 250;

  private final Provider<TopicHub> hub;
  private final Json json;
  private final Clock clock;
  private final TypingLeases leases = new TypingLeases();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("typing-timer").factory());

  Typing(Provider<TopicHub> hub, Json json, Clock clock) {
    this.hub = hub;
    this.json = json;
    this.clock = clock;
  }

  @Serdeable
  record Data(String channel, Person user) {}

  @PostConstruct
  void run() {
    timer.scheduleWithFixedDelay(this::tick, TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
  }

  @PreDestroy
  void stop() {
    timer.shutdownNow();
  }

  /** The session's user types in a room that they may see. */
  public void start(Session session, Topic room) {
    Identity user = session.identity();
    Person person = new Person(user.username(), user.displayName());
    if (leases.begin(room, person, session.id(), clock.instant())) {
      hub.get().broadcastEphemeral(event(START, new Typist(room, person)));
    }
    if (!session.isOpen()) {
      closed(session);
    }
  }

  /** The user has stopped to type in a room; nothing happens when they did not. */
  public void stop(String username, Topic room) {
    Typist typist = leases.end(room, username);
    if (typist != null) {
      hub.get().broadcastEphemeral(event(STOP, typist));
    }
  }

  @Override
  public void closed(Session session) {
    leases
        .endAll(session.id())
        .forEach(typist -> hub.get().broadcastEphemeral(event(STOP, typist)));
  }

  @Override
  public void received(EphemeralEvent event) {
    switch (event.type()) {
      case START ->
          leases.heard(event.topic(), json.read(event.data(), Data.class).user(), clock.instant());
      case STOP -> leases.end(event.topic(), json.read(event.data(), Data.class).user().id());
      default -> {}
    }
  }

  private void tick() {
    try {
      TypingLeases.Due due = leases.due(clock.instant());
      // Every node sees it end: what is told here need not be told to the others.
      due.ended().forEach(typist -> hub.get().deliverEphemeral(event(STOP, typist)));
      due.repeated().forEach(typist -> hub.get().broadcastEphemeral(event(START, typist)));
    } catch (RuntimeException e) {
      LOG.error("The end of typing was not told", e);
    }
  }

  private EphemeralEvent event(String type, Typist typist) {
    String cid = Objects.requireNonNull(typist.topic().cid());
    Instant now = clock.instant();
    return new EphemeralEvent(
        typist.topic(), type, now, json.write(new Data(cid, typist.person())));
  }
}

package io.crewline.realtime.presence;

import io.crewline.journal.Topic;
import io.crewline.platform.Json;
import io.crewline.realtime.Broadcaster;
import io.crewline.realtime.EphemeralEvent;
import io.crewline.realtime.EphemeralListener;
import io.micronaut.serde.annotation.Serdeable;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * What nodes tell each other about their users, on {@link Topic#PRESENCE}. Messages wait for the
 * loop to take them; past {@value #WAITING} they are dropped, as they may be. Thread-safe.
 */
@Singleton
final class PresenceExchange implements EphemeralListener {
  private static final int WAITING = 1000;
  private static final String TYPE = "presence.exchange";

  private final Provider<Broadcaster> broadcaster;
  private final Json json;
  private final Clock clock;
  private final LinkedBlockingQueue<Message> waiting = new LinkedBlockingQueue<>(WAITING);
  private volatile Runnable whenReceived = () -> {};

  PresenceExchange(Provider<Broadcaster> broadcaster, Json json, Clock clock) {
    this.broadcaster = broadcaster;
    this.json = json;
    this.clock = clock;
  }

  /**
   * What has changed on a node.
   *
   * @param version the node's version after it, one more than before
   * @param goodbye whether the node is gone, with all its users
   */
  @Serdeable
  record Message(
      String node, long version, List<String> came, List<String> went, boolean goodbye) {}

  /**
   * Begins to listen.
   *
   * @param received runs when there is something to take; quick
   */
  void open(Runnable received) {
    whenReceived = received;
    broadcaster.get().subscribe(Topic.PRESENCE);
  }

  void send(Message message) {
    broadcaster
        .get()
        .broadcastEphemeral(
            List.of(
                new EphemeralEvent(Topic.PRESENCE, TYPE, clock.instant(), json.write(message))));
  }

  @Override
  public void received(EphemeralEvent event) {
    if (event.type().equals(TYPE)) {
      waiting.offer(json.read(event.data(), Message.class));
      whenReceived.run();
    }
  }

  /** What has come since the last call. */
  List<Message> take() {
    List<Message> taken = new ArrayList<>();
    waiting.drainTo(taken);
    return taken;
  }
}

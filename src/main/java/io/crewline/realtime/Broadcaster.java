package io.crewline.realtime;

import io.crewline.journal.JournalEntry;
import io.crewline.journal.Topic;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Carries committed events to the other nodes. It only relays: it may lose, repeat or reorder, and
 * the hub puts that right from the journal. It never delivers a node's own events back to it more
 * than harmlessly. Ephemeral events go the same way, are the first to be dropped when there is too
 * much of everything, and nobody puts that right. Thread-safe; nothing here blocks.
 */
public interface Broadcaster {
  /**
   * Begins to carry. Called once, before anything else.
   *
   * @param receiver takes events of other nodes; quick, and safe from any thread
   * @param ephemerals takes ephemeral events of other nodes; quick, and safe from any thread
   * @param reconnected runs each time that the connection is there again and every topic is
   *     subscribed, so that what was missed can be looked for; quick, and safe from any thread
   */
  void start(
      Consumer<List<JournalEntry>> receiver,
      Consumer<List<EphemeralEvent>> ephemerals,
      Runnable reconnected);

  /**
   * Asks for a topic's events of other nodes.
   *
   * @return completes when every event that another node broadcasts from now on will arrive, as
   *     long as the connection lasts; also completes when there is no connection, since the journal
   *     then stands in
   */
  CompletionStage<Void> subscribe(Topic topic);

  void unsubscribe(Topic topic);

  /** Hands committed events over. */
  void broadcast(List<JournalEntry> entries);

  /** Hands ephemeral events over. */
  void broadcastEphemeral(List<EphemeralEvent> events);

  /** Whether events of other nodes arrive at present. */
  boolean isConnected();
}

package io.crewline.realtime;

/**
 * Sees ephemeral events of other nodes, of the topics that this node is subscribed to, before its
 * sessions do. Must not block.
 */
public interface EphemeralListener {
  void received(EphemeralEvent event);
}

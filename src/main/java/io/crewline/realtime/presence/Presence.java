package io.crewline.realtime.presence;

import io.crewline.platform.ApiException;
import io.crewline.realtime.Session;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Who is online: has at least one session on any node. What is answered is what this node has
 * heard, at most a second or two old while the database can be reached. Thread-safe; nothing here
 * blocks.
 */
@Singleton
public final class Presence {
  private final OnlineUsers users = new OnlineUsers();

  /** More than this many at once are not told; they ask. */
  private static final int JOINS = 10_000;

  /** A user has become a member of a room. */
  record Join(String username, String cid) {}

  private final LocalUsers local;
  private final Followers followers;
  private final LinkedBlockingQueue<Join> joins = new LinkedBlockingQueue<>(JOINS);

  Presence(LocalUsers local, Followers followers, MeterRegistry registry) {
    this.local = local;
    this.followers = followers;
    Gauge.builder("crewline.presence.online", users.online(), Set::size)
        .description("Users who are online on any node, as this node knows")
        .register(registry);
  }

  OnlineUsers users() {
    return users;
  }

  /**
   * Those of the users who are online, in the given order, each once. From now on the session is
   * told when one of them comes or goes.
   *
   * @throws ApiException CONFLICT when the session would follow too many
   */
  public List<String> follow(Session session, Collection<String> usernames) {
    // Followed first: whoever comes in between is seen below or told of, perhaps both.
    followers.follow(session, usernames);
    return usernames.stream().distinct().filter(this::isOnline).toList();
  }

  /** Who is here is so at once, before the loop has been round. */
  private boolean isOnline(String username) {
    return users.online().contains(username) || local.isHere(username);
  }

  /** To be called on each node whose sessions watch the room when a user has joined it. */
  public void joined(String username, String cid) {
    joins.offer(new Join(username, cid));
  }

  /** The joins since the last call. */
  List<Join> takeJoins() {
    List<Join> taken = new ArrayList<>();
    joins.drainTo(taken);
    return taken;
  }

  /** Everybody who is online. */
  public List<String> online() {
    return List.copyOf(users.online());
  }
}

package io.crewline.realtime.presence;

import io.crewline.platform.ApiException;
import io.crewline.realtime.Session;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * Who is online: has at least one session on any node. What is answered is what this node has
 * heard, at most a second or two old while the database can be reached. Thread-safe; nothing here
 * blocks.
 */
@Singleton
public final class Presence {
  private final OnlineUsers users = new OnlineUsers();
  private final LocalUsers local;
  private final Followers followers;

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
   * @throws ApiException RATE_LIMITED when the session would follow too many
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

  /** Everybody who is online. */
  public List<String> online() {
    return List.copyOf(users.online());
  }
}

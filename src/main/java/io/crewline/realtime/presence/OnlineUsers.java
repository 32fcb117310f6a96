package io.crewline.realtime.presence;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which users are on which nodes, as far as this node knows, and who is online by that. A user
 * whose last session is gone stays online for {@link #GRACE}, so that a reload of a page changes
 * nothing; one whose node is gone for {@link #NODE_GRACE}, since everybody has to find another one
 * at once.
 *
 * <p>For the one thread of the loop, but for {@link #online}, which any thread may read.
 */
final class OnlineUsers {
  static final Duration GRACE = Duration.ofSeconds(2);
  static final Duration NODE_GRACE = Duration.ofSeconds(5);

  /**
   * Somebody came online or went offline.
   *
   * @param since when the last session went; null for one who is online
   */
  record Change(String username, @Nullable Instant since) {
    boolean online() {
      return since == null;
    }
  }

  private record Node(long version, Set<String> users) {}

  private record Leaving(Instant since, Instant until) {}

  private final Map<String, Node> nodes = new HashMap<>();
  private final Map<String, Duration> touched = new HashMap<>();
  private final Map<String, Leaving> leaving = new HashMap<>();
  private final Set<String> online = ConcurrentHashMap.newKeySet();

  /** Who is online at present. A view; safe for any thread to read. */
  Set<String> online() {
    return online;
  }

  /** The nodes that have been heard of. */
  Set<String> nodes() {
    return Set.copyOf(nodes.keySet());
  }

  /** The version up to which a node is known; -1 for one that is not known at all. */
  long version(String node) {
    Node known = nodes.get(node);
    return known == null ? -1 : known.version();
  }

  /** Whether the user has a session on that node. */
  boolean isOn(String node, String username) {
    Node known = nodes.get(node);
    return known != null && known.users().contains(username);
  }

  /** All users of a node. */
  Set<String> usersOf(String node) {
    Node known = nodes.get(node);
    return known == null ? Set.of() : Set.copyOf(known.users());
  }

  /**
   * Takes the changes that made a node's next version.
   *
   * @return false when they do not follow the version that is known; then nothing happens
   */
  boolean follow(String node, long version, Collection<String> came, Collection<String> went) {
    Node known = nodes.get(node);
    if (known == null || version != known.version() + 1) {
      return false;
    }
    known.users().addAll(came);
    known.users().removeAll(Set.copyOf(went));
    nodes.put(node, new Node(version, known.users()));
    touch(came, GRACE);
    touch(went, GRACE);
    return true;
  }

  /** Takes a node's users as they are; older versions than the known one are ignored. */
  void replace(String node, long version, Collection<String> users) {
    Node known = nodes.get(node);
    if (known != null && version <= known.version()) {
      return;
    }
    Set<String> now = new HashSet<>(users);
    if (known != null) {
      known.users().stream()
          .filter(user -> !now.contains(user))
          .forEach(user -> touch(user, GRACE));
    }
    touch(now, GRACE);
    nodes.put(node, new Node(version, now));
  }

  /** Forgets a node that is gone. */
  void drop(String node) {
    Node known = nodes.remove(node);
    if (known != null) {
      touch(known.users(), NODE_GRACE);
    }
  }

  private void touch(Collection<String> users, Duration grace) {
    users.forEach(user -> touch(user, grace));
  }

  private void touch(String user, Duration grace) {
    touched.merge(user, grace, (one, other) -> one.compareTo(other) > 0 ? one : other);
  }

  /** What has become of all this: each user at most once, and only who is not what they were. */
  List<Change> changes(Instant now) {
    List<Change> changes = new ArrayList<>();
    touched.forEach(
        (user, grace) -> {
          if (nodes.values().stream().anyMatch(node -> node.users().contains(user))) {
            leaving.remove(user);
            if (online.add(user)) {
              changes.add(new Change(user, null));
            }
          } else if (online.contains(user)) {
            leaving.putIfAbsent(user, new Leaving(now, now.plus(grace)));
          }
        });
    touched.clear();
    Iterator<Map.Entry<String, Leaving>> all = leaving.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<String, Leaving> each = all.next();
      if (!now.isBefore(each.getValue().until())) {
        all.remove();
        online.remove(each.getKey());
        changes.add(new Change(each.getKey(), each.getValue().since()));
      }
    }
    return changes;
  }
}

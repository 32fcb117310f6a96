package io.crewline.realtime.presence;

import io.crewline.platform.Database;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The SQL of {@code presence_node} and {@code presence}. Time is the database's, so that clocks of
 * nodes need not agree. Each method is one transaction of a few statements, however many users it
 * is about. Nothing here is worth a write-ahead log: the tables are empty after a crash of the
 * database, and every node registers anew.
 */
@Singleton
final class PresenceRepository {
  private static final long FORGOTTEN_MS = 60_000;

  private final Database database;

  PresenceRepository(Database database) {
    this.database = database;
  }

  /**
   * A node whose lease has not ended.
   *
   * @param version grows with each change of its users
   */
  record Node(String name, long version) {}

  /** A node with its users, at one moment. */
  record NodeUsers(long version, List<String> users) {}

  /** Renews a node's lease. Returns false when it has none any more and must register. */
  boolean renew(String node, Duration lease) {
    return database.transaction(
        () ->
            database.update(
                    """
                    UPDATE presence_node SET lease_until = now() + ? * interval '1 millisecond'
                    WHERE node = ?
                    """,
                    lease.toMillis(),
                    node)
                == 1);
  }

  /** Puts a node with all its users in place of whatever there is of it. */
  void register(String node, long version, Collection<String> users, Duration lease) {
    database.transaction(
        () -> {
          database.update("DELETE FROM presence_node WHERE node = ?", node);
          database.update(
              """
              INSERT INTO presence_node (node, version, lease_until)
              VALUES (?, ?, now() + ? * interval '1 millisecond')
              """,
              node,
              version,
              lease.toMillis());
          insert(node, users);
        });
  }

  /** Changes a node's users. Returns false, and changes nothing, when it must register. */
  boolean change(String node, long version, Collection<String> came, Collection<String> went) {
    return database.transaction(
        () -> {
          if (database.update("UPDATE presence_node SET version = ? WHERE node = ?", version, node)
              == 0) {
            return false;
          }
          insert(node, came);
          if (!went.isEmpty()) {
            database.update(
                "DELETE FROM presence WHERE node = ? AND username = ANY (?)",
                node,
                went.toArray(String[]::new));
          }
          return true;
        });
  }

  private void insert(String node, Collection<String> users) {
    if (!users.isEmpty()) {
      database.update(
          """
          INSERT INTO presence (node, username) SELECT ?, unnest(?) ON CONFLICT DO NOTHING
          """,
          node,
          users.toArray(String[]::new));
    }
  }

  /** The nodes that live; those that have been dead for a minute are cleared away. */
  List<Node> nodes() {
    return database.transaction(
        () -> {
          List<Node> nodes = new ArrayList<>();
          List<String> dead =
              database
                  .query(
                      """
                      SELECT node, version, lease_until > now() AS lives,
                             lease_until < now() - ? * interval '1 millisecond' AS forgotten
                      FROM presence_node
                      """,
                      row -> {
                        if (row.getBoolean("lives")) {
                          nodes.add(new Node(row.getString("node"), row.getLong("version")));
                        }
                        return row.getBoolean("forgotten") ? row.getString("node") : "";
                      },
                      FORGOTTEN_MS)
                  .stream()
                  .filter(node -> !node.isEmpty())
                  .toList();
          if (!dead.isEmpty()) {
            database.update(
                """
                DELETE FROM presence_node
                WHERE node = ANY (?) AND lease_until < now() - ? * interval '1 millisecond'
                """,
                dead.toArray(String[]::new),
                FORGOTTEN_MS);
          }
          return nodes;
        });
  }

  /** The users of some nodes. */
  Map<String, NodeUsers> users(Collection<String> nodes) {
    Map<String, NodeUsers> users = new HashMap<>();
    database.transaction(
        () ->
            database.query(
                """
                SELECT n.node, n.version, p.username
                FROM presence_node n LEFT JOIN presence p USING (node)
                WHERE n.node = ANY (?)
                """,
                row -> {
                  NodeUsers ofNode =
                      users.computeIfAbsent(row.getString("node"), version(row.getLong("version")));
                  @Nullable String username = row.getString("username");
                  return username != null && ofNode.users().add(username);
                },
                (Object) nodes.toArray(String[]::new)));
    return users;
  }

  private static Function<String, NodeUsers> version(long version) {
    return node -> new NodeUsers(version, new ArrayList<>());
  }

  /** Forgets a node. */
  void remove(String node) {
    database.transaction(() -> database.update("DELETE FROM presence_node WHERE node = ?", node));
  }
}

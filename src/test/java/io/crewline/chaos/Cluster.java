package io.crewline.chaos;

import io.crewline.testing.NodeProcess;
import io.crewline.testing.Rest;
import io.crewline.testing.TcpProxy;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestRedis;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Three nodes, each a process, on one PostgreSQL and one Redis. */
final class Cluster implements AutoCloseable {
  static final int NODES = 3;
  static final long PING_MS = 2000;
  private static final String PASSWORD = "chaos-password";
  private static final long READY_S = 90;
  private static final int STARTS = 40;

  private final Path directory;
  private final ChaosPostgres postgres;
  private final TestRedis redis;
  private final int[] ports = new int[NODES];
  private final TcpProxy[] ways = new TcpProxy[NODES];
  private final NodeProcess[] nodes = new NodeProcess[NODES];
  private boolean closed;
  private final AtomicInteger refusedStarts = new AtomicInteger();

  private Cluster(Path directory, ChaosPostgres postgres, TestRedis redis) {
    this.directory = directory;
    this.postgres = postgres;
    this.redis = redis;
  }

  /** Starts all of it and waits until every node is ready. */
  @SuppressWarnings("resource") // closed by the cluster
  static Cluster start(Path directory) {
    Cluster cluster = new Cluster(directory, new ChaosPostgres(directory), TestRedis.started());
    try {
      for (int node = 0; node < NODES; node++) {
        cluster.ports[node] = ChaosPostgres.freePort();
        cluster.ways[node] = new TcpProxy(cluster.postgres.port());
        cluster.launch(node);
      }
      for (int node = 0; node < NODES; node++) {
        cluster.awaitReady(node);
      }
      return cluster;
    } catch (RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  int port(int node) {
    return ports[node];
  }

  ChaosPostgres postgres() {
    return postgres;
  }

  TestRedis redis() {
    return redis;
  }

  NodeProcess node(int node) {
    return nodes[node];
  }

  /** The way of a node to PostgreSQL. */
  TcpProxy way(int node) {
    return ways[node];
  }

  /** Starts that ended by themselves, because PostgreSQL was away, and were repeated. */
  int refusedStarts() {
    return refusedStarts.get();
  }

  /** Starts a node that has ended, again and again as a supervisor would, until it serves. */
  void restart(int node) {
    for (int i = 0; i < STARTS; i++) {
      launch(node);
      try {
        nodes[node].awaitPort();
        return;
      } catch (IllegalStateException e) {
        // The end of its output is seen a little before its own.
        pause(1000);
        if (nodes[node].isAlive()) {
          throw e;
        }
        refusedStarts.incrementAndGet();
      }
    }
    throw new IllegalStateException("node " + node + " does not start, see its log");
  }

  private synchronized void launch(int node) {
    if (closed) {
      throw new IllegalStateException("the cluster is closed");
    }
    Map<String, String> settings = new HashMap<>();
    settings.put("PORT", Integer.toString(ports[node]));
    settings.put("DATABASE_URL", ChaosPostgres.url(ways[node].port()));
    settings.put("REDIS_URL", redis.url());
    settings.put("CREWLINE_SECRET_KEY", TestNode.SECRET);
    settings.put("CREWLINE_BROADCAST_KEYS", TestNode.SECRET);
    settings.put("CREWLINE_ADMIN_PASSWORD", PASSWORD);
    settings.put("CREWLINE_ACCESS_TOKEN_TTL", "1d");
    settings.put("CREWLINE_PING_INTERVAL", PING_MS + "ms");
    settings.put("CREWLINE_DRAIN", "3s");
    settings.put("CREWLINE_DATABASE_POOL", "8");
    // All clients come from one address.
    settings.put("CREWLINE_LIMITS", "off");
    nodes[node] = NodeProcess.start(settings, directory.resolve("node-" + node + ".log"));
  }

  /** Waits until a node says that it is ready. */
  void awaitReady(int node) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_S);
    while (!isReady(node)) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException("node " + node + " is not ready, see its log");
      }
      pause(50);
    }
  }

  private boolean isReady(int node) {
    try {
      return new Rest(ports[node]).get("/health/readiness").status() == 200;
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  /** Creates users of a role. Returns their access tokens, in order. */
  List<String> createUsers(List<String> names, String role) {
    Rest rest = new Rest(ports[0]);
    String admin = admin();
    List<String> tokens = new ArrayList<>();
    for (String name : names) {
      Map<String, String> user =
          Map.of("username", name, "password", PASSWORD, "displayName", name, "role", role);
      create(admin, "/api/users", user);
      tokens.add(login(rest, name));
    }
    return tokens;
  }

  void createRoom(String token, String id) {
    create(token, "/api/rooms", Map.of("id", id));
  }

  /** Creates an employee for each name, who has the account of that name. Returns their ids. */
  List<Long> createEmployees(List<String> usernames) {
    String admin = admin();
    List<Long> ids = new ArrayList<>();
    for (String name : usernames) {
      ids.add(Link.number(create(admin, "/api/employees", employee(name)).field("id")));
    }
    return ids;
  }

  private static Map<String, String> employee(String username) {
    return username.isEmpty()
        ? Map.of("name", "somebody")
        : Map.of("name", username, "username", username);
  }

  private Rest.Answer create(String token, String path, Map<String, String> what) {
    String body = Link.json(what);
    return expect(201, new Rest(ports[0]).post(path, body, "Authorization", "Bearer " + token));
  }

  /** All items of a list, as the administrator reads them. */
  List<Map<String, Object>> list(String path) {
    Rest rest = new Rest(ports[NODES - 1]);
    String token = admin();
    List<Map<String, Object>> items = new ArrayList<>();
    Object cursor = "";
    while (cursor != null) {
      String after = cursor.equals("") ? "" : "&cursor=" + cursor;
      Rest.Answer page =
          expect(200, rest.get(path + "?limit=200" + after, "Authorization", "Bearer " + token));
      items.addAll(Link.objects(page.json(), "items"));
      cursor = page.json().get("nextCursor");
    }
    return items;
  }

  private String admin() {
    return login(new Rest(ports[0]), "admin");
  }

  private static String login(Rest rest, String name) {
    return expect(
            200, rest.post("/api/token", Link.json(Map.of("username", name, "password", PASSWORD))))
        .text("access");
  }

  private static Rest.Answer expect(int status, Rest.Answer answer) {
    if (answer.status() != status) {
      throw new IllegalStateException("answered " + answer.status() + ": " + answer.body());
    }
    return answer;
  }

  static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Ends all of it. May be called twice: when the program is told to stop in the middle. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    for (NodeProcess node : nodes) {
      if (node != null) {
        node.kill();
      }
    }
    for (TcpProxy way : ways) {
      if (way != null) {
        way.close();
      }
    }
    redis.close();
    postgres.close();
  }
}

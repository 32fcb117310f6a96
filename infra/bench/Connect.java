import io.netty.channel.EventLoopGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * Many sockets, each of its own user, connect and watch one room each; {@value #AT_ONCE} are on
 * their way at a time. Told is the time from the first connection to the last answer.
 */
final class Connect {
  private static final int AT_ONCE = 500;
  private static final long PATIENCE_S = 150;

  /**
   * @param ms from the first connection until all watched
   * @param p50Ms of one socket, from its connection to its last answer
   */
  record Result(double ms, double p50Ms, double p99Ms) {
    @Override
    public String toString() {
      return "%.2f s, one socket p50 %.0f ms, p99 %.0f ms".formatted(ms / 1e3, p50Ms, p99Ms);
    }
  }

  /**
   * How many come, to how many rooms.
   *
   * @param members whether the users are members of their room, or join it by watching
   */
  record Shape(String name, int sockets, int rooms, boolean members) {
    String user(int i) {
      return name + "-" + i;
    }

    String room(int i) {
      return name + "-" + i % rooms;
    }
  }

  private Connect() {}

  /** Puts users and public rooms into the database. Returns an access token of each user. */
  static List<String> prepare(Postgres postgres, Shape shape) {
    postgres.update(
        """
        INSERT INTO account (username, display_name, role)
        SELECT '%1$s-' || i, 'Crowd ' || i, 'member' FROM generate_series(0, %2$d - 1) i;
        INSERT INTO room (cid, type, id, name, private, created_at)
        SELECT 'messaging:' || id, 'messaging', id, id, false, now()
        FROM (SELECT '%1$s-' || i AS id FROM generate_series(0, %3$d - 1) i) ids;
        INSERT INTO topic (name)
        SELECT 'room:' || cid FROM room WHERE id LIKE '%1$s-%%' ORDER BY 1 ON CONFLICT DO NOTHING;
        """
            .formatted(shape.name(), shape.sockets(), shape.rooms()));
    if (shape.members()) {
      postgres.update(
          """
          INSERT INTO room_member (cid, username, read_seq, joined_at)
          SELECT 'messaging:%1$s-' || i %% %3$d, '%1$s-' || i, 0, now()
          FROM generate_series(0, %2$d - 1) i
          """
              .formatted(shape.name(), shape.sockets(), shape.rooms()));
    }
    postgres.update("ANALYZE");
    List<String> tokens = new ArrayList<>(shape.sockets());
    for (int i = 0; i < shape.sockets(); i++) {
      tokens.add(Crowd.token(shape.user(i)));
    }
    return tokens;
  }

  /** Crewline: {@code connect}, then {@code channel.watch}. */
  static Result crewline(EventLoopGroup loops, int port, Shape shape, List<String> tokens) {
    return run(shape.sockets(), (i, gate) -> new CrewlineClient(loops, port, tokens.get(i), shape.room(i), gate));
  }

  /** Socket.IO: CONNECT, then an event that joins a room, acknowledged. */
  static Result socketIo(EventLoopGroup loops, int port, Shape shape) {
    return run(shape.sockets(), (i, gate) -> new SocketIoClient(loops, port, shape.room(i), gate));
  }

  private interface Clients {
    Client open(int i, Gate gate);
  }

  private static Result run(int sockets, Clients clients) {
    Gate gate = new Gate();
    List<Client> all = new ArrayList<>(sockets);
    long start = System.nanoTime();
    long deadline = start + TimeUnit.SECONDS.toNanos(PATIENCE_S);
    try {
      for (int i = 0; i < sockets; i++) {
        int before = i;
        gate.await(deadline, done -> before - done < AT_ONCE);
        all.add(clients.open(i, gate));
      }
      gate.await(deadline, done -> done == sockets);
      double ms = (System.nanoTime() - start) / 1e6;
      Histogram times = new Histogram();
      all.forEach(client -> times.record(client.doneAt - client.startedAt));
      return new Result(ms, times.millis(0.5), times.millis(0.99));
    } finally {
      gate.over = true;
      all.forEach(Client::close);
    }
  }

  /** How far all have come. */
  private static final class Gate {
    private final AtomicInteger done = new AtomicInteger();
    private volatile String failure;
    private volatile boolean over;

    void await(long deadline, Function<Integer, Boolean> condition) {
      while (!condition.apply(done.get())) {
        if (failure != null || System.nanoTime() > deadline) {
          throw new IllegalStateException(
              done.get() + " sockets watch; " + (failure == null ? "too slow" : failure));
        }
        LockSupport.parkNanos(200_000);
      }
    }

    void failed(String reason) {
      if (!over) {
        failure = reason;
      }
    }
  }

  /** One socket. All on the event loop of the connection. */
  private abstract static class Client implements Wire.Listener {
    final long startedAt = System.nanoTime();
    final Gate gate;
    volatile long doneAt;
    volatile Wire wire;

    Client(Gate gate) {
      this.gate = gate;
    }

    void done() {
      doneAt = System.nanoTime();
      gate.done.incrementAndGet();
    }

    void close() {
      Wire open = wire;
      if (open != null) {
        open.close();
      }
    }

    @Override
    public void reading(long now) {}

    @Override
    public void reply(Wire from, long id, boolean ok) {}

    @Override
    public void closed(Wire from) {
      gate.failed("a connection ended: " + from.closed());
    }
  }

  private static final class CrewlineClient extends Client {
    CrewlineClient(EventLoopGroup loops, int port, String token, String room, Gate gate) {
      super(gate);
      Wire.opening(loops, port, this)
          .thenCompose(
              opened -> {
                wire = opened;
                return opened.ask(
                    "{\"id\":\"c\",\"type\":\"connect\",\"token\":\"%s\"}".formatted(token));
              })
          .thenCompose(
              reply -> {
                require(reply, "connected");
                return wire.ask(
                    "{\"id\":\"c\",\"type\":\"channel.watch\",\"channel\":\"messaging:%s\"}"
                        .formatted(room));
              })
          .whenComplete(
              (reply, failure) -> {
                if (failure != null) {
                  gate.failed(failure.toString());
                } else if (require(reply, "initialized")) {
                  done();
                }
              });
    }

    private boolean require(String reply, String type) {
      boolean good = reply.contains("\"type\":\"" + type + "\"");
      if (!good) {
        gate.failed(reply);
      }
      return good;
    }
  }

  private static final class SocketIoClient extends Client {
    private final String room;

    SocketIoClient(EventLoopGroup loops, int port, String room, Gate gate) {
      super(gate);
      this.room = room;
      Wire.opening(loops, port, "/socket.io/?EIO=4&transport=websocket", this)
          .whenComplete(
              (opened, failure) -> {
                wire = opened;
                if (failure != null) {
                  gate.failed(failure.toString());
                }
              });
    }

    @Override
    public boolean raw() {
      return true;
    }

    @Override
    public void notice(Wire from, String text) {
      if (text.startsWith("0")) {
        from.say("40");
      } else if (text.startsWith("40")) {
        from.say("420[\"join\",\"" + room + "\"]");
      } else if (text.startsWith("430")) {
        done();
      } else if (text.equals("2")) {
        from.say("3");
      } else {
        gate.failed(text);
      }
    }
  }
}

import io.netty.channel.EventLoopGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Many sockets, each of its own user and watching two rooms, lose their node at once and resume on
 * another, while a writer goes on there.
 */
final class Storm implements AutoCloseable {
  private static final int CONNECTING = 200;
  private static final int BIG_PER_SECOND = 10;
  private static final int OWN_PER_SECOND = 100;
  private static final long PATIENCE_S = 60;

  /**
   * @param liveMs from the loss of the node until half, nearly all and all sockets were live: had
   *     resumed and been given everything committed by then
   * @param attempts connections that were tried, those included that came to nothing
   * @param wrong events that came twice, out of order or not at all
   */
  record Result(
      double liveMs50,
      double liveMs99,
      double liveMsAll,
      long attempts,
      long resets,
      long wrong,
      long deliveries) {}

  private final EventLoopGroup loops;
  private final List<Client> clients = new ArrayList<>();
  private final Writer writer = new Writer();
  private final AtomicInteger watching = new AtomicInteger();
  private final AtomicInteger live = new AtomicInteger();
  private final AtomicInteger connecting = new AtomicInteger();
  private final AtomicLong attempts = new AtomicLong();
  private final AtomicLong resets = new AtomicLong();
  private volatile int port;
  private volatile long lostAt;
  private volatile boolean over;
  private volatile String refusal = "none";

  Storm(EventLoopGroup loops, List<String> tokens) {
    this.loops = loops;
    for (int i = 0; i < tokens.size(); i++) {
      clients.add(new Client(tokens.get(i), i / Crowd.IN_ROOM));
    }
  }

  /** Connects all to one node and lets them watch. Returns how long that took, in milliseconds. */
  double gather(int port) {
    this.port = port;
    long start = System.nanoTime();
    for (Client client : clients) {
      await("a few sockets watch", () -> connecting.get() < CONNECTING);
      connecting.incrementAndGet();
      client.connect();
    }
    await("all sockets watch", () -> watching.get() == clients.size());
    return (System.nanoTime() - start) / 1e6;
  }

  /** Starts the writer, on a node that stays. */
  void write(int port, String token) {
    writer.start(loops, port, token);
  }

  /** To be called right before the node is killed. */
  void lose(int otherPort) {
    port = otherPort;
    lostAt = System.nanoTime();
  }

  void awaitAllLive() {
    await("all sockets are live again", () -> live.get() == clients.size());
  }

  /** Stops the writer and checks that everybody has everything. */
  Result finish() {
    writer.stop();
    await("all sends are answered", writer::isDone);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
    while (System.nanoTime() < deadline
        && clients.stream().anyMatch(client -> client.bigLast < writer.bigHead())) {
      LockSupport.parkNanos(10_000_000);
    }
    Histogram times = new Histogram();
    long wrong = 0;
    long deliveries = 0;
    for (Client client : clients) {
      times.record(client.liveAt - lostAt);
      wrong += client.wrong + Math.abs(writer.bigHead() - client.bigLast);
      deliveries += client.deliveries;
    }
    over = true;
    return new Result(
        times.millis(0.5),
        times.millis(0.99),
        times.millis(1),
        attempts.get(),
        resets.get(),
        wrong,
        deliveries);
  }

  private void await(String what, java.util.function.BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "not within %d s: %s (%d watching, %d live, %d attempts; last refusal: %s)"
                .formatted(
                    PATIENCE_S, what, watching.get(), live.get(), attempts.get(), refusal));
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Override
  public void close() {
    over = true;
    writer.close();
    clients.forEach(Client::close);
  }

  private static String position(String reply, String after) {
    int from = reply.indexOf(after);
    if (from < 0) {
      throw new IllegalStateException("no " + after + " in " + reply);
    }
    from += after.length();
    return reply.substring(from, reply.indexOf('"', from));
  }

  /** One socket after the other of one user. All on the event loop of the connection. */
  private final class Client implements Wire.Listener {
    private final String token;
    private final String own;
    private volatile Wire wire;
    private String bigEpoch;
    private String ownEpoch;
    private String userPosition;
    volatile long bigLast;
    private long ownLast;
    private long target = Long.MAX_VALUE;
    volatile long liveAt;
    long wrong;
    long deliveries;

    Client(String token, int room) {
      this.token = token;
      this.own = "own-" + room;
    }

    void connect() {
      attempts.incrementAndGet();
      Wire.opening(loops, port, this)
          .whenComplete(
              (opened, failure) -> {
                if (failure != null) {
                  again();
                } else {
                  wire = opened;
                  opened.ask(hello()).whenComplete(this::welcomed);
                }
              });
    }

    private String hello() {
      String resume =
          bigEpoch == null
              ? ""
              : ",\"resume\":{\"room:messaging:big\":\"%s:%d\",\"room:messaging:%s\":\"%s:%d\",\"%s\"}"
                  .formatted(bigEpoch, bigLast, own, ownEpoch, ownLast, userPosition);
      return "{\"id\":\"c\",\"type\":\"connect\",\"token\":\"" + token + "\"" + resume + "}";
    }

    private void welcomed(String reply, Throwable failure) {
      if (failure != null) {
        return; // closed() comes as well
      }
      if (!reply.contains("\"type\":\"connected\"")) {
        refusal = reply;
        wire.close();
        return;
      }
      String user = position(reply, "\"positions\":{\"");
      userPosition = user + "\":\"" + position(reply, "\"positions\":{\"" + user + "\":\"");
      if (bigEpoch == null) {
        watch("big");
      } else {
        if (reply.contains("\"reset\"")) {
          resets.incrementAndGet();
        }
        target = writer.bigHead();
        check();
      }
    }

    private void watch(String room) {
      wire.ask(
              "{\"id\":\"c\",\"type\":\"channel.watch\",\"limit\":0,\"channel\":\"messaging:"
                  + room
                  + "\"}")
          .thenAccept(
              reply -> {
                String[] position = position(reply, "\"position\":\"").split(":");
                if (room.equals("big")) {
                  bigEpoch = position[0];
                  bigLast = Long.parseLong(position[1]);
                  watch(own);
                } else {
                  ownEpoch = position[0];
                  ownLast = Long.parseLong(position[1]);
                  watching.incrementAndGet();
                  connecting.decrementAndGet();
                }
              });
    }

    @Override
    public void message(Wire from, char room, long seq) {
      deliveries++;
      if (room == 'b') {
        wrong += seq == bigLast + 1 ? 0 : 1;
        bigLast = seq;
        check();
      } else {
        wrong += seq == ownLast + 1 ? 0 : 1;
        ownLast = seq;
      }
    }

    private void check() {
      if (liveAt == 0 && lostAt != 0 && bigLast >= target) {
        liveAt = System.nanoTime();
        live.incrementAndGet();
      }
    }

    @Override
    public void notice(Wire from, String text) {
      if (text.startsWith("{\"type\":\"reset") || text.startsWith("{\"type\":\"removed")) {
        resets.incrementAndGet();
      }
    }

    @Override
    public void reading(long now) {}

    @Override
    public void reply(Wire from, long id, boolean ok) {}

    @Override
    public void closed(Wire from) {
      again();
    }

    private void again() {
      if (!over) {
        long delay = ThreadLocalRandom.current().nextLong(100, 300);
        loops.schedule(this::connect, wire == null ? delay : delay / 10, TimeUnit.MILLISECONDS);
        wire = null;
      }
    }

    void close() {
      Wire open = wire;
      if (open != null) {
        open.close();
      }
    }
  }

  /** Sends to the big room and, in turn, to the others; watches the big one. */
  private final class Writer implements Wire.Listener {
    private Wire wire;
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private volatile long bigHead;
    private volatile boolean stopped;
    private Thread thread;

    void start(EventLoopGroup loops, int port, String token) {
      wire = Wire.connect(loops, port, token, this);
      wire.call("{\"id\":\"c\",\"type\":\"channel.watch\",\"limit\":0,\"channel\":\"messaging:big\"}");
      thread = Thread.ofPlatform().daemon().start(this::run);
    }

    private void run() {
      long start = System.nanoTime();
      long period = 1_000_000_000L / (BIG_PER_SECOND + OWN_PER_SECOND);
      for (long i = 0; !stopped; i++) {
        long due = start + i * period;
        long wait = due - System.nanoTime();
        if (wait > 0) {
          LockSupport.parkNanos(wait);
        }
        // The writer is in its own small room only; the big one is everybody's.
        String room = i % ((BIG_PER_SECOND + OWN_PER_SECOND) / BIG_PER_SECOND) == 0 ? "big" : "own-0";
        byte[] frame =
            Wire.frame(
                "{\"id\":%d,\"type\":\"sendMessage\",\"channel\":\"messaging:%s\",\"text\":\"%s\"}"
                    .formatted(100_000_000 + i, room, "x".repeat(Sends.TEXT)));
        sent.incrementAndGet();
        wire.channel()
            .eventLoop()
            .execute(
                () -> {
                  wire.write(wire.channel().alloc().buffer(frame.length).writeBytes(frame));
                  wire.flush();
                });
      }
    }

    void stop() {
      stopped = true;
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    boolean isDone() {
      if (refused.get() > 0) {
        throw new IllegalStateException(refused.get() + " sends were refused");
      }
      return answered.get() == sent.get();
    }

    long bigHead() {
      return bigHead;
    }

    @Override
    public void reading(long now) {}

    @Override
    public void reply(Wire from, long id, boolean ok) {
      answered.incrementAndGet();
      if (!ok) {
        refused.incrementAndGet();
      }
    }

    @Override
    public void message(Wire from, char room, long seq) {
      bigHead = seq;
    }

    void close() {
      stopped = true;
      if (wire != null) {
        wire.close();
      }
    }
  }
}

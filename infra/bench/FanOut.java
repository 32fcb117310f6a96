import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoopGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/** One writer, many sockets that watch its room. */
final class FanOut implements AutoCloseable {
  static final String ROOM = "messaging:fan-out";
  private static final long FIRST_ID = 100_000_000;
  private static final int OPEN = 16;
  private static final int CONNECTING = 16;
  private static final int TIMES = 1 << 20;
  private static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** @param wrong deliveries that came twice, out of order or not at all; 0 or it is a fault */
  record Result(
      String name,
      double messagesPerSecond,
      double deliveriesPerSecond,
      double p50Ms,
      double p99Ms,
      long messages,
      long deliveries,
      double drainMs,
      long wrong,
      long notices) {}

  private static volatile long head;

  private final List<Watcher> watchers = new ArrayList<>();
  private final Writer writer = new Writer();
  private final AtomicLongArray sentAt = new AtomicLongArray(TIMES);
  private final AtomicInteger behind = new AtomicInteger();
  private final AtomicLong notices = new AtomicLong();
  /** How long it took until all sockets watched, {@value #CONNECTING} at a time. */
  final double connectMs;

  private volatile long firstSeq;
  private volatile long lastSeq = Long.MAX_VALUE;
  private volatile boolean measuring;
  private volatile long drainedAt;

  FanOut(EventLoopGroup loops, int port, List<String> tokens, int sockets) {
    writer.wire = Wire.connect(loops, port, tokens.getFirst(), writer);
    watch(writer.wire);
    // Not to watch is what the writer of a benchmark does; its own delivery would not count.
    writer.wire.call("{\"id\":\"c\",\"type\":\"channel.unwatch\",\"channel\":\"" + ROOM + "\"}");
    for (int i = 0; i < sockets; i++) {
      watchers.add(new Watcher());
    }
    long start = System.nanoTime();
    try (ExecutorService threads = Executors.newFixedThreadPool(CONNECTING)) {
      List<Future<?>> connecting = new ArrayList<>();
      for (int i = 0; i < sockets; i++) {
        Watcher watcher = watchers.get(i);
        String token = tokens.get(i % tokens.size());
        connecting.add(
            threads.submit(
                () -> {
                  watcher.wire = Wire.connect(loops, port, token, watcher);
                  watch(watcher.wire);
                }));
      }
      for (Future<?> one : connecting) {
        one.get();
      }
    } catch (ExecutionException | InterruptedException e) {
      close();
      throw new IllegalStateException("a watcher could not connect: " + e.getMessage(), e);
    }
    connectMs = (System.nanoTime() - start) / 1e6;
  }

  /** The newest message that a watcher has seen. */
  static long head() {
    return head;
  }

  private static void watch(Wire wire) {
    String reply =
        wire.call(
            "{\"id\":\"c\",\"type\":\"channel.watch\",\"limit\":0,\"channel\":\"" + ROOM + "\"}");
    if (!reply.contains("\"initialized\"")) {
      throw new IllegalStateException("channel.watch was answered with " + reply);
    }
  }

  /**
   * @param perSecond messages; 0 for as many as go, with {@value #OPEN} open
   */
  Result run(String name, int perSecond, double seconds) {
    String reply =
        writer.wire.call(
            "{\"id\":\"c\",\"type\":\"sendMessage\",\"channel\":\"" + ROOM + "\",\"text\":\"probe\"}");
    firstSeq = seq(reply) + 1;
    lastSeq = Long.MAX_VALUE;
    long before = System.nanoTime() + DRAIN_NANOS;
    while (watchers.stream().anyMatch(watcher -> watcher.last < firstSeq - 1)) {
      pause(before, "the probe did not reach every socket");
    }
    onLoops(Watcher::reset);
    notices.set(0);
    behind.set(watchers.size());
    measuring = true;
    long start = System.nanoTime();
    writer.start(perSecond, start, start + (long) (seconds * 1e9));
    long giveUp = start + (long) (seconds * 1e9) + DRAIN_NANOS;
    while (!writer.done()) {
      pause(giveUp, "sends without a reply");
    }
    long stopped = System.nanoTime();
    lastSeq = firstSeq + writer.acknowledged - 1;
    onLoops(Watcher::check);
    while (behind.get() > 0 && System.nanoTime() < giveUp) {
      LockSupport.parkNanos(1_000_000);
    }
    long end = behind.get() > 0 ? System.nanoTime() : Math.max(stopped, drainedAt);
    measuring = false;
    Histogram latency = new Histogram();
    long deliveries = 0;
    long wrong = 0;
    for (Watcher watcher : watchers) {
      latency.add(watcher.latency);
      deliveries += watcher.deliveries;
      wrong += watcher.wrong + Math.abs(writer.acknowledged - watcher.deliveries);
    }
    double elapsed = (end - start) / 1e9;
    return new Result(
        name,
        writer.acknowledged / ((stopped - start) / 1e9),
        deliveries / elapsed,
        latency.millis(0.5),
        latency.millis(0.99),
        writer.acknowledged,
        deliveries,
        (end - stopped) / 1e6,
        wrong + writer.refused,
        notices.get());
  }

  private void pause(long deadline, String otherwise) {
    if (System.nanoTime() > deadline) {
      throw new IllegalStateException(otherwise);
    }
    for (Watcher watcher : watchers) {
      if (watcher.wire.closed() != null) {
        throw new IllegalStateException("a watching connection ended: " + watcher.wire.closed());
      }
    }
    LockSupport.parkNanos(10_000_000);
  }

  private void onLoops(java.util.function.Consumer<Watcher> action) {
    AtomicInteger left = new AtomicInteger(watchers.size());
    for (Watcher watcher : watchers) {
      watcher
          .wire
          .channel()
          .eventLoop()
          .execute(
              () -> {
                action.accept(watcher);
                left.decrementAndGet();
              });
    }
    while (left.get() > 0) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static long seq(String reply) {
    int at = reply.indexOf("\"seq\":");
    if (at < 0) {
      throw new IllegalStateException("sendMessage was answered with " + reply);
    }
    int end = at + 6;
    while (Character.isDigit(reply.charAt(end))) {
      end++;
    }
    return Long.parseLong(reply, at + 6, end, 10);
  }

  @Override
  public void close() {
    writer.wire.close();
    watchers.stream().filter(watcher -> watcher.wire != null).forEach(watcher -> watcher.wire.close());
  }

  private final class Watcher implements Wire.Listener {
    Wire wire;
    Histogram latency = new Histogram();
    long deliveries;
    long wrong;
    volatile long last;
    private boolean counted;
    private long now;

    void reset() {
      latency = new Histogram();
      deliveries = 0;
      wrong = 0;
      counted = false;
    }

    void check() {
      if (!counted && last >= lastSeq) {
        counted = true;
        if (behind.decrementAndGet() == 0) {
          drainedAt = System.nanoTime();
        }
      }
    }

    @Override
    public void reading(long now) {
      this.now = now;
    }

    @Override
    public void reply(Wire from, long id, boolean ok) {}

    @Override
    public void message(Wire from, long seq) {
      if (last != 0 && seq != last + 1) {
        wrong++;
      }
      last = seq;
      head = seq;
      if (measuring && seq >= firstSeq) {
        deliveries++;
        latency.record(now - sentAt.get((int) (seq - firstSeq) & (TIMES - 1)));
        if (seq >= lastSeq) {
          check();
        }
      }
    }

    @Override
    public void notice(Wire from, String text) {
      if (text.startsWith("{\"type\":\"reset") || text.startsWith("{\"type\":\"removed")) {
        wrong++;
      }
      notices.incrementAndGet();
    }
  }

  private final class Writer implements Wire.Listener {
    Wire wire;
    volatile long sent;
    volatile long acknowledged;
    volatile long refused;
    private volatile boolean over;
    private boolean flatOut;
    private long end;
    private long now;
    private final byte[] frame;
    private final int idAt;

    Writer() {
      String json =
          "{\"id\":"
              + FIRST_ID
              + ",\"type\":\"sendMessage\",\"channel\":\""
              + ROOM
              + "\",\"text\":\""
              + "x".repeat(Sends.TEXT)
              + "\"}";
      frame = Wire.frame(json);
      idAt = json.indexOf("" + FIRST_ID);
    }

    void start(int perSecond, long start, long end) {
      over = false;
      sent = 0;
      acknowledged = 0;
      refused = 0;
      this.end = end;
      flatOut = perSecond == 0;
      wire.channel().eventLoop().execute(() -> begin(perSecond, start));
    }

    private void begin(int perSecond, long start) {
      now = System.nanoTime();
      if (flatOut) {
        for (int i = 0; i < OPEN; i++) {
          send(now);
        }
        wire.flush();
      } else {
        tick(perSecond, start);
      }
    }

    /** Sends what is due; a late send counts from when it should have left. */
    private void tick(int perSecond, long start) {
      long time = System.nanoTime();
      long period = 1_000_000_000L / perSecond;
      while (start + sent * period <= time && start + sent * period < end) {
        send(start + sent * period);
      }
      wire.flush();
      if (time < end) {
        long wait = Math.max(0, start + sent * period - time);
        wire.channel()
            .eventLoop()
            .schedule(() -> tick(perSecond, start), wait, TimeUnit.NANOSECONDS);
      } else {
        over = true;
      }
    }

    boolean done() {
      return over && acknowledged + refused == sent;
    }

    private void send(long at) {
      sentAt.set((int) sent & (TIMES - 1), at);
      Wire.patch(frame, idAt, 9, FIRST_ID + sent);
      ByteBuf out = wire.channel().alloc().buffer(frame.length);
      sent++;
      wire.write(out.writeBytes(frame));
    }

    @Override
    public void reading(long now) {
      this.now = now;
    }

    @Override
    public void reply(Wire from, long id, boolean ok) {
      if (ok) {
        acknowledged++;
      } else {
        refused++;
      }
      if (flatOut) {
        if (now < end) {
          send(now);
        } else {
          over = true;
        }
      }
    }

    @Override
    public void message(Wire from, long seq) {}
  }
}

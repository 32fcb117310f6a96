import io.netty.channel.EventLoopGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Sockets that stop reading, among those of a {@link FanOut}: most of them for good, some for a
 * while, again and again.
 */
final class Slow implements AutoCloseable {
  private static final long PAUSE_NANOS = 20_000_000_000L;
  private static final long READ_NANOS = 5_000_000_000L;
  private static final long RESUME_NANOS = 60_000_000_000L;

  /**
   * @param pauses how often a pausing socket began to read again
   * @param catchUpMs the slowest of them until it had everything from before
   * @param pausingClosed of those, how many the node closed; 0 or it is a fault
   * @param cut sockets that never read and were told, when they did, that the node had ended them
   * @param resumeMs until all of those had resumed on new connections and had everything
   * @param resets clients that were told {@code reset}; 0 or it is a fault
   * @param wrong events that came twice or out of order; 0 or it is a fault
   */
  record Result(
      long pauses,
      double catchUpMs,
      long pausingClosed,
      long cut,
      double resumeMs,
      long resets,
      long wrong) {
    boolean good() {
      return pausingClosed == 0 && resets == 0 && wrong == 0;
    }
  }

  private final EventLoopGroup loops;
  private final int port;
  private final List<Client> never = new ArrayList<>();
  private final List<Client> pausing = new ArrayList<>();
  private final AtomicLong resets = new AtomicLong();
  private final AtomicLong wrong = new AtomicLong();
  private long pauses;
  private double catchUpMs;
  private Thread thread;
  private volatile boolean over;

  /** Connects them; four of five never read again. */
  Slow(EventLoopGroup loops, int port, List<String> tokens, int sockets) {
    this.loops = loops;
    this.port = port;
    for (int i = 0; i < sockets; i++) {
      Client client = new Client(tokens.get(i % tokens.size()));
      client.connect();
      client.watch();
      client.read(false);
      (i % 5 == 0 ? pausing : never).add(client);
    }
  }

  void start() {
    thread = Thread.ofPlatform().daemon().start(this::run);
  }

  private void run() {
    while (!over) {
      sleep(PAUSE_NANOS);
      if (over) {
        return;
      }
      pauses += pausing.size();
      catchUp(pausing, 20 * READ_NANOS);
      sleep(READ_NANOS);
      pausing.forEach(client -> client.read(false));
    }
  }

  /** Lets clients read until they have what there was when they began. */
  private void catchUp(List<Client> clients, long patience) {
    long start = System.nanoTime();
    long head = FanOut.head();
    clients.forEach(client -> client.read(true));
    while (System.nanoTime() - start < patience
        && clients.stream().anyMatch(client -> client.last < head && client.wire.closed() == null)) {
      LockSupport.parkNanos(1_000_000);
    }
    catchUpMs = Math.max(catchUpMs, (System.nanoTime() - start) / 1e6);
  }

  private void sleep(long nanos) {
    long end = System.nanoTime() + nanos;
    while (!over && System.nanoTime() < end) {
      LockSupport.parkNanos(10_000_000);
    }
  }

  /** Ends the pauses, and lets those who never read come back. */
  Result finish() throws InterruptedException {
    over = true;
    thread.join();
    catchUp(pausing, RESUME_NANOS);
    long pausingClosed = pausing.stream().filter(client -> client.wire.closed() != null).count();
    never.forEach(client -> client.read(true));
    long start = System.nanoTime();
    while (System.nanoTime() - start < RESUME_NANOS / 6
        && never.stream().anyMatch(client -> client.wire.closed() == null)) {
      LockSupport.parkNanos(10_000_000);
    }
    // The node's goodbye may be lost behind a window that was closed for so long: a client gives up
    // a connection on which it hears nothing.
    long cut = never.stream().filter(client -> client.wire.closed() != null).count();
    never.forEach(client -> client.wire.close());
    while (never.stream().anyMatch(client -> client.wire.channel().isOpen())) {
      LockSupport.parkNanos(1_000_000);
    }
    long head = FanOut.head();
    start = System.nanoTime();
    never.forEach(Client::connect);
    while (System.nanoTime() - start < RESUME_NANOS
        && never.stream().anyMatch(client -> client.last < head)) {
      LockSupport.parkNanos(1_000_000);
    }
    long missing = never.stream().filter(client -> client.last < head).count();
    return new Result(
        pauses,
        catchUpMs,
        pausingClosed,
        cut,
        (System.nanoTime() - start) / 1e6,
        resets.get(),
        wrong.get() + missing);
  }

  @Override
  public void close() {
    over = true;
    never.forEach(client -> client.wire.close());
    pausing.forEach(client -> client.wire.close());
  }

  private final class Client implements Wire.Listener {
    private final String token;
    private volatile Wire wire;
    private String epoch;
    private volatile long last;
    private boolean seen;

    Client(String token) {
      this.token = token;
    }

    void connect() {
      String resume =
          epoch == null ? "{}" : "{\"room:%s\":\"%s:%d\"}".formatted(FanOut.ROOM, epoch, last);
      wire = Wire.connect(loops, port, token, resume, this);
    }

    void watch() {
      String reply =
          wire.call(
              "{\"id\":\"c\",\"type\":\"channel.watch\",\"limit\":0,\"channel\":\""
                  + FanOut.ROOM
                  + "\"}");
      String mark = "\"position\":\"";
      int at = reply.lastIndexOf(mark) + mark.length();
      String[] position = reply.substring(at, reply.indexOf('"', at)).split(":");
      epoch = position[0];
      last = Long.parseLong(position[1]);
    }

    void read(boolean on) {
      wire.setReading(on);
    }

    @Override
    public void message(Wire from, long seq) {
      // Before the first one there may have been events of other kinds, such as somebody joining.
      if (seen && seq != last + 1) {
        wrong.incrementAndGet();
      }
      seen = true;
      last = seq;
    }

    @Override
    public void notice(Wire from, String text) {
      if (text.startsWith("{\"type\":\"reset") || text.startsWith("{\"type\":\"removed")) {
        resets.incrementAndGet();
      }
    }

    /** Small, so that the node notices soon; the system would store megabytes. Not smaller than a
     * segment of the loopback: TCP would crawl. */
    @Override
    public int receiveBuffer() {
      return 128 * 1024;
    }

    @Override
    public void reading(long now) {}

    @Override
    public void reply(Wire from, long id, boolean ok) {}
  }
}

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoopGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients that each keep some {@code sendMessage} commands open: as soon as one is acknowledged, the
 * next one leaves.
 */
final class Sends {
  static final int CLIENTS = 32;
  static final int ROOMS = 8;
  static final int MANY_ROOMS = 1000;
  static final int OPEN = 16;
  static final int TEXT = 100;
  private static final long FIRST_ID = 100_000_000;
  private static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(20);

  /** What a run came to; rates count acknowledgements that arrived inside the measured time. */
  record Result(
      double perSecond,
      double p50Ms,
      double p99Ms,
      long acknowledged,
      long sent,
      long refused,
      long deliveries) {}

  /**
   * Which sends: with a watcher in each client, with a {@code clientId} in each command, and over
   * how many rooms all clients go ({@value #ROOMS}: each client keeps to one of them).
   */
  record Kind(String name, boolean watched, boolean clientIds, int rooms) {
    Kind(String name, boolean watched, boolean clientIds) {
      this(name, watched, clientIds, ROOMS);
    }
  }

  private Sends() {}

  /**
   * @param connected called when all clients are connected, before they send
   */
  static Result run(
      EventLoopGroup loops,
      int port,
      List<String> tokens,
      Kind kind,
      double warmUp,
      double seconds,
      Runnable connected) {
    List<Sender> senders = new ArrayList<>();
    try {
      for (int i = 0; i < CLIENTS; i++) {
        Sender sender = new Sender(i, kind);
        senders.add(sender);
        sender.wire = Wire.connect(loops, port, tokens.get(i), sender);
        if (kind.watched()) {
          String reply =
              sender.wire.call(
                  "{\"id\":\"c\",\"type\":\"channel.watch\",\"limit\":0,\"channel\":\""
                      + room(i)
                      + "\"}");
          if (!reply.contains("\"initialized\"")) {
            throw new IllegalStateException("channel.watch was answered with " + reply);
          }
        }
      }
      connected.run();
      long start = System.nanoTime();
      long begin = start + (long) (warmUp * 1e9);
      long end = begin + (long) (seconds * 1e9);
      senders.forEach(sender -> sender.start(begin, end));
      long giveUp = end + DRAIN_NANOS;
      while (System.nanoTime() < giveUp
          && (System.nanoTime() < end || senders.stream().anyMatch(Sender::busy))) {
        LockSupport.parkNanos(10_000_000);
        for (Sender sender : senders) {
          if (sender.wire.closed() != null) {
            throw new IllegalStateException("a connection ended: " + sender.wire.closed());
          }
        }
      }
      if (senders.stream().anyMatch(Sender::busy)) {
        throw new IllegalStateException("sends without a reply 20 s after the end");
      }
      return result(senders, seconds);
    } finally {
      senders.stream().filter(sender -> sender.wire != null).forEach(sender -> sender.wire.close());
    }
  }

  static String room(int client) {
    return "messaging:bench-" + client % ROOMS;
  }

  /** The id of one of the rooms that all clients go over: with as many digits as any other. */
  static String anyRoom(int rooms, int number) {
    return "bench-all-%d-%04d".formatted(rooms, number);
  }

  private static Result result(List<Sender> senders, double seconds) {
    Histogram latency = new Histogram();
    long counted = 0;
    long acknowledged = 0;
    long sent = 0;
    long refused = 0;
    long deliveries = 0;
    for (Sender sender : senders) {
      latency.add(sender.latency);
      counted += sender.counted;
      acknowledged += sender.acknowledged;
      sent += sender.sent;
      refused += sender.refused;
      deliveries += sender.deliveries;
    }
    return new Result(
        counted / seconds,
        latency.millis(0.5),
        latency.millis(0.99),
        acknowledged,
        sent,
        refused,
        deliveries);
  }

  /** One client; all but {@link #busy} on its loop. */
  private static final class Sender implements Wire.Listener {
    final Histogram latency = new Histogram();
    final long[] sentAt = new long[1024];
    private final byte[] frame;
    private final int idAt;
    private final int clientIdAt;
    private final int roomAt;
    private final int rooms;
    private final Random random;
    Wire wire;
    volatile long acknowledged;
    volatile long sent;
    volatile long refused;
    long counted;
    long deliveries;
    private long begin;
    private long end;
    private long now;

    Sender(int number, Kind kind) {
      this.rooms = kind.rooms();
      this.random = new Random(number);
      String room = rooms == ROOMS ? room(number) : "messaging:" + anyRoom(rooms, 0);
      String json = "{\"id\":" + FIRST_ID + ",\"type\":\"sendMessage\",\"channel\":\"" + room + "\"";
      this.roomAt = json.length() - 5;
      int at = -1;
      if (kind.clientIds()) {
        json += ",\"clientId\":\"" + Long.toString(System.nanoTime(), 36) + "-" + number + "-";
        at = json.length();
        json += FIRST_ID + "\"";
      }
      json += ",\"text\":\"" + "x".repeat(TEXT) + "\"}";
      this.frame = Wire.frame(json);
      this.idAt = json.indexOf("" + FIRST_ID);
      this.clientIdAt = at;
    }

    void start(long begin, long end) {
      wire.channel()
          .eventLoop()
          .execute(
              () -> {
                this.begin = begin;
                this.end = end;
                now = System.nanoTime();
                for (int i = 0; i < OPEN; i++) {
                  send();
                }
                wire.flush();
              });
    }

    boolean busy() {
      return acknowledged + refused < sent;
    }

    private void send() {
      long number = sent++;
      Wire.patch(frame, idAt, 9, FIRST_ID + number);
      if (clientIdAt >= 0) {
        Wire.patch(frame, clientIdAt, 9, FIRST_ID + number);
      }
      if (rooms != ROOMS) {
        Wire.patch(frame, roomAt, 4, random.nextInt(rooms));
      }
      ByteBuf out = wire.channel().alloc().buffer(frame.length);
      wire.write(out.writeBytes(frame));
      sentAt[(int) number & 1023] = now;
    }

    @Override
    public void reading(long now) {
      this.now = now;
    }

    @Override
    public void reply(Wire from, long id, boolean ok) {
      if (ok) {
        acknowledged++;
        if (now >= begin && now < end) {
          counted++;
          latency.record(now - sentAt[(int) (id - FIRST_ID) & 1023]);
        }
      } else {
        refused++;
      }
      if (now < end) {
        send();
      }
    }

    @Override
    public void message(Wire from, long seq) {
      deliveries++;
    }
  }
}

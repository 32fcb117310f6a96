import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What {@code connected} and {@code channel.watch} cost the database when there are many messages
 * and the user is in {@value #ROOMS} rooms: the sum of what PostgreSQL logs for each, one user
 * after the other. What the node asks by itself meanwhile is counted, too.
 */
final class History {
  static final int ROOMS = 1000;
  static final int USERS = 100;

  private static final Pattern DURATION = Pattern.compile("duration: ([0-9.]+) ms");

  /** Milliseconds of database time. */
  record Result(double connectP50, double connectP99, double watchP50, double watchP99) {
    @Override
    public String toString() {
      return "connected p50 %.1f ms, p99 %.1f ms; channel.watch p50 %.1f ms, p99 %.1f ms"
          .formatted(connectP50, connectP99, watchP50, watchP99);
    }
  }

  private final Postgres postgres;
  private final Path log;

  /**
   * @param directory where the server keeps its log
   */
  History(Postgres postgres, Path directory) {
    this.postgres = postgres;
    try (Stream<Path> files = Files.walk(directory)) {
      this.log =
          files
              .filter(file -> file.getFileName().toString().equals("postgres.log"))
              .findFirst()
              .orElseThrow(() -> new IllegalStateException("history needs a server of its own"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Fills the database: all users are in all rooms, with read positions all over them. */
  void fill(long messages) {
    long inRoom = messages / ROOMS;
    postgres.update(
        """
        SET synchronous_commit = off;
        ALTER TABLE message SET (autovacuum_enabled = false);
        INSERT INTO account (username, display_name, role)
        SELECT 'history-' || i, 'User ' || i, 'member' FROM generate_series(1, %2$d) i;
        INSERT INTO room (cid, type, id, name, private, created_at)
        SELECT 'messaging:history-' || i, 'messaging', 'history-' || i, 'Room ' || i, false, now()
        FROM generate_series(1, %1$d) i;
        INSERT INTO topic (name, head)
        SELECT 'room:messaging:history-' || i, %3$d * 6 / 5 FROM generate_series(1, %1$d) i;
        INSERT INTO room_member (cid, username, read_seq, joined_at)
        SELECT 'messaging:history-' || r, 'history-' || u,
               (r * 7919 + u * 104729) %% (%3$d * 6 / 5), now()
        FROM generate_series(1, %1$d) r, generate_series(1, %2$d) u;
        INSERT INTO message (cid, seq, author, text, mentions, created_at, deleted_at)
        SELECT 'messaging:history-' || r, s * 6 / 5, 'history-' || 1 + (s * 31 + r) %% %2$d,
               'message ' || s || ' of the room, with a text of the usual length, about a line',
               CASE WHEN s %% 50 = 0 THEN ARRAY['history-' || 1 + s %% %2$d] ELSE '{}' END,
               now(), CASE WHEN s %% 200 = 0 THEN now() END
        FROM generate_series(1, %1$d) r, generate_series(1, %3$d) s;
        INSERT INTO message_count (cid, seq, messages)
        SELECT 'messaging:history-' || r, s * 6 / 5, s
        FROM generate_series(1, %1$d) r, generate_series(64, %3$d, 64) s;
        """
            .formatted(ROOMS, USERS, inRoom));
    for (String table : List.of("message", "message_count", "room_member")) {
      postgres.update("VACUUM " + table);
    }
  }

  /** Logs how long each statement of new connections takes. */
  void logDurations() {
    set("log_min_duration_statement = 0");
    set("session_preload_libraries = DEFAULT");
  }

  /** Logs the plan of each statement of new connections. */
  void logPlans() {
    set("log_min_duration_statement = -1");
    set("session_preload_libraries = 'auto_explain'");
    set("auto_explain.log_min_duration = 0");
    set("auto_explain.log_analyze = on");
    set("auto_explain.log_buffers = on");
    set("auto_explain.log_timing = off");
  }

  private void set(String setting) {
    postgres.update("ALTER DATABASE " + postgres.database + " SET " + setting);
  }

  Result run(EventLoopGroup loops, int port, int rounds) {
    Histogram connects = new Histogram();
    Histogram watches = new Histogram();
    for (int round = -1; round < rounds; round++) {
      for (int user = 1; user <= USERS; user++) {
        long start = size();
        Wire wire = Wire.connect(loops, port, Crowd.token("history-" + user), new Silent());
        long connected = size();
        watch(wire, user);
        if (round >= 0) {
          // The first round fills the caches.
          connects.record(Math.round(logged(start, connected) * 1e6));
          watches.record(Math.round(logged(connected, size()) * 1e6));
        }
        wire.close();
      }
    }
    return new Result(
        connects.millis(0.5), connects.millis(0.99), watches.millis(0.5), watches.millis(0.99));
  }

  /** What the log says while one user connects and watches. */
  String plans(EventLoopGroup loops, int port) {
    for (int user = 1; user <= 3; user++) {
      watch(Wire.connect(loops, port, Crowd.token("history-" + user), new Silent()), user);
    }
    long start = size();
    watch(Wire.connect(loops, port, Crowd.token("history-7"), new Silent()), 7);
    return text(start, size());
  }

  private static void watch(Wire wire, int user) {
    String reply =
        wire.call(
            "{\"id\":\"c\",\"type\":\"channel.watch\",\"channel\":\"messaging:history-%d\"}"
                .formatted(1 + user * 7 % ROOMS));
    if (!reply.contains("\"initialized\"")) {
      throw new IllegalStateException(reply);
    }
  }

  private long size() {
    return log.toFile().length();
  }

  private double logged(long from, long to) {
    double sum = 0;
    Matcher durations = DURATION.matcher(text(from, to));
    while (durations.find()) {
      sum += Double.parseDouble(durations.group(1));
    }
    return sum;
  }

  private String text(long from, long to) {
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      byte[] bytes = new byte[(int) (to - from)];
      file.seek(from);
      file.readFully(bytes);
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Silent implements Wire.Listener {
    @Override
    public void reading(long now) {}

    @Override
    public void reply(Wire wire, long id, boolean ok) {}
  }
}

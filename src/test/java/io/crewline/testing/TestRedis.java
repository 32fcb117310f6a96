package io.crewline.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import redis.embedded.RedisServer;

/**
 * A real Redis: a container where Docker runs, else the embedded server. It can be stopped and
 * started again on the same port, and begins empty each time.
 */
public final class TestRedis implements AutoCloseable {
  private static final String PASSWORD = "p@ss/word";

  private final int port = freePort();
  private @Nullable Running running;
  private boolean frozen;

  private interface Running {
    void stop() throws IOException;

    /** Stops and goes on, as a process that is neither gone nor answering. */
    void freeze(boolean frozen) throws IOException;
  }

  /** A server that runs. */
  public static TestRedis started() {
    TestRedis redis = new TestRedis();
    redis.start();
    return redis;
  }

  /** A server that has a port and does not run yet. */
  public static TestRedis stopped() {
    return new TestRedis();
  }

  private TestRedis() {}

  /** Its address as {@code REDIS_URL} wants it, with a password that needs escaping. */
  public String url() {
    return url("p%40ss%2Fword");
  }

  /** Its address with another password. */
  public String url(String password) {
    return "redis://:" + password + "@127.0.0.1:" + port;
  }

  public synchronized void start() {
    if (running == null) {
      running =
          DockerClientFactory.instance().isDockerAvailable() ? container(port) : embedded(port);
    }
  }

  public synchronized void stop() {
    if (running != null) {
      if (frozen) {
        thaw();
      }
      try {
        running.stop();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      running = null;
    }
  }

  /** Lets it answer nothing, with its connections open. */
  public void freeze() {
    freeze(true);
  }

  public void thaw() {
    freeze(false);
  }

  private synchronized void freeze(boolean wanted) {
    try {
      Objects.requireNonNull(running).freeze(wanted);
      frozen = wanted;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    stop();
  }

  @SuppressWarnings("resource")
  private static Running container(int port) {
    GenericContainer<?> container =
        new GenericContainer<>("redis:8")
            .withExposedPorts(6379)
            .withCommand("redis-server", "--requirepass", PASSWORD, "--save", "");
    container.setPortBindings(List.of(port + ":6379"));
    container.start();
    return new Running() {
      @Override
      public void stop() {
        container.stop();
      }

      @Override
      public void freeze(boolean frozen) {
        if (frozen) {
          container.getDockerClient().pauseContainerCmd(container.getContainerId()).exec();
        } else {
          container.getDockerClient().unpauseContainerCmd(container.getContainerId()).exec();
        }
      }
    };
  }

  private static Running embedded(int port) {
    try {
      RedisServer server =
          RedisServer.newRedisServer()
              .port(port)
              .bind("127.0.0.1")
              .setting("requirepass " + PASSWORD)
              .setting("save \"\"")
              .build();
      Set<ProcessHandle> before = ProcessHandle.current().children().collect(Collectors.toSet());
      server.start();
      ProcessHandle process =
          ProcessHandle.current()
              .children()
              .filter(child -> !before.contains(child))
              .filter(child -> child.info().command().orElse("").contains("redis"))
              .findFirst()
              .orElseThrow();
      return new Running() {
        @Override
        public void stop() throws IOException {
          server.stop();
        }

        @Override
        public void freeze(boolean frozen) throws IOException {
          String signal = frozen ? "-STOP" : "-CONT";
          new ProcessBuilder("kill", signal, String.valueOf(process.pid())).inheritIO().start();
        }
      };
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A port that nobody listens on at present. */
  public static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

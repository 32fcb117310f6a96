package io.crewline.webhook;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** A server that webhooks call. What it answers is decided for each call. */
final class Receiver implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final List<Call> calls = new CopyOnWriteArrayList<>();
  private volatile Script script;

  /**
   * A call as it came in, whoever made it; what is no call of a webhook may lack an id or a time.
   *
   * @param timestamp 0 for none
   * @param answered the status, 0 for none
   */
  record Call(
      String path, String id, long timestamp, String signature, String body, int answered) {}

  /** What to do with a call. */
  @FunctionalInterface
  interface Script {
    Reaction reactTo(String id);
  }

  /** An answer, or none: then the connection is cut, or stays open without a word. */
  record Reaction(int status, String body, Map<String, String> headers) {
    static final int CUT = -1;
    static final int HANG = -2;

    static Reaction status(int status) {
      return new Reaction(status, "", Map.of());
    }
  }

  private Receiver(HttpServer server, Script script) {
    this.server = server;
    this.script = script;
  }

  static Receiver start(Script script) {
    try {
      HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
      Receiver receiver = new Receiver(server, script);
      server.createContext("/", receiver::handle);
      server.setExecutor(receiver.threads);
      server.start();
      return receiver;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One that answers every call with the same status. */
  static Receiver answering(int status) {
    return start(id -> Reaction.status(status));
  }

  String url() {
    return "http://127.0.0.1:" + port() + "/hook";
  }

  int port() {
    return server.getAddress().getPort();
  }

  void follow(Script next) {
    script = next;
  }

  List<Call> calls() {
    return calls;
  }

  /** The ids of calls that were answered with 2xx, in the order of the answers. */
  List<String> accepted() {
    return calls.stream().filter(call -> call.answered() / 100 == 2).map(Call::id).toList();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      String id = String.valueOf(exchange.getRequestHeaders().getFirst("webhook-id"));
      Reaction reaction = script.reactTo(id);
      calls.add(
          new Call(
              exchange.getRequestURI().getPath(),
              id,
              time(exchange.getRequestHeaders().getFirst("webhook-timestamp")),
              String.valueOf(exchange.getRequestHeaders().getFirst("webhook-signature")),
              body,
              Math.max(0, reaction.status())));
      if (reaction.status() == Reaction.HANG) {
        closed.await();
      } else if (reaction.status() > 0) {
        reaction.headers().forEach(exchange.getResponseHeaders()::set);
        byte[] answer = reaction.body().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(reaction.status(), answer.length == 0 ? -1 : answer.length);
        exchange.getResponseBody().write(answer);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static long time(@Nullable String header) {
    return header == null || !header.matches("\\d{1,18}") ? 0 : Long.parseLong(header);
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}

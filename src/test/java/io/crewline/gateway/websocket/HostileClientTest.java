package io.crewline.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.account.AccessTokens;
import io.crewline.realtime.Sessions;
import io.crewline.testing.Bystander;
import io.crewline.testing.RawSocket;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import io.netty.util.internal.PlatformDependent;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import java.util.zip.Deflater;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Clients that mean harm, against a node as it comes: each ends in its documented code, none makes
 * the node keep memory, and a client beside them notices nothing.
 */
final class HostileClientTest {
  private static final int FIRST_TEXT = 0x01;
  private static final int CONTINUATION = 0x00;
  private static final int LAST_CONTINUATION = 0x80;
  private static final int COMPRESSED_TEXT = 0xc1;
  private static final int MEGABYTE = 1024 * 1024;

  private static final int HALF_OPEN = 1000;
  private static final int SILENT = 300;

  private static Crewline node;
  private static String token;

  /** Begun before everything else, because they take as long as the deadlines they are to meet. */
  private static final List<Waiting> HALF_REQUESTS = new ArrayList<>();

  private static final List<Waiting> WITHOUT_CONNECT = new ArrayList<>();

  /**
   * How a connection ended on which nothing more was said.
   *
   * @param code that of the close frame; for a request, how many bytes came
   * @param after how long after it was opened
   */
  private record End(int code, Duration after) {}

  /** A connection whose end is noted when it comes. */
  private record Waiting(RawSocket raw, CompletableFuture<End> end) {
    static Waiting open(Supplier<RawSocket> open, ToIntFunction<RawSocket> readToTheEnd) {
      long opened = System.nanoTime();
      RawSocket raw = open.get().patience(Duration.ofSeconds(60));
      CompletableFuture<End> end =
          CompletableFuture.supplyAsync(
              () ->
                  new End(
                      readToTheEnd.applyAsInt(raw), Duration.ofNanos(System.nanoTime() - opened)),
              task -> Thread.ofVirtual().start(task));
      return new Waiting(raw, end);
    }
  }

  private Bystander bystander;

  @BeforeAll
  static void start() {
    node = TestNode.start(Map.of("CREWLINE_CORS_ORIGINS", "https://app.example.com"));
    token = node.context().getBean(AccessTokens.class).issue("admin");
    for (int i = 0; i < SILENT; i++) {
      WITHOUT_CONNECT.add(
          Waiting.open(
              () -> RawSocket.upgraded(node.port(), null), raw -> raw.awaitClose().code()));
    }
    String[] halves = {
      "", "G", "GET /ws HTTP/1.1", "GET /ws HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
    };
    for (int i = 0; i < HALF_OPEN; i++) {
      Waiting half = Waiting.open(() -> RawSocket.open(node.port()), RawSocket::awaitEnd);
      half.raw().send(bytes(halves[i % halves.length]));
      HALF_REQUESTS.add(half);
    }
  }

  @AfterAll
  static void stop() {
    HALF_REQUESTS.forEach(half -> half.raw().close());
    WITHOUT_CONNECT.forEach(silent -> silent.raw().close());
    node.close();
  }

  @BeforeEach
  void standBy() {
    bystander = Bystander.of(node);
  }

  @AfterEach
  void nobodyElseNoticedAnything() {
    bystander.close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] times(int count, byte[] bytes) {
    ByteArrayOutputStream all = new ByteArrayOutputStream(count * bytes.length);
    for (int i = 0; i < count; i++) {
      all.writeBytes(bytes);
    }
    return all.toByteArray();
  }

  private static long usedMemory() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory() + PlatformDependent.usedDirectMemory();
  }

  @Test
  void endlessFragmentsClose1009() {
    long before = usedMemory();
    byte[] some = times(1000, RawSocket.masked(CONTINUATION, bytes("x")));
    for (int client = 0; client < 5; client++) {
      try (RawSocket raw = RawSocket.upgraded(node.port(), token)) {
        raw.frame(FIRST_TEXT, bytes("{"));
        for (int i = 0; i < 100; i++) {
          raw.sendIfOpen(some);
        }
        assertThat(raw.awaitClose().code()).isEqualTo(1009);
      }
    }
    assertThat(usedMemory() - before).isLessThan(64 * MEGABYTE);
  }

  @Test
  void deflateBombCloses1002AlsoAfterItsExtensionWasOffered() {
    Deflater deflater = new Deflater(9, true);
    deflater.setInput(new byte[64 * MEGABYTE]);
    deflater.finish();
    byte[] bomb = new byte[MEGABYTE];
    int length = deflater.deflate(bomb);
    byte[] frame = RawSocket.masked(COMPRESSED_TEXT, java.util.Arrays.copyOf(bomb, 60_000));
    assertThat(length).isGreaterThan(60_000);
    long before = usedMemory();
    for (int client = 0; client < 10; client++) {
      try (RawSocket raw = RawSocket.open(node.port())) {
        RawSocket.Answer answer =
            raw.request(
                RawSocket.upgrade(
                    "Authorization: Bearer " + token,
                    "Sec-WebSocket-Extensions: permessage-deflate"));
        assertThat(answer.headers()).doesNotContainKey("sec-websocket-extensions");
        raw.sendIfOpen(frame);
        assertThat(raw.awaitClose().code()).isEqualTo(1002);
      }
    }
    assertThat(usedMemory() - before).isLessThan(32 * MEGABYTE);
  }

  @Test
  void messagesInThousandsOfOneByteFragmentsAndSegmentsAreTaken() {
    byte[] command = bytes("{\"id\":1,\"type\":\"no\",\"filler\":\"" + "x".repeat(9000) + "\"}");
    try (RawSocket raw = RawSocket.upgraded(node.port(), token)) {
      ByteArrayOutputStream frames = new ByteArrayOutputStream();
      for (int i = 0; i < command.length; i++) {
        int first =
            i == 0 ? FIRST_TEXT : i == command.length - 1 ? LAST_CONTINUATION : CONTINUATION;
        frames.writeBytes(RawSocket.masked(first, new byte[] {command[i]}));
      }
      raw.send(frames.toByteArray());
      assertThat(raw.readFrame().json()).containsEntry("id", 1);
      for (byte b : RawSocket.masked(RawSocket.TEXT, command)) {
        raw.send(new byte[] {b});
      }
      assertThat(raw.readFrame().json()).containsEntry("id", 1);
    }
  }

  @Test
  void announcedGigabytesClose1009AndTakeNoMemory() {
    long before = usedMemory();
    byte[] gigabyte = {(byte) 0x81, (byte) 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0, 1, 2, 3, 4};
    List<RawSocket> all = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      RawSocket raw = RawSocket.upgraded(node.port(), token);
      raw.send(gigabyte);
      all.add(raw);
    }
    for (RawSocket raw : all) {
      raw.sendIfOpen(new byte[1000]);
      assertThat(raw.awaitClose().code()).isEqualTo(1009);
      raw.close();
    }
    assertThat(usedMemory() - before).isLessThan(32 * MEGABYTE);
  }

  @Test
  void requestsThatDoNotEndAreCutOffAfterTenSeconds() {
    assertThat(HALF_REQUESTS).hasSize(HALF_OPEN);
    for (Waiting half : HALF_REQUESTS) {
      End end = half.end().join();
      assertThat(end.code()).as("bytes").isLessThanOrEqualTo(0);
      assertThat(end.after()).isGreaterThan(Duration.ofSeconds(9));
    }
  }

  @Test
  void socketsThatDoNotConnectAreClosed4401AfterTenSeconds() {
    assertThat(WITHOUT_CONNECT).hasSize(SILENT);
    for (Waiting silent : WITHOUT_CONNECT) {
      End end = silent.end().join();
      assertThat(end.code()).isEqualTo(4401);
      assertThat(end.after()).isGreaterThan(Duration.ofSeconds(9));
    }
  }

  @Test
  void fiveFramesThatAreNoCommandClose4400() {
    try (RawSocket raw = RawSocket.upgraded(node.port(), token)) {
      for (String junk : List.of("", "[]", "{\"id\":1}", "{}{}", "[".repeat(60_000))) {
        raw.text(junk);
      }
      assertThat(raw.awaitClose().code()).isEqualTo(4400);
    }
  }

  @Test
  void foreignPagesAreClosed4403AndReadNoAnswer() {
    String evil = "https://evil.example.com";
    try (RawSocket raw = RawSocket.open(node.port())) {
      raw.request(RawSocket.upgrade("Origin: " + evil, "Authorization: Bearer " + token));
      assertThat(raw.awaitClose().code()).isEqualTo(4403);
    }
    for (String accept : List.of("application/json", "text/event-stream")) {
      try (RawSocket raw = RawSocket.open(node.port())) {
        RawSocket.Answer answer =
            raw.request(
                List.of(
                    "GET /api/events?topic=user:admin HTTP/1.1",
                    "Host: localhost",
                    "Accept: " + accept,
                    "Authorization: Bearer " + token,
                    "Origin: " + evil));
        assertThat(answer.headers().keySet()).noneMatch(name -> name.startsWith("access-control"));
      }
    }
  }

  @Test
  void tenThousandCommandsWithoutReadingAreAnsweredInOrderWhenItReads() throws Exception {
    byte[] command =
        RawSocket.masked(RawSocket.TEXT, bytes("{\"id\":1,\"type\":\"refresh\",\"token\":\"x\"}"));
    try (RawSocket flood = RawSocket.upgraded(node.port(), token)) {
      Thread sender = Thread.ofVirtual().start(() -> flood.sendIfOpen(times(10_000, command)));
      Sessions sessions = node.context().getBean(Sessions.class);
      await()
          .during(java.time.Duration.ofSeconds(1))
          .until(
              () ->
                  sessions.all().stream()
                      .map(session -> (WebSocketTransport) session.transport())
                      .allMatch(transport -> transport.waitingBytes() < MEGABYTE));
      for (int i = 0; i < 10_000; i++) {
        assertThat(flood.readFrame().text()).contains("\"error\"").doesNotContain("rateLimited");
      }
      sender.join();
    }
  }

  @Test
  void stockClientThatSendsAThousandMessagesAtOnceIsNotLimited() {
    try (SocketClient client = SocketClient.connect(node.port(), token)) {
      client.call("channel.watch", "channel", "messaging:burst");
      var replies = new ArrayList<java.util.concurrent.CompletableFuture<Map<String, Object>>>();
      for (int i = 0; i < 1000; i++) {
        replies.add(
            client.send(
                Map.of("type", "sendMessage", "channel", "messaging:burst", "text", "n" + i)));
      }
      assertThat(replies).allSatisfy(reply -> assertThat(reply.join()).containsEntry("type", "ok"));
    }
  }
}

package io.crewline.contract;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.crewline.Crewline;
import io.crewline.contract.RestJudge.Operation;
import io.crewline.testing.RawSocket;
import io.crewline.testing.Rest;
import io.crewline.testing.Rest.Answer;
import io.crewline.testing.TestNode;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.compression.SnappyFrameEncoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Bodies with a {@code Content-Encoding}, on every route that takes one. */
final class EncodedBodyTest {
  private static final String LOGIN =
      "{\"username\":\"admin\",\"password\":\"" + TestNode.ADMIN_PASSWORD + "\"}";
  private static final Logger ROOT = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);

  private static Crewline node;
  private static List<Operation> operations;
  private static Rest admin;
  private static Rest stranger;

  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  @BeforeAll
  static void start() {
    node = TestNode.start(Map.of("CREWLINE_LIMITS", "off"));
    stranger = new Rest(node);
    admin =
        new Rest(
            node, "Authorization", "Bearer " + stranger.post("/api/token", LOGIN).text("access"));
    operations = new ArrayList<>();
    new RestJudge(node, ApiDocument.load(node, "/openapi.yml"))
        .operations()
        .forEach(
            operation -> {
              if (List.of("POST", "PUT", "PATCH").contains(operation.method())) {
                operations.add(operation);
              }
            });
    assertThat(operations).hasSizeGreaterThan(30);
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @BeforeEach
  void listen() {
    log.start();
    ROOT.addAppender(log);
  }

  @AfterEach
  void nothingIsLogged() {
    ROOT.detachAppender(log);
    assertThat(log.list)
        .filteredOn(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
        .as("warnings and stack traces")
        .isEmpty();
  }

  @Test
  void aBodyThatDoesNotDecodeIsRefusedOnEveryRoute() {
    Map<String, byte[]> bodies = new LinkedHashMap<>(broken());
    bodies.keySet().retainAll(List.of("gzip", "deflate", "snappy", "gzip "));
    assertEveryRoute(bodies, 400, "badRequest");
  }

  @Test
  void aBodyWithAnyDamageIsRefused() {
    broken()
        .forEach(
            (coding, body) ->
                assertThat(login(coding.strip(), body).status()).as(coding).isEqualTo(400));
  }

  @Test
  void anUnknownEncodingIsRefusedOnEveryRoute() {
    Map<String, byte[]> unknown = new LinkedHashMap<>();
    for (String coding : List.of("br", "zstd", "gzip, gzip")) {
      unknown.put(coding, gzip(utf8("{}")));
    }
    assertEveryRoute(unknown, 415, "unsupportedMediaType");
    for (String coding : List.of("compress", "nonsense", "gzip;q=1", "gzip, identity, deflate")) {
      assertThat(login(coding, gzip(utf8("{}"))).status()).as(coding).isEqualTo(415);
    }
    assertThat(
            stranger
                .call("POST", "/api/token", utf8("{}"), "Content-Encoding", "br")
                .header("Accept-Encoding"))
        .isEqualTo("gzip, deflate, snappy");
  }

  @Test
  void aBodyThatGrowsPastTheLimitIsRefusedOnEveryRoute() {
    byte[] zeros = new byte[8 << 20];
    Map<String, byte[]> bombs = new LinkedHashMap<>();
    bombs.put("gzip", gzip(zeros));
    bombs.put("deflate", deflate(zeros, false));
    bombs.put("snappy", snappy(new byte[4 << 20]));
    assertEveryRoute(bombs, 413, "tooLarge");
  }

  @Test
  void bodiesThatDecodeAreRead() {
    byte[] login = utf8(LOGIN);
    Map<String, byte[]> bodies = new LinkedHashMap<>();
    bodies.put("gzip", gzip(login));
    bodies.put("X-GZIP", gzip(login));
    bodies.put("deflate", deflate(login, false));
    bodies.put("Deflate", deflate(login, true));
    bodies.put("snappy", snappy(login));
    bodies.put("identity", login);
    bodies.forEach(
        (coding, body) -> assertThat(login(coding, body).status()).as(coding).isEqualTo(200));
  }

  @Test
  void anEncodedBodyThatIsEmptyIsNoBody() {
    for (String coding : List.of("gzip", "deflate", "snappy")) {
      assertThat(login(coding, new byte[0]).status()).as(coding).isEqualTo(400);
      assertThat(login(coding, new byte[0]).body()).contains("a JSON body is required");
    }
  }

  @Test
  void theConnectionGoesOnAfterABodyThatDoesNotDecode() {
    try (RawSocket raw = RawSocket.open(node.port())) {
      for (byte[] body : broken().values()) {
        assertThat(post(raw, "gzip", body).status()).isEqualTo(400);
        assertThat(post(raw, "nonsense", body).status()).isEqualTo(415);
        assertThat(post(raw, "identity", utf8(LOGIN)).status()).isEqualTo(200);
      }
      byte[] big = new byte[3 << 20];
      assertThat(post(raw, "gzip", big).status()).isIn(400, 413);
      assertThat(post(raw, "gzip", gzip(utf8(LOGIN))).status()).isEqualTo(200);
    }
  }

  @Test
  void encodedBodiesMayComeInChunksAndPipelined() {
    byte[] body = gzip(utf8(LOGIN));
    ByteArrayOutputStream two = new ByteArrayOutputStream();
    for (byte[] content : List.of(Arrays.copyOf(body, body.length - 6), body)) {
      two.writeBytes(utf8(head("gzip") + "Transfer-Encoding: chunked\r\n\r\n"));
      for (byte one : content) {
        two.writeBytes(utf8("1\r\n"));
        two.write(one);
        two.writeBytes(utf8("\r\n"));
      }
      two.writeBytes(utf8("0\r\n\r\n"));
    }
    try (RawSocket raw = RawSocket.open(node.port())) {
      raw.send(two.toByteArray());
      assertThat(raw.readAnswer().status()).isEqualTo(400);
      assertThat(raw.readAnswer().status()).isEqualTo(200);
    }
  }

  @Test
  void whoWaitsToBeToldToSendABodyIsTold() {
    byte[] body = gzip(utf8(LOGIN));
    try (RawSocket raw = RawSocket.open(node.port())) {
      raw.send(
          utf8(
              head("gzip")
                  + "Expect: 100-continue\r\nContent-Length: "
                  + body.length
                  + "\r\n\r\n"));
      assertThat(raw.readAnswer().status()).isEqualTo(100);
      raw.send(body);
      assertThat(raw.readAnswer().status()).isEqualTo(200);
    }
  }

  @Test
  void whatAClientSaysOfTheFaultsOfItsBodyCountsForNothing() {
    assertThat(stranger.post("/api/token", LOGIN, "Crewline-Body-Fault", "tooLarge").status())
        .isEqualTo(200);
  }

  /** By encoding (and spaces, which make several of one), bodies that cannot be decoded. */
  private static Map<String, byte[]> broken() {
    byte[] packed = gzip(utf8(LOGIN));
    Map<String, byte[]> broken = new LinkedHashMap<>();
    broken.put("gzip", utf8("{\"username\":\"admin\"}"));
    broken.put("deflate", utf8("{\"username\":\"admin\"}"));
    broken.put("snappy", utf8("{\"username\":\"admin\"}"));
    broken.put("gzip ", changed(packed, bytes -> bytes[bytes.length - 6] ^= 1)); // checksum
    broken.put("gzip  ", Arrays.copyOf(packed, packed.length - 9)); // ends early
    broken.put("gzip   ", changed(packed, bytes -> bytes[14] ^= 0x55));
    broken.put("gzip    ", Arrays.copyOf(packed, 5));
    broken.put(
        "deflate ", changed(deflate(utf8(LOGIN), false), bytes -> bytes[bytes.length - 1] ^= 1));
    broken.put("deflate  ", Arrays.copyOf(deflate(utf8(LOGIN), false), 20));
    broken.put("deflate   ", Arrays.copyOf(deflate(utf8(LOGIN), true), 20));
    broken.put("snappy ", changed(snappy(utf8(LOGIN)), bytes -> bytes[14] ^= 1)); // checksum
    broken.put("snappy  ", Arrays.copyOf(snappy(utf8(LOGIN)), 30));
    return broken;
  }

  private static void assertEveryRoute(Map<String, byte[]> bodies, int status, String code) {
    List<String> faults = new ArrayList<>();
    for (Operation operation : operations) {
      String path = operation.path().replaceAll("\\{[^}]*[cC]id}", "messaging:x");
      path = path.replaceAll("\\{[^}]+}", "1");
      String type = operation.isUpload() ? "multipart/form-data; boundary=x" : "application/json";
      for (Map.Entry<String, byte[]> body : bodies.entrySet()) {
        String[] headers = {"Content-Encoding", body.getKey().strip(), "Content-Type", type};
        Answer known = admin.call(operation.method(), path, body.getValue(), headers);
        if (known.status() != status || !known.text("code").equals(code)) {
          faults.add(operation.id() + " " + body.getKey() + ": " + known.body());
        }
        Answer unknown = stranger.call(operation.method(), path, body.getValue(), headers);
        if (unknown.status() != status && unknown.status() != 401) {
          faults.add("anonymous " + operation.id() + " " + body.getKey() + ": " + unknown.body());
        }
      }
    }
    assertThat(faults).isEmpty();
  }

  private static Answer login(String coding, byte[] body) {
    return stranger.call(
        "POST", "/api/token", body, "Content-Encoding", coding, "Content-Type", "application/json");
  }

  private static String head(String coding) {
    return "POST /api/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        + "Content-Encoding: "
        + coding
        + "\r\n";
  }

  private static RawSocket.Answer post(RawSocket raw, String coding, byte[] body) {
    raw.send(utf8(head(coding) + "Content-Length: " + body.length + "\r\n\r\n"));
    raw.send(body);
    return raw.readAnswer();
  }

  private static byte[] changed(byte[] bytes, java.util.function.Consumer<byte[]> change) {
    byte[] copy = bytes.clone();
    change.accept(copy);
    return copy;
  }

  private static byte[] gzip(byte[] content) {
    return packed(
        content,
        out -> {
          try {
            return new GZIPOutputStream(out);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private static byte[] deflate(byte[] content, boolean raw) {
    return packed(
        content, out -> new DeflaterOutputStream(out, new Deflater(Deflater.BEST_SPEED, raw)));
  }

  private static byte[] packed(byte[] content, UnaryOperator<OutputStream> packing) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream packed = packing.apply(out)) {
      packed.write(content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static byte[] snappy(byte[] content) {
    EmbeddedChannel channel = new EmbeddedChannel(new SnappyFrameEncoder());
    channel.writeOutbound(Unpooled.wrappedBuffer(content));
    channel.finish();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (io.netty.buffer.ByteBuf part = channel.readOutbound();
        part != null;
        part = channel.readOutbound()) {
      byte[] bytes = new byte[part.readableBytes()];
      part.readBytes(bytes);
      part.release();
      out.writeBytes(bytes);
    }
    return out.toByteArray();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}

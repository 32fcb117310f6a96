package io.crewline.attachment;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.platform.Database;
import io.crewline.testing.Person;
import io.crewline.testing.RawSocket;
import io.crewline.testing.Rest.Answer;
import io.crewline.testing.TestNode;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Uploads over real connections, into a folder. */
final class UploadTest {
  private static final int LIMIT = 1024 * 1024;

  @TempDir static Path folder;

  private static Crewline node;
  private static Uploader ada;
  private static Uploader dave;
  private static String token;

  @BeforeAll
  static void start() {
    node =
        TestNode.start(
            Map.of(
                "CREWLINE_STORAGE",
                folder.toString(),
                "CREWLINE_MAX_UPLOAD_BYTES",
                Integer.toString(LIMIT),
                "CREWLINE_MAX_UPLOAD_PIXELS",
                "1000000"));
    Person person = Person.member(node, "ada");
    token = person.token();
    ada = new Uploader(node, person);
    dave = new Uploader(node, Person.member(node, "dave"));
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static List<String> files() {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).map(Path::toString).sorted().toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  @Test
  void anUploadIsAnsweredWithWhatItIs() {
    Answer answer = ada.upload("C:\\photos\\pump \u00fc.jpg", "image/jpeg", Images.jpeg(640, 480));
    assertThat(answer.status()).as(answer.body()).isEqualTo(201);
    Object id = answer.field("id");
    assertThat(answer.header("Location")).isEqualTo("/api/attachments/" + id);
    assertThat(answer.json())
        .containsOnlyKeys(
            "id", "url", "thumbnailUrl", "contentType", "width", "height", "bytes", "name")
        .containsEntry("contentType", "image/jpeg")
        .containsEntry("width", 640)
        .containsEntry("height", 480)
        .containsEntry("url", "/api/attachments/" + id)
        .containsEntry("thumbnailUrl", "/api/attachments/" + id + "/thumbnail");
    HttpResponse<byte[]> image = ada.get(answer.text("url"));
    assertThat(image.statusCode()).isEqualTo(200);
    assertThat(image.body()).hasSize((Integer) answer.field("bytes"));
    assertThat(Images.decode(image.body()).getWidth()).isEqualTo(640);
    BufferedImage small = Images.decode(ada.get(answer.text("thumbnailUrl")).body());
    assertThat(small.getWidth()).isEqualTo(320);
    assertThat(small.getHeight()).isEqualTo(240);
  }

  @Test
  void onlyTheUploaderSeesWhatIsPending() {
    long id = ada.uploaded(Images.png(10, 10));
    assertThat(ada.get("/api/attachments/" + id).statusCode()).isEqualTo(200);
    HttpResponse<byte[]> hidden = dave.get("/api/attachments/" + id);
    HttpResponse<byte[]> missing = dave.get("/api/attachments/999999");
    assertThat(hidden.statusCode()).isEqualTo(404);
    assertThat(text(hidden.body())).isEqualTo(text(missing.body()));
    assertThat(dave.get("/api/attachments/" + id + "/thumbnail").statusCode()).isEqualTo(404);
    assertThat(dave.get("/api/attachments/" + id + "/link").statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpeg", "png", "gif", "webp"})
  void whatAFileTellsBesidesItsImageIsGone(String format) {
    byte[] file =
        switch (format) {
          case "jpeg" -> Images.jpegWithSecrets(60, 40, 6);
          case "png" -> Images.pngWithSecrets(60, 40, 6);
          case "gif" -> Images.gifWithSecrets(60, 40);
          default -> Images.webpWithSecrets(6);
        };
    assertThat(text(file)).contains(Images.SECRET);
    Answer answer = ada.upload("x", "image/" + format, file);
    assertThat(answer.status()).as(answer.body()).isEqualTo(201);
    byte[] stored = ada.get(answer.text("url")).body();
    byte[] small = ada.get(answer.text("thumbnailUrl")).body();
    assertThat(text(stored)).doesNotContain(Images.SECRET).doesNotContain("GPS");
    assertThat(text(small)).doesNotContain(Images.SECRET);
    assertThat(text(stored).length()).isLessThan(file.length);
    BufferedImage image = Images.decode(stored);
    if (!format.equals("webp")) {
      assertThat(image.getWidth()).isEqualTo(60);
    }
  }

  /** The corner of the shown image in which red, at the file's upper left, has to be. */
  @ParameterizedTest
  @CsvSource({"1,0,0", "2,1,0", "3,1,1", "4,0,1", "5,0,0", "6,1,0", "7,1,1", "8,0,1"})
  void aPhotoStaysTheRightWayUp(int orientation, int right, int down) {
    Answer answer = ada.upload("x.jpg", "image/jpeg", Images.jpegWithSecrets(60, 40, orientation));
    boolean turned = orientation > 4;
    assertThat(answer.json())
        .containsEntry("width", turned ? 40 : 60)
        .containsEntry("height", turned ? 60 : 40);
    BufferedImage small = Images.decode(ada.get(answer.text("thumbnailUrl")).body());
    assertThat(small.getWidth()).isEqualTo(turned ? 40 : 60);
    int corner =
        small.getRGB(right * (small.getWidth() - 3) + 1, down * (small.getHeight() - 3) + 1);
    assertThat(corner >> 16 & 0xff).as("%08x", corner).isGreaterThan(200);
    assertThat(corner >> 8 & 0xff).as("%08x", corner).isLessThan(60);
    byte[] stored = ada.get(answer.text("url")).body();
    assertThat(text(stored).contains("Exif")).isEqualTo(orientation != 1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "image/png  | jpeg | image/jpeg but says it is image/png",
        "text/html  | png  | says it is text/html",
        "image/jpeg | html | not a JPEG, PNG, WebP or GIF",
        "image/heic | heic | send the photo as JPEG",
        "image/jpeg | heic | send the photo as JPEG",
        "image/png  | half | broken",
        "image/jpeg | cut  | broken",
        "image/svg+xml | svg | not a JPEG",
        "image/png  | none | not a JPEG",
      })
  void aFileThatIsNotWhatItShouldBeIsRefused(String type, String what, String why) {
    byte[] file =
        switch (what) {
          case "jpeg" -> Images.jpeg(10, 10);
          case "png" -> Images.png(10, 10);
          case "html" -> Images.text("<html><script>alert(1)</script></html>");
          case "svg" -> Images.text("<svg xmlns='http://www.w3.org/2000/svg'/>");
          case "heic" -> Images.text("\0\0\0\u0018ftypheic\0\0\0\0mif1heic");
          case "half" -> java.util.Arrays.copyOf(Images.png(50, 50), 60);
          case "cut" -> java.util.Arrays.copyOf(Images.jpeg(50, 50), 400);
          default -> new byte[0];
        };
    List<String> before = files();
    Answer answer = ada.upload("x.png", type, file);
    assertThat(answer.status()).as(answer.body()).isEqualTo(415);
    assertThat(answer.text("code")).isEqualTo("unsupportedMediaType");
    assertThat(answer.text("detail")).contains(why);
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void anImageOfTooManyPixelsIsRefusedBeforeItIsDecoded() {
    for (byte[] bomb :
        List.of(Images.bomb(1001, 1000), Images.bomb(65535, 65535), Images.bomb(-1, -1))) {
      Answer answer = ada.upload("x.png", "image/png", bomb);
      assertThat(answer.status()).as(answer.body()).isEqualTo(413);
      assertThat(answer.text("code")).isEqualTo("tooLarge");
    }
  }

  @Test
  void anAnimationOfTooManyFramesIsRefused() {
    byte[] gif = Images.gif(2, 2);
    int head = 13 + (3 << (gif[10] & 7) + 1);
    byte[] frame = java.util.Arrays.copyOfRange(gif, head, gif.length - 1);
    byte[][] parts = new byte[1002][];
    java.util.Arrays.fill(parts, frame);
    parts[0] = java.util.Arrays.copyOf(gif, head);
    byte[] good =
        Images.concat(java.util.Arrays.copyOf(parts, 1001)[0], frame, frame, new byte[] {0x3b});
    assertThat(ada.upload("x.gif", "image/gif", good).status()).isEqualTo(201);
    byte[] bad = Images.concat(Images.concat(parts), new byte[] {0x3b});
    assertThat(ada.upload("x.gif", "image/gif", bad).status()).isEqualTo(413);
  }

  @Test
  void aFileOfTheLimitIsTakenAndOneMoreByteIsNot() {
    byte[] small = Images.jpeg(10, 10);
    byte[] full = java.util.Arrays.copyOf(small, LIMIT);
    assertThat(ada.upload("x.jpg", null, full).status()).isEqualTo(201);
    Answer over = ada.upload("x.jpg", null, java.util.Arrays.copyOf(small, LIMIT + 1));
    assertThat(over.status()).isEqualTo(413);
    assertThat(over.text("code")).isEqualTo("tooLarge");
    assertThat(over.text("detail")).contains(Integer.toString(LIMIT));
    byte[] form = Uploader.form("x", null, java.util.Arrays.copyOf(small, LIMIT + 1));
    Answer chunked =
        ada.send(
            "/api/attachments", BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(form)));
    assertThat(chunked.status()).isEqualTo(413);
  }

  private static String head(String length) {
    return "POST /api/attachments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
        + token
        + "\r\nContent-Type: multipart/form-data; boundary="
        + Uploader.BOUNDARY
        + "\r\n"
        + length
        + "\r\n\r\n";
  }

  @Test
  void aBodyThatSaysItIsTooLargeIsRefusedBeforeItComes() {
    try (RawSocket raw = RawSocket.open(node.port())) {
      raw.send(Images.text(head("Content-Length: 2000000000")));
      RawSocket.Answer answer = raw.readAnswer();
      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.body()).contains("tooLarge");
    }
  }

  @Test
  void aBodyThatTurnsOutTooLargeIsRefusedBeforeItsEnd() {
    byte[] form = Uploader.form("x", null, java.util.Arrays.copyOf(Images.jpeg(9, 9), LIMIT + 20));
    try (RawSocket raw = RawSocket.open(node.port())) {
      raw.send(Images.text(head("Content-Length: " + (LIMIT + 50_000))));
      raw.send(form);
      // The rest never comes.
      RawSocket.Answer answer = raw.readAnswer();
      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.body()).contains("tooLarge");
    }
  }

  @Test
  void aClientMayAskBeforeItSends() {
    byte[] form = Uploader.form("x", null, Images.jpeg(9, 9));
    try (RawSocket raw = RawSocket.open(node.port())) {
      raw.send(Images.text(head("Expect: 100-continue\r\nContent-Length: " + form.length)));
      assertThat(raw.readAnswer().status()).isEqualTo(100);
      raw.send(form);
      assertThat(raw.readAnswer().status()).isEqualTo(201);
    }
  }

  @Test
  void aFileOfAnotherTypeIsRefusedByItsFirstBytes() {
    byte[] form = Uploader.form("x", null, Images.text("MZ this is a program, not an image"));
    try (RawSocket raw = RawSocket.open(node.port())) {
      raw.send(Images.text(head("Content-Length: 900000")));
      raw.send(java.util.Arrays.copyOf(form, form.length - 20));
      assertThat(raw.readAnswer().status()).isEqualTo(415);
    }
  }

  @Test
  void aCutUploadLeavesNothing() throws Exception {
    List<String> before = files();
    long rows = rows();
    byte[] form = Uploader.form("x", null, Images.noise(500_000));
    for (int cut : List.of(0, 50, 200, 70_000, form.length - 5)) {
      try (RawSocket raw = RawSocket.open(node.port())) {
        raw.send(Images.text(head("Content-Length: " + form.length)));
        raw.send(java.util.Arrays.copyOf(form, cut));
      }
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(files()).isEqualTo(before));
    assertThat(rows()).isEqualTo(rows);
  }

  private static long rows() {
    io.crewline.platform.Database database =
        node.context().getBean(io.crewline.platform.Database.class);
    return database.transaction(
        () ->
            database
                .queryOne("SELECT count(*) AS n FROM attachment", row -> row.getLong("n"))
                .orElse(0L));
  }

  @Test
  void tooManyThatWaitAreRefusedUntilTheOldestIsRemoved() {
    Person kim = Person.member(node, "kim");
    Database database = node.context().getBean(Database.class);
    database.transaction(
        () ->
            database.update(
                """
                INSERT INTO attachment (key, content_type, width, height, bytes, thumbnail_type,
                    thumbnail_bytes, uploader, stored, created_at, idle_since)
                SELECT 'kim-' || i, 'image/png', 1, 1, 1, 'image/png', 1, 'kim', true, now(),
                       now() - interval '23 hours' + i * interval '1 s'
                FROM generate_series(0, 99) i
                """));
    Answer refused = new Uploader(node, kim).upload("x.png", "image/png", Images.png(4, 4));
    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.text("detail")).contains("100 (expected: fewer than 100");
    // The oldest is removed after 24 hours, by a cleaner that comes every ten minutes.
    assertThat(((Number) refused.field("retryAfterMs")).longValue())
        .isBetween(Duration.ofMinutes(59).toMillis(), Duration.ofMinutes(71).toMillis());
    assertThat(Long.parseLong(refused.header("Retry-After")) * 1000)
        .isBetween(Duration.ofMinutes(59).toMillis(), Duration.ofMinutes(72).toMillis());
    database.transaction(() -> database.update("DELETE FROM attachment WHERE key = 'kim-0'"));
    assertThat(new Uploader(node, kim).upload("x.png", "image/png", Images.png(4, 4)).status())
        .isEqualTo(201);
    database.transaction(() -> database.update("DELETE FROM attachment WHERE uploader = 'kim'"));
  }

  @Test
  void aFormWithoutTheFileIsRefused() {
    byte[] other =
        Images.text(
            "--"
                + Uploader.BOUNDARY
                + "\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nx"
                + "\r\n--"
                + Uploader.BOUNDARY
                + "--\r\n");
    Answer answer = ada.send("/api/attachments", BodyPublishers.ofByteArray(other));
    assertThat(answer.status()).as(answer.body()).isEqualTo(400);
    assertThat(answer.body()).contains("\"field\":\"file\"");
    Answer empty = ada.send("/api/attachments", BodyPublishers.noBody());
    assertThat(empty.status()).as(empty.body()).isEqualTo(400);
    byte[] early = java.util.Arrays.copyOf(Uploader.form("x", null, Images.jpeg(9, 9)), 300);
    assertThat(ada.send("/api/attachments", BodyPublishers.ofByteArray(early)).status())
        .isEqualTo(400);
  }

  @Test
  void otherFieldsMayStandBeforeTheFile() {
    byte[] form =
        Images.concat(
            Images.text(
                "--"
                    + Uploader.BOUNDARY
                    + "\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n"
                    + "x\r\n-\r\n--\r\n"),
            Uploader.form("x", "image/gif", Images.gif(4, 4)));
    Answer answer = ada.send("/api/attachments", BodyPublishers.ofByteArray(form));
    assertThat(answer.status()).as(answer.body()).isEqualTo(201);
  }

  @Test
  void whatIsNoFormIsRefused() {
    io.crewline.testing.Rest rest =
        new io.crewline.testing.Rest(node, "Authorization", "Bearer " + token);
    assertThat(rest.post("/api/attachments", "{}").status()).isEqualTo(415);
    assertThat(
            rest.call("POST", "/api/attachments", "x", "Content-Type", "multipart/form-data")
                .status())
        .isEqualTo(400);
    assertThat(
            new io.crewline.testing.Rest(node)
                .call(
                    "POST",
                    "/api/attachments",
                    "x",
                    "Content-Type",
                    "multipart/form-data; boundary=x")
                .status())
        .isEqualTo(401);
  }

  @Test
  void aRepeatWithTheSameKeyIsAnsweredWithTheFirstImage() {
    byte[] form = Uploader.form("x", null, Images.jpeg(9, 9));
    Answer first =
        ada.send("/api/attachments", BodyPublishers.ofByteArray(form), "Idempotency-Key", "k1");
    Answer again =
        ada.send("/api/attachments", BodyPublishers.ofByteArray(form), "Idempotency-Key", "k1");
    assertThat(first.status()).isEqualTo(201);
    assertThat(again.body()).isEqualTo(first.body());
    assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
  }
}

package io.crewline.attachment;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.platform.Database;
import io.crewline.platform.Watchdog;
import io.crewline.testing.Person;
import io.crewline.testing.Rest.Answer;
import io.crewline.testing.SettableClock;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attachments of messages: who may use and see them, and what becomes of them. */
final class MessageAttachmentTest {
  @TempDir static Path folder;

  private static Crewline node;
  private static Person ada;
  private static Person dave;
  private static Uploader fromAda;
  private static Uploader fromDave;
  private static Uploader fromKim;
  private static int rooms;

  @BeforeAll
  static void start() {
    node = TestNode.start(Map.of("CREWLINE_STORAGE", folder.toString()));
    ada = Person.member(node, "ada");
    dave = Person.member(node, "dave");
    fromAda = new Uploader(node, ada);
    fromDave = new Uploader(node, dave);
    fromKim = new Uploader(node, Person.member(node, "kim"));
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  /** A private room of ada's and dave's. */
  private static synchronized String room() {
    String id = "images-" + ++rooms;
    assertThat(
            ada.post(
                    "/api/rooms", "{\"id\":\"" + id + "\",\"private\":true,\"members\":[\"dave\"]}")
                .status())
        .isEqualTo(201);
    return "messaging:" + id;
  }

  private static Answer send(Person author, String cid, String body) {
    return author.post("/api/rooms/" + cid + "/messages", body);
  }

  @Test
  void aMessageCarriesItsImagesInTheirOrder() {
    String cid = room();
    long first = fromAda.uploaded(Images.jpeg(40, 30));
    long second = fromAda.uploaded(Images.png(20, 10));
    Answer sent = send(ada, cid, "{\"attachments\":[" + second + "," + first + "]}");
    assertThat(sent.status()).as(sent.body()).isEqualTo(201);
    assertThat(sent.text("text")).isEmpty();
    assertThat(sent.body())
        .contains(
            "\"attachments\":[{\"id\":" + second + ",\"url\":\"/api/attachments/" + second + "\"")
        .contains("\"contentType\":\"image/jpeg\",\"width\":40,\"height\":30");
    assertThat(dave.items("/api/rooms/" + cid + "/messages")).containsExactly(sent.json());
    for (long id : List.of(first, second)) {
      assertThat(fromDave.get("/api/attachments/" + id).statusCode()).isEqualTo(200);
      assertThat(fromDave.get("/api/attachments/" + id + "/thumbnail").statusCode()).isEqualTo(200);
      assertThat(fromKim.get("/api/attachments/" + id).statusCode()).isEqualTo(404);
    }
  }

  @Test
  void aRepeatedSendIsAnsweredWithItsImages() {
    String cid = room();
    long id = fromAda.uploaded(Images.png(5, 5));
    String body = "{\"text\":\"x\",\"clientId\":\"c\",\"attachments\":[" + id + "]}";
    Answer first = send(ada, cid, body);
    Answer again = send(ada, cid, body);
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.json()).isEqualTo(first.json());
  }

  @Test
  void onlyOwnUnusedUploadsCanBeSent() {
    String cid = room();
    long daves = fromDave.uploaded(Images.png(5, 5));
    long used = fromAda.uploaded(Images.png(5, 5));
    assertThat(send(ada, cid, "{\"attachments\":[" + used + "]}").status()).isEqualTo(201);
    long free = fromAda.uploaded(Images.png(5, 5));
    for (String ids :
        List.of(
            "[" + daves + "]",
            "[" + used + "]",
            "[" + free + "," + daves + "]",
            "[" + free + "," + free + "]",
            "[999999]",
            "[null]",
            "[1,2,3,4,5,6,7,8,9,10,11]",
            "[{}]",
            "\"x\"")) {
      Answer refused = send(ada, cid, "{\"text\":\"x\",\"attachments\":" + ids + "}");
      assertThat(refused.status()).as(ids + refused.body()).isEqualTo(400);
      assertThat(refused.body()).contains("attachments");
    }
    assertThat(send(ada, cid, "{\"attachments\":[]}").status()).isEqualTo(400);
    assertThat(send(ada, cid, "{\"attachments\":[" + free + "]}").status()).isEqualTo(201);
  }

  @Test
  void anImageGoesWithItsMessage() {
    String cid = room();
    long id = fromAda.uploaded(Images.png(5, 5));
    Answer sent = send(ada, cid, "{\"text\":\"x\",\"attachments\":[" + id + "]}");
    Answer deleted = ada.call("DELETE", "/api/messages/" + sent.field("id"), "");
    assertThat(deleted.status()).isEqualTo(200);
    assertThat(deleted.field("attachments")).isEqualTo(List.of());
    assertThat(ada.get("/api/messages/" + sent.field("id")).field("attachments"))
        .isEqualTo(List.of());
    assertThat(fromDave.get("/api/attachments/" + id).statusCode()).isEqualTo(404);
    assertThat(fromAda.get("/api/attachments/" + id).statusCode()).isEqualTo(404);
    assertThat(send(ada, cid, "{\"attachments\":[" + id + "]}").status()).isEqualTo(400);
  }

  @Test
  void imagesGoWithTheirRoom() {
    String cid = room();
    long id = fromAda.uploaded(Images.png(5, 5));
    assertThat(send(ada, cid, "{\"attachments\":[" + id + "]}").status()).isEqualTo(201);
    assertThat(ada.call("DELETE", "/api/rooms/" + cid, "").status()).isEqualTo(204);
    assertThat(fromDave.get("/api/attachments/" + id).statusCode()).isEqualTo(404);
    Database database = node.context().getBean(Database.class);
    Awaitility.await("they belong to nothing, and go a day later")
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                database.transaction(
                    () ->
                        !database
                            .query(
                                """
                                SELECT 1 FROM attachment WHERE id = ? AND owner_id IS NULL
                                  AND uploader IS NULL AND idle_since IS NOT NULL
                                """,
                                row -> 1,
                                id)
                            .isEmpty()));
    assertThat(fromAda.get("/api/attachments/" + id).statusCode()).isEqualTo(404);
  }

  @Test
  void whatBelongsToNothingIsRemovedAfterADay() throws IOException {
    String cid = room();
    long kept = fromAda.uploaded(Images.png(6, 5));
    assertThat(send(ada, cid, "{\"attachments\":[" + kept + "]}").status()).isEqualTo(201);
    long unused = fromAda.uploaded(Images.png(7, 5));
    Database database = node.context().getBean(Database.class);
    String key =
        database.transaction(
            () ->
                database
                    .queryOne(
                        "SELECT key FROM attachment WHERE id = ?",
                        row -> row.getString("key"),
                        unused)
                    .orElseThrow());
    assertThat(files(key)).hasSize(2);
    // A cleaner whose clock is ahead.
    SettableClock clock = new SettableClock();
    clock.add(Duration.between(clock.instant(), Clock.systemUTC().instant()));
    AttachmentCleaner cleaner =
        new AttachmentCleaner(
            node.context().getBean(AttachmentRepository.class),
            database,
            node.context().getBean(Storage.class),
            node.context().getBean(SpoolFolder.class),
            node.settings(),
            clock,
            node.context().getBean(Watchdog.class));
    clock.add(Duration.ofHours(23));
    Path young = folder.resolve("incoming/upload-of-now.part");
    Files.createDirectories(young.getParent());
    Files.writeString(young, "half an image");
    Files.setLastModifiedTime(young, FileTime.from(clock.instant().minus(Duration.ofMinutes(59))));
    cleaner.run();
    assertThat(young).exists();
    Files.delete(young);
    assertThat(fromAda.get("/api/attachments/" + unused).statusCode()).isEqualTo(200);
    clock.add(Duration.ofMinutes(61));
    long recent = fromAda.uploaded(Images.png(8, 5));
    idleSince(recent, clock.instant().minus(Duration.ofHours(24)).plusSeconds(60));
    Path leftover = folder.resolve("incoming/upload-of-a-dead-node.part");
    Files.writeString(leftover, "half an image");
    cleaner.run();
    assertThat(fromAda.get("/api/attachments/" + unused).statusCode()).isEqualTo(404);
    assertThat(files(key)).isEmpty();
    assertThat(leftover).doesNotExist();
    assertThat(fromDave.get("/api/attachments/" + kept).statusCode()).isEqualTo(200);
    assertThat(fromAda.get("/api/attachments/" + recent).statusCode()).isEqualTo(200);
    assertThat(cleaner.removeUnused()).isZero();
  }

  private static void idleSince(long id, Instant since) {
    Database database = node.context().getBean(Database.class);
    database.transaction(
        () -> database.update("UPDATE attachment SET idle_since = ? WHERE id = ?", since, id));
  }

  private static List<Path> files(String key) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(file -> file.getFileName().toString().startsWith(key)).toList();
    }
  }

  @Test
  void aSocketSendsAndReceivesThemToo() {
    String cid = room();
    long id = fromAda.uploaded(Images.jpeg(8, 6));
    try (SocketClient writer = SocketClient.connect(node.port(), ada.token());
        SocketClient reader = SocketClient.connect(node.port(), dave.token())) {
      reader.call("channel.watch", "channel", cid);
      Map<String, Object> reply =
          writer.call("sendMessage", "channel", cid, "attachments", List.of(id));
      assertThat(reply).containsEntry("type", "ok");
      assertThat(reader.await("message.new").toString())
          .contains("attachments=[{id=" + id + ", url=/api/attachments/" + id);
      assertThat(reader.call("channel.watch", "channel", cid).toString())
          .contains("url=/api/attachments/" + id);
      assertThat(writer.call("sendMessage", "channel", cid, "attachments", List.of(id)).toString())
          .contains("badRequest");
      assertThat(
              writer
                  .call("sendMessage", "channel", cid, "text", "x", "attachments", List.of("1"))
                  .toString())
          .contains("badRequest");
    }
  }

  @Test
  void nobodyHoardsUploads() {
    Person hoarder = Person.member(node, "hoarder");
    Uploader uploader = new Uploader(node, hoarder);
    byte[] small = Images.gif(1, 1);
    for (int i = 0; i < Intake.PENDING; i++) {
      uploader.uploaded(small);
    }
    Answer refused = uploader.upload("x", null, small);
    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.header("Retry-After")).isNotEmpty();
  }
}

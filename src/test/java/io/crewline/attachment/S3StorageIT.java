package io.crewline.attachment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crewline.Crewline;
import io.crewline.platform.UploadSettings.Bucket;
import io.crewline.testing.Person;
import io.crewline.testing.Rest.Answer;
import io.crewline.testing.TestNode;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * Against an S3-compatible store: {@code CREWLINE_TEST_S3} is its address, {@code
 * CREWLINE_TEST_S3_BUCKET}, {@code CREWLINE_TEST_S3_ACCESS_KEY} and {@code
 * CREWLINE_TEST_S3_SECRET_KEY} the rest. Skipped without.
 */
@EnabledIfEnvironmentVariable(named = "CREWLINE_TEST_S3", matches = "https?://.+")
final class S3StorageIT {
  private static final String ACCESS_KEY = environment("CREWLINE_TEST_S3_ACCESS_KEY");
  private static final String SECRET_KEY = environment("CREWLINE_TEST_S3_SECRET_KEY");
  private static final String BUCKET = environment("CREWLINE_TEST_S3_BUCKET");
  private static final String ENDPOINT = environment("CREWLINE_TEST_S3");

  @TempDir Path folder;

  private static String environment(String name) {
    return System.getenv().getOrDefault(name, "");
  }

  private static S3Storage storage(String secret) {
    return new S3Storage(
        new Bucket(BUCKET, "test/", URI.create(ENDPOINT), "us-east-1", ACCESS_KEY, secret, true));
  }

  @Test
  void keepsReadsAndRemoves() throws Exception {
    byte[] bytes = Images.noise(3_000_000);
    Path file = folder.resolve("image.png");
    Files.write(file, bytes);
    try (S3Storage storage = storage(SECRET_KEY)) {
      storage.put("abcd", file, "image/png");
      assertThat(storage.read("abcd", 0, bytes.length).readAllBytes()).isEqualTo(bytes);
      assertThat(storage.read("abcd", 1000, 70_000).readAllBytes())
          .isEqualTo(Arrays.copyOfRange(bytes, 1000, 71_000));
      storage.remove("abcd");
      storage.remove("abcd");
      assertThatThrownBy(() -> storage.read("abcd", 0, 1)).isInstanceOf(NoSuchFileException.class);
    }
  }

  @Test
  void aWrongSecretStoresNothing() throws Exception {
    Path file = folder.resolve("image.png");
    Files.write(file, Images.png(3, 3));
    try (S3Storage storage = storage("not-the-secret")) {
      assertThatThrownBy(() -> storage.put("abcd", file, "image/png"))
          .hasMessageContaining("s3://" + BUCKET);
    }
  }

  @Test
  void aNodeKeepsItsAttachmentsThere() {
    Map<String, String> settings = new HashMap<>();
    settings.put("CREWLINE_STORAGE", "s3://" + BUCKET + "/attachments");
    settings.put("CREWLINE_S3_ENDPOINT", ENDPOINT);
    settings.put("CREWLINE_S3_ACCESS_KEY", ACCESS_KEY);
    settings.put("CREWLINE_S3_SECRET_KEY", SECRET_KEY);
    settings.put("CREWLINE_DATA_DIR", folder.toString());
    try (Crewline node = TestNode.start(settings)) {
      Uploader ada = new Uploader(node, Person.member(node, "ada"));
      Answer answer = ada.upload("x.png", null, Images.noise(2_000_000));
      assertThat(answer.status()).as(answer.body()).isEqualTo(201);
      byte[] whole = ada.get(answer.text("url")).body();
      assertThat(whole).hasSize((Integer) answer.field("bytes"));
      assertThat(ada.get(answer.text("url"), "Range", "bytes=5-99").body())
          .isEqualTo(Arrays.copyOfRange(whole, 5, 100));
      assertThat(Images.decode(ada.get(answer.text("thumbnailUrl")).body()).getWidth())
          .isEqualTo(320);
      assertThat(folder.resolve("incoming")).isEmptyDirectory();
    }
  }
}

package io.crewline.platform;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Uploads, and where they are kept.
 *
 * @param maxBytes {@code CREWLINE_MAX_UPLOAD_BYTES}: how large an uploaded file may be
 * @param maxPixels {@code CREWLINE_MAX_UPLOAD_PIXELS}: width times height that an image may have
 * @param unusedLifetime {@code CREWLINE_UNUSED_UPLOADS}: how long an upload is kept that belongs to
 *     nothing
 * @param store {@code CREWLINE_STORAGE}
 */
public record UploadSettings(long maxBytes, long maxPixels, Duration unusedLifetime, Store store) {

  /** What a form may add to its file: boundaries and headers of parts, and small other fields. */
  public static final long FORM_BYTES = 64 * 1024;

  /** Where files are kept. */
  public sealed interface Store {}

  /** A folder; nodes that share a database share it too. */
  public record Folder(Path path) implements Store {}

  /**
   * A bucket of an S3-compatible store. {@code toString} keeps the secret to itself.
   *
   * @param prefix in front of every key; empty, or ending with a slash
   * @param endpoint {@code CREWLINE_S3_ENDPOINT}; null for AWS
   * @param region {@code CREWLINE_S3_REGION}
   * @param accessKey {@code CREWLINE_S3_ACCESS_KEY}; null for what the AWS SDK finds by itself
   * @param secretKey {@code CREWLINE_S3_SECRET_KEY}
   * @param pathStyle {@code CREWLINE_S3_PATH_STYLE}: the bucket stands in the path, not in the host
   */
  public record Bucket(
      String name,
      String prefix,
      @Nullable URI endpoint,
      String region,
      @Nullable String accessKey,
      @Nullable String secretKey,
      boolean pathStyle)
      implements Store {
    @Override
    public String toString() {
      return "s3://" + name + "/" + prefix;
    }
  }
}

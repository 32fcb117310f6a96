package io.crewline.attachment;

import io.crewline.attachment.AttachmentRepository.Waiting;
import io.crewline.attachment.Thumbnails.Thumbnail;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.ErrorCode;
import io.crewline.platform.Ids;
import io.crewline.platform.Settings;
import io.crewline.platform.UploadSettings;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.ServerHttpRequest;
import io.micronaut.http.exceptions.ContentLengthExceededException;
import jakarta.inject.Singleton;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of an upload: from the connection into a file, past the looks at its content, without its
 * metadata into another file, and from there to the storage. In memory there is never more of it
 * than a buffer. Whatever goes wrong, nothing of it stays.
 */
@Singleton
final class Intake {
  /** How many uploads a user may have that belong to nothing. */
  static final int PENDING = 100;

  private static final Logger LOG = LoggerFactory.getLogger(Intake.class);
  private static final int AT_ONCE = 250;
  private static final int BUFFER = 16 * 1024;

  private final AttachmentRepository attachments;
  private final Database database;
  private final Storage storage;
  private final SpoolFolder spool;
  private final Thumbnails thumbnails;
  private final UploadSettings settings;
  private final Ids ids;
  private final Clock clock;
  private final Semaphore places = new Semaphore(AT_ONCE);

  Intake(
      AttachmentRepository attachments,
      Database database,
      Storage storage,
      SpoolFolder spool,
      Thumbnails thumbnails,
      Settings settings,
      Ids ids,
      Clock clock) {
    this.attachments = attachments;
    this.database = database;
    this.storage = storage;
    this.spool = spool;
    this.thumbnails = thumbnails;
    this.settings = settings.uploads();
    this.ids = ids;
    this.clock = clock;
  }

  <R> R take(Upload upload, @Nullable String uploader, Function<Supplier<Attachment>, R> commit) {
    if (uploader != null) {
      requireFewWaiting(database.transaction(() -> attachments.waitingOf(uploader)));
    }
    if (!places.tryAcquire()) {
      throw ApiException.unavailable("too many uploads at once", 5000);
    }
    try {
      return receive(upload.request(), uploader, commit);
    } finally {
      places.release();
    }
  }

  /** The limit passes when the oldest is removed for belonging to nothing, if not before. */
  private void requireFewWaiting(Waiting waiting) {
    if (waiting.count() >= PENDING) {
      Instant now = clock.instant();
      Instant since = waiting.idleSince();
      Instant due = since == null ? now : since.plus(settings.unusedLifetime());
      Duration wait = Duration.between(now, due.isAfter(now) ? due : now);
      throw ApiException.rateLimited(
          "uploads that wait to be used: %d (expected: fewer than %d; send some or wait)"
              .formatted(waiting.count(), PENDING),
          wait.plus(AttachmentCleaner.ROUND).toMillis());
    }
  }

  private <R> R receive(
      HttpRequest<?> request, @Nullable String uploader, Function<Supplier<Attachment>, R> commit) {
    if (!(request instanceof ServerHttpRequest<?> received)) {
      throw new IllegalStateException("not a request that this server received");
    }
    if (request.getContentLength() > settings.maxBytes() + UploadSettings.FORM_BYTES) {
      throw tooLarge();
    }
    Path raw = null;
    Path clean = null;
    try {
      String type =
          Objects.requireNonNullElse(request.getHeaders().get(HttpHeaders.CONTENT_TYPE), "");
      raw = spool.create();
      ImageType known;
      String name;
      try (MultipartFile file = MultipartFile.open(received.byteBody().toInputStream(), type);
          OutputStream out = Files.newOutputStream(raw)) {
        known = spooled(file, out);
        name = file.fileName();
      } catch (IOException e) {
        throw cut(e);
      }
      clean = spool.create();
      return keep(raw, clean, known, name, uploader, commit);
    } catch (BrokenImageException e) {
      throw ApiException.of(
          ErrorCode.UNSUPPORTED_MEDIA_TYPE, "the image is broken: " + e.getMessage());
    } catch (IOException e) {
      LOG.warn("An upload cannot be stored", e);
      throw ApiException.unavailable("uploads cannot be stored now", 5000);
    } finally {
      delete(raw);
      delete(clean);
    }
  }

  /** Reads the file to its end, unless its first bytes or its length speak against it. */
  private ImageType spooled(MultipartFile file, OutputStream out) throws IOException {
    byte[] head = file.readNBytes(ImageType.HEAD);
    ImageType type =
        ImageType.of(head)
            .orElseThrow(
                () ->
                    unsupported(
                        ImageType.isHeic(head)
                            ? "HEIC images are not accepted: send the photo as JPEG"
                            : "the file is not a JPEG, PNG, WebP or GIF image"));
    String told = file.contentType();
    if (!type.isCalled(told)) {
      throw unsupported("the file is " + type.mediaType() + " but says it is " + told);
    }
    out.write(head);
    long size = head.length;
    byte[] buffer = new byte[BUFFER];
    for (int read = file.read(buffer); read >= 0; read = file.read(buffer)) {
      size += read;
      if (size > settings.maxBytes()) {
        throw tooLarge();
      }
      out.write(buffer, 0, read);
    }
    return type;
  }

  private <R> R keep(
      Path raw,
      Path clean,
      ImageType type,
      @Nullable String name,
      @Nullable String uploader,
      Function<Supplier<Attachment>, R> commit)
      throws IOException {
    CleanImage image;
    long bytes;
    try (FileChannel from = FileChannel.open(raw, StandardOpenOption.READ);
        FileChannel to = FileChannel.open(clean, StandardOpenOption.WRITE)) {
      ImageSource in = new ImageSource(from);
      PixelLimit limit = new PixelLimit(settings.maxPixels());
      image =
          switch (type) {
            case JPEG -> JpegFile.read(in, limit);
            case PNG -> PngFile.read(in, limit);
            case WEBP -> WebpFile.read(in, limit);
            case GIF -> GifFile.read(in, limit);
          };
      image.pieces().write(from, to);
      bytes = to.position();
    }
    Thumbnail thumbnail = thumbnails.of(clean, image);
    Files.write(raw, thumbnail.bytes(), StandardOpenOption.TRUNCATE_EXISTING);
    String key = ids.random();
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    long id =
        database.preparation(
            () ->
                attachments.add(
                    key,
                    type.mediaType(),
                    image.width(),
                    image.height(),
                    bytes,
                    thumbnail.type().mediaType(),
                    thumbnail.bytes().length,
                    name,
                    uploader,
                    now));
    boolean stored = false;
    try {
      storage.put(key, clean, type.mediaType());
      storage.put(thumbnailKey(key), raw, thumbnail.type().mediaType());
      Attachment attachment =
          Attachment.of(id, type.mediaType(), image.width(), image.height(), bytes, name);
      R result = commit.apply(() -> markStored(attachment));
      stored = true;
      return result;
    } finally {
      if (!stored) {
        giveUp(id);
      }
    }
  }

  private Attachment markStored(Attachment attachment) {
    if (!database.preparation(() -> attachments.markStored(attachment.id()))) {
      throw ApiException.unavailable("the upload took too long");
    }
    return attachment;
  }

  static String thumbnailKey(String key) {
    return key + ".thumbnail";
  }

  private void giveUp(long id) {
    try {
      database.preparation(() -> attachments.giveUp(id));
    } catch (ApiException e) {
      LOG.debug("A failed upload is left for its time to pass: {}", e.detail());
    }
  }

  private ApiException tooLarge() {
    return ApiException.of(
        ErrorCode.TOO_LARGE, "a file may have " + settings.maxBytes() + " bytes");
  }

  private static ApiException unsupported(String why) {
    return ApiException.of(ErrorCode.UNSUPPORTED_MEDIA_TYPE, why);
  }

  private ApiException cut(IOException failure) throws IOException {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ContentLengthExceededException) {
        return tooLarge();
      }
    }
    if (failure instanceof EOFException) {
      return ApiException.badRequest("the upload ends early");
    }
    throw failure;
  }

  private static void delete(@Nullable Path file) {
    try {
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      LOG.warn("A temporary file stays for an hour: {}", e.toString());
    }
  }
}

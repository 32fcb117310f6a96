package io.crewline.attachment;

import io.crewline.attachment.AttachmentRepository.Row;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.http.OriginPolicy;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers requests for the bytes of attachments: streamed, with ranges (RFC 9110 §14) and
 * conditions (§13), and with headers that let a browser show them as images and as nothing else.
 * The bytes of an attachment never change, so a browser may keep them, for its user alone.
 */
@Singleton
public final class AttachmentDownloads {
  private static final Logger LOG = LoggerFactory.getLogger(AttachmentDownloads.class);
  private static final Duration KEPT = Duration.ofDays(7);

  private final AttachmentRepository attachments;
  private final Database database;
  private final Storage storage;
  private final OriginPolicy origins;

  AttachmentDownloads(
      AttachmentRepository attachments, Database database, Storage storage, OriginPolicy origins) {
    this.attachments = attachments;
    this.database = database;
    this.storage = storage;
    this.origins = origins;
  }

  /**
   * For features that have seen to it themselves that this caller may read it. Must run where it
   * may block.
   *
   * @throws ApiException NOT_FOUND if there is no such attachment
   */
  public HttpResponse<?> answer(HttpRequest<?> request, long id, boolean thumbnail) {
    return answer(request, id, thumbnail, KEPT);
  }

  HttpResponse<?> answer(HttpRequest<?> request, long id, boolean thumbnail, Duration kept) {
    Row row =
        database
            .transaction(() -> attachments.find(id))
            .orElseThrow(() -> ApiException.notFound("attachment"));
    return answer(request, row, thumbnail, kept);
  }

  HttpResponse<?> answer(HttpRequest<?> request, Row row, boolean thumbnail) {
    return answer(request, row, thumbnail, KEPT);
  }

  private HttpResponse<?> answer(
      HttpRequest<?> request, Row row, boolean thumbnail, Duration kept) {
    String key = thumbnail ? Intake.thumbnailKey(row.key()) : row.key();
    String type = thumbnail ? row.thumbnailType() : row.attachment().contentType();
    long size = thumbnail ? row.thumbnailBytes() : row.attachment().bytes();
    String tag = "\"%d-%08x\"".formatted(row.attachment().id(), key.hashCode());
    String known = request.getHeaders().get(HttpHeaders.IF_NONE_MATCH);
    if (known != null && matches(known, tag)) {
      return headers(request, HttpResponse.notModified(), row, tag, kept);
    }
    String ifRange = request.getHeaders().get(HttpHeaders.IF_RANGE);
    ByteRange range =
        ifRange == null || ifRange.equals(tag)
            ? ByteRange.of(request.getHeaders().get(HttpHeaders.RANGE), size)
            : null;
    if (range != null && range.length() == 0) {
      return HttpResponse.status(HttpStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
          .header(HttpHeaders.CONTENT_RANGE, range.of(size));
    }
    ByteRange part = range == null ? new ByteRange(0, size) : range;
    MutableHttpResponse<Object> response =
        HttpResponse.status(range == null ? HttpStatus.OK : HttpStatus.PARTIAL_CONTENT);
    headers(request, response, row, tag, kept).header(HttpHeaders.CONTENT_TYPE, type);
    response.header(HttpHeaders.CONTENT_LENGTH, Long.toString(part.length()));
    if (range != null) {
      response.header(HttpHeaders.CONTENT_RANGE, range.of(size));
    }
    if (request.getMethod() == HttpMethod.HEAD) {
      return response;
    }
    try {
      return response.body(
          new FileBytes(storage.read(key, part.first(), part.length()), part.length()));
    } catch (IOException e) {
      LOG.warn("Attachment {} cannot be read", row.attachment().id(), e);
      throw ApiException.unavailable("the file cannot be read now", 5000);
    }
  }

  private static boolean matches(String known, String tag) {
    return known.strip().equals("*")
        || Arrays.stream(known.split(",", -1))
            .map(each -> each.strip().replaceFirst("^W/", ""))
            .anyMatch(tag::equals);
  }

  private <T> MutableHttpResponse<T> headers(
      HttpRequest<?> request, MutableHttpResponse<T> response, Row row, String tag, Duration kept) {
    HttpHeaders from = request.getHeaders();
    String pages = origins.resourcePolicy(from.get(HttpHeaders.ORIGIN), from.get(HttpHeaders.HOST));
    return response
        .header(HttpHeaders.ETAG, tag)
        .header(HttpHeaders.CACHE_CONTROL, "private, max-age=" + kept.toSeconds() + ", immutable")
        .header(HttpHeaders.VARY, "Authorization")
        .header(HttpHeaders.ACCEPT_RANGES, "bytes")
        .header(HttpHeaders.CONTENT_DISPOSITION, FileNames.inline(row.attachment().name()))
        .header("Content-Security-Policy", "default-src 'none'; sandbox")
        .header("Cross-Origin-Resource-Policy", pages)
        .header("X-Content-Type-Options", "nosniff");
  }
}

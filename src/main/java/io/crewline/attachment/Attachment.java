package io.crewline.attachment;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * An image as clients see it. It never changes.
 *
 * @param url where it is downloaded
 * @param thumbnailUrl where its thumbnail is downloaded: JPEG or PNG, at most 320 pixels long
 * @param contentType image/jpeg, image/png, image/webp or image/gif
 * @param width in pixels, as it is to be shown
 * @param height in pixels, as it is to be shown
 * @param bytes its size
 * @param name what the uploader's file was called; absent when that was not told
 */
@Serdeable
@Schema(example = AttachmentExamples.ATTACHMENT)
public record Attachment(
    long id,
    String url,
    String thumbnailUrl,
    String contentType,
    @Schema(minimum = "1") int width,
    @Schema(minimum = "1") int height,
    @Schema(minimum = "1") long bytes,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Schema(nullable = false, maxLength = 255)
        @Nullable String name) {

  static Attachment of(
      long id, String contentType, int width, int height, long bytes, @Nullable String name) {
    String url = "/api/attachments/" + id;
    return new Attachment(id, url, url + "/thumbnail", contentType, width, height, bytes, name);
  }
}

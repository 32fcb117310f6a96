package io.crewline.attachment;

import io.micronaut.http.HttpRequest;

/**
 * The body of a request that uploads a file: {@code multipart/form-data} with one part named {@code
 * file}. A controller method takes it as an argument and hands it to {@link
 * AttachmentService#store}; nothing is read before. The method consumes {@code multipart/form-data}
 * and runs on a thread that may block:
 *
 * <pre>{@code
 * @Post(value = "/{id}/images", consumes = MediaType.MULTIPART_FORM_DATA)
 * @RequestBody(content = @Content(
 *     mediaType = MediaType.MULTIPART_FORM_DATA, schema = @Schema(implementation = UploadForm.class)))
 * Task addImage(@Parameter(hidden = true) Identity caller, @PathVariable long id,
 *     @Parameter(hidden = true) Upload upload) {
 *   Attachment image = attachments.store(upload, caller.username());
 *   return tasks.addImage(id, image.id(), Actor.user(caller));
 * }
 * }</pre>
 */
public final class Upload {
  private final HttpRequest<?> request;

  Upload(HttpRequest<?> request) {
    this.request = request;
  }

  HttpRequest<?> request() {
    return request;
  }
}

package io.crewline.attachment;

import io.crewline.account.Identity;
import io.crewline.platform.http.IdempotentAnswers;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.net.URI;
import java.time.Instant;

/** Uploads and downloads. */
@Controller("/api/attachments")
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "Attachments")
class AttachmentController {
  private final AttachmentService attachments;
  private final AttachmentAccess access;
  private final AttachmentDownloads downloads;
  private final AttachmentLinks links;
  private final IdempotentAnswers answers;

  AttachmentController(
      AttachmentService attachments,
      AttachmentAccess access,
      AttachmentDownloads downloads,
      AttachmentLinks links,
      IdempotentAnswers answers) {
    this.access = access;
    this.attachments = attachments;
    this.downloads = downloads;
    this.links = links;
    this.answers = answers;
  }

  /**
   * Addresses that need no login.
   *
   * @param url of the image
   * @param thumbnailUrl of its thumbnail
   * @param expiresAt until when both work
   */
  @Serdeable
  @Schema(name = "AttachmentLink", example = AttachmentExamples.LINK)
  record Link(String url, String thumbnailUrl, Instant expiresAt) {}

  /**
   * Uploads an image, for a message to be sent with it: JPEG, PNG, WebP or GIF, by default at most
   * 10 MiB and 40 million pixels. Its type is known by its content; a part whose Content-Type says
   * another is refused. Metadata, such as where a photo was taken, is removed. Until a message has
   * it only its uploader sees it, and after 24 hours it is removed.
   */
  @Post(consumes = MediaType.MULTIPART_FORM_DATA)
  @Operation(operationId = "uploadAttachment")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.MULTIPART_FORM_DATA,
              schema = @Schema(implementation = UploadForm.class)))
  @ApiResponse(responseCode = "201", description = "The image", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "413", description = "Too many bytes or pixels")
  @ApiResponse(
      responseCode = "415",
      description = "Not an image that is accepted, broken, or not what its part says")
  HttpResponse<Attachment> upload(
      @Parameter(hidden = true) Identity caller, @Parameter(hidden = true) Upload upload) {
    return attachments.store(
        upload,
        caller.username(),
        keep ->
            answers.commit(keep, stored -> HttpResponse.created(stored, URI.create(stored.url()))));
  }

  /**
   * The image. Whoever may read what it belongs to may read it: the messages of a room, a task. It
   * never changes; {@code ETag}, {@code If-None-Match}, {@code Range} and {@code If-Range} work.
   *
   * @param id of the attachment
   */
  @Get("/{id}")
  @Produces(MediaType.ALL)
  @Operation(operationId = "downloadAttachment")
  @ApiResponse(
      responseCode = "200",
      description = "The image",
      content =
          @Content(mediaType = "image/*", schema = @Schema(type = "string", format = "binary")))
  HttpResponse<?> image(
      @Parameter(hidden = true) Identity caller,
      @Parameter(hidden = true) HttpRequest<?> request,
      @PathVariable long id) {
    return downloads.answer(request, access.require(caller, id), false);
  }

  /**
   * A small picture of the image, JPEG or PNG, at most 320 pixels long; otherwise as the image.
   *
   * @param id of the attachment
   */
  @Get("/{id}/thumbnail")
  @Produces(MediaType.ALL)
  @Operation(operationId = "downloadThumbnail")
  @ApiResponse(
      responseCode = "200",
      description = "The thumbnail",
      content =
          @Content(mediaType = "image/*", schema = @Schema(type = "string", format = "binary")))
  HttpResponse<?> thumbnail(
      @Parameter(hidden = true) Identity caller,
      @Parameter(hidden = true) HttpRequest<?> request,
      @PathVariable long id) {
    return downloads.answer(request, access.require(caller, id), true);
  }

  /**
   * Addresses of the image and its thumbnail that need no login for 10 to 20 minutes, for {@code
   * <img>}. Whoever has them can see the image.
   *
   * @param id of the attachment
   */
  @Get("/{id}/link")
  @Operation(operationId = "linkAttachment")
  @ApiResponse(responseCode = "200", description = "The addresses", useReturnTypeSchema = true)
  Link link(@Parameter(hidden = true) Identity caller, @PathVariable long id) {
    access.require(caller, id);
    Instant end = links.end();
    return new Link(links.link(id, false, end), links.link(id, true, end), end);
  }
}

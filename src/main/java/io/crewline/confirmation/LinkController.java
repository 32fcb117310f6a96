package io.crewline.confirmation;

import io.crewline.attachment.AttachmentDownloads;
import io.crewline.attachment.AttachmentService;
import io.crewline.attachment.Upload;
import io.crewline.attachment.UploadForm;
import io.crewline.platform.ApiException;
import io.crewline.platform.JsonInput;
import io.crewline.task.EmployeeRef;
import io.crewline.task.Task;
import io.crewline.task.TaskService;
import io.crewline.task.TaskStatus;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Header;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.micronaut.http.annotation.Put;
import io.micronaut.json.tree.JsonNode;
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
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an employee does by link. Whoever has the token is the employee. */
@Controller("/api/confirm/{token}")
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "Confirm")
final class LinkController {
  private static final String KEY =
      "Makes the call safe to repeat as long as the link is valid: a repeat has no effect, and is"
          + " answered with the task. Printable ASCII.";

  private final LinkAccess access;
  private final LinkService links;
  private final AttachmentService attachments;
  private final AttachmentDownloads downloads;

  LinkController(
      LinkAccess access,
      LinkService links,
      AttachmentService attachments,
      AttachmentDownloads downloads) {
    this.access = access;
    this.links = links;
    this.attachments = attachments;
    this.downloads = downloads;
  }

  /**
   * A status to be set.
   *
   * @param status acknowledged, inProgress or done
   * @param note is added to the task's notes
   */
  @Serdeable
  @Schema(name = "LinkStatusRequest", example = ConfirmationExamples.STATUS)
  record LinkStatusRequest(
      @Schema(
              requiredMode = Schema.RequiredMode.REQUIRED,
              implementation = TaskStatus.class,
              nullable = false)
          @Nullable String status,
      @Schema(maxLength = 10_000) @Nullable String note) {}

  /** Whose link it is, and its tasks. Changes nothing, however often it is opened. */
  @Get
  @Operation(operationId = "getLink")
  @ApiResponse(responseCode = "200", description = "As it is now", useReturnTypeSchema = true)
  LinkView get(@Parameter(hidden = true) HttpRequest<?> http, @PathVariable String token) {
    return access.by(http, token, hash -> view(links.show(hash), token));
  }

  /**
   * Says that the employee has received the tasks: one `task:updated` for each that changes by it.
   * A repeat changes nothing and gets the same answer.
   */
  @Post("/acknowledge")
  @Operation(operationId = "acknowledgeLink")
  @ApiResponse(responseCode = "200", description = "As it is now", useReturnTypeSchema = true)
  LinkView acknowledge(@Parameter(hidden = true) HttpRequest<?> http, @PathVariable String token) {
    return access.by(http, token, hash -> view(links.acknowledge(hash), token));
  }

  /**
   * Sets the status of a task on the link, with a note if there is one: one `task:updated`. The
   * same again changes nothing and makes no event, also with a note, as long as nobody has set
   * another status in the meantime. A task that is not, or no longer, on the link is not found.
   */
  @Put("/task/{taskId}")
  @Operation(operationId = "setStatusByLink")
  @ApiResponse(
      responseCode = "200",
      description = "The task as it is now",
      useReturnTypeSchema = true)
  @ApiResponse(
      responseCode = "422",
      description = "The status may not follow; the detail names those that may")
  @RequestBody(
      required = true,
      content = @Content(schema = @Schema(implementation = LinkStatusRequest.class)))
  Task setStatus(
      @Parameter(hidden = true) HttpRequest<?> http,
      @PathVariable String token,
      @PathVariable String taskId,
      @Parameter(description = KEY, example = "5b1f7a", schema = @Schema(maxLength = 255))
          @Header("Idempotency-Key")
          @Nullable String key,
      @Body JsonNode body) {
    return access.by(
        http,
        token,
        hash -> {
          access.check(hash);
          JsonInput input = new JsonInput(body);
          TaskStatus status = input.string("status", (field, name) -> status(name));
          // The service checks the note again; what is sent twice must be the same to the letter.
          input.optionalText("note", TaskService.NOTE_LENGTH);
          String note = input.string("note");
          String checkedKey = input.<@Nullable String>read(() -> key(key), null);
          input.check();
          Task task =
              links.setStatus(hash, id(taskId), Objects.requireNonNull(status), note, checkedKey);
          return LinkTask.withImages(task, token);
        });
  }

  /**
   * Adds a photo to a task on the link: one `task:updated`. JPEG, PNG, WebP or GIF; metadata, such
   * as where it was taken, is removed.
   */
  @Post(value = "/task/{taskId}/images", consumes = MediaType.MULTIPART_FORM_DATA)
  @Operation(operationId = "addImageByLink")
  @RequestBody(
      content =
          @Content(
              mediaType = MediaType.MULTIPART_FORM_DATA,
              schema = @Schema(implementation = UploadForm.class)))
  @ApiResponse(
      responseCode = "200",
      description = "The task as it is now",
      useReturnTypeSchema = true)
  @ApiResponse(responseCode = "413", description = "Too many bytes or pixels")
  @ApiResponse(
      responseCode = "415",
      description = "Not an image that is accepted, broken, or not what its part says")
  @ApiResponse(
      responseCode = "422",
      description = "The task has 50 images, or the key was used with another request")
  Task addImage(
      @Parameter(hidden = true) HttpRequest<?> http,
      @PathVariable String token,
      @PathVariable String taskId,
      @Parameter(description = KEY, example = "5b1f7a", schema = @Schema(maxLength = 255))
          @Header("Idempotency-Key")
          @Nullable String key,
      @Parameter(hidden = true) Upload upload) {
    return access.by(
        http,
        token,
        hash -> LinkTask.withImages(addImage(hash, id(taskId), key(key), upload), token));
  }

  /** An image of a task on the link. It never changes; ranges and conditions work. */
  @Get("/images/{imageId}")
  @Produces(MediaType.ALL)
  @Operation(operationId = "downloadImageByLink")
  @ApiResponse(
      responseCode = "200",
      description = "The image",
      content =
          @Content(mediaType = "image/*", schema = @Schema(type = "string", format = "binary")))
  HttpResponse<?> image(
      @Parameter(hidden = true) HttpRequest<?> http,
      @PathVariable String token,
      @Parameter(description = "The id of the image", example = "12") @PathVariable
          String imageId) {
    return image(http, token, id(imageId), false);
  }

  /** A small picture of an image, JPEG or PNG, at most 320 pixels long; otherwise as the image. */
  @Get("/images/{imageId}/thumbnail")
  @Produces(MediaType.ALL)
  @Operation(operationId = "downloadThumbnailByLink")
  @ApiResponse(
      responseCode = "200",
      description = "The thumbnail",
      content =
          @Content(mediaType = "image/*", schema = @Schema(type = "string", format = "binary")))
  HttpResponse<?> thumbnail(
      @Parameter(hidden = true) HttpRequest<?> http,
      @PathVariable String token,
      @Parameter(description = "The id of the image", example = "12") @PathVariable
          String imageId) {
    return image(http, token, id(imageId), true);
  }

  private HttpResponse<?> image(
      HttpRequest<?> http, String token, long imageId, boolean thumbnail) {
    return access.by(
        http,
        token,
        hash -> {
          links.requireImage(hash, imageId);
          return downloads.answer(http, imageId, thumbnail);
        });
  }

  /** Stores the photo before the transaction that adds it, unless it was added before. */
  Task addImage(byte[] hash, long taskId, @Nullable String key, Upload upload) {
    Optional<Task> before = links.addedBefore(hash, taskId, key);
    return before.orElseGet(
        () -> links.addImage(hash, taskId, attachments.store(upload, null).id(), key));
  }

  private static LinkView view(LinkService.Shown shown, String token) {
    return new LinkView(
        new EmployeeRef(shown.link().employee().id(), shown.link().employee().name()),
        shown.link().row().acknowledgedAt(),
        shown.link().row().expiresAt(),
        shown.tasks().stream().map(task -> LinkTask.of(task, token)).toList());
  }

  static TaskStatus status(@Nullable String name) {
    TaskStatus status = TaskStatus.ofWireName(name);
    if (status == null) {
      throw ApiException.badField(
          "status",
          name == null
              ? "is required"
              : "must be one of " + String.join(", ", TaskStatus.wireNames()));
    }
    return status;
  }

  /** What is no id is not found. */
  static long id(String id) {
    try {
      return Long.parseLong(id);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  static @Nullable String key(@Nullable String key) {
    if (key != null
        && (key.isBlank()
            || key.length() > 255
            || !key.chars().allMatch(c -> c >= 0x20 && c < 0x7f))) {
      throw ApiException.badField(
          "Idempotency-Key", "must be one value of 1 to 255 printable ASCII characters");
    }
    return key;
  }
}

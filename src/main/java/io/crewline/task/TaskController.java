package io.crewline.task;

import io.crewline.account.Identity;
import io.crewline.attachment.Attachment;
import io.crewline.attachment.AttachmentService;
import io.crewline.attachment.Upload;
import io.crewline.attachment.UploadForm;
import io.crewline.platform.InputErrors;
import io.crewline.platform.JsonInput;
import io.crewline.platform.Paging;
import io.crewline.platform.http.IdempotentAnswers;
import io.crewline.task.TaskSearch.Found;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Header;
import io.micronaut.http.annotation.Patch;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Put;
import io.micronaut.http.annotation.QueryValue;
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
import java.net.URI;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tasks. */
@Controller("/api/tasks")
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "Tasks")
class TaskController {
  private static final String MERGE_PATCH = "application/merge-patch+json";

  private final TaskDesk desk;
  private final TaskSearch search;
  private final AttachmentService attachments;
  private final IdempotentAnswers answers;

  TaskController(
      TaskDesk desk, TaskSearch search, AttachmentService attachments, IdempotentAnswers answers) {
    this.desk = desk;
    this.search = search;
    this.attachments = attachments;
    this.answers = answers;
  }

  /**
   * Another thing that a task links to, as it is read.
   *
   * @param id its id
   * @param name ignored
   */
  @Serdeable
  @Schema(name = "TaskLink", example = "{\"id\": 5}")
  record TaskLink(
      @Schema(requiredMode = Schema.RequiredMode.REQUIRED) long id, @Nullable String name) {}

  /**
   * What a task is to be. What a task is read as is taken too: of its other fields `id` must be
   * that of the path, and the rest is ignored.
   *
   * @param title at most 200 characters, not blank
   * @param description at most 10,000 characters
   * @param status must be one that may follow; where none is named it follows from the employee
   * @param priority default {@code normal}
   * @param systemId the system that it is about
   * @param employeeId whose it is
   * @param system the system in the shape in which it is read, in place of `systemId`; both only
   *     when they agree
   * @param employee likewise
   * @param version the version that the caller knows, for changes: if it has moved on, the answer
   *     is 409
   */
  @Serdeable
  @Schema(name = "TaskRequest", example = TaskExamples.NEW_TASK)
  record TaskRequest(
      @Schema(requiredMode = Schema.RequiredMode.REQUIRED, minLength = 1, maxLength = 200)
          String title,
      @Schema(maxLength = 10_000) @Nullable String description,
      @Nullable TaskStatus status,
      @Nullable TaskPriority priority,
      @Nullable Long systemId,
      @Nullable Long employeeId,
      @Nullable TaskLink system,
      @Nullable TaskLink employee,
      @Nullable Instant dueAt,
      @Nullable Long version) {}

  /**
   * A change of a task as a merge patch (RFC 7396): what is absent stays, null removes. Title and
   * status cannot be removed; a priority that is removed is {@code normal}.
   *
   * @param title at most 200 characters, not blank
   * @param description at most 10,000 characters
   * @param status must be one that may follow
   * @param systemId the system that it is about
   * @param employeeId whose it is
   * @param system the system in the shape in which it is read, in place of `systemId`; both only
   *     when they agree
   * @param employee likewise
   * @param version the version that the caller knows: if it has moved on, the answer is 409
   */
  @Serdeable
  @Schema(name = "TaskPatch", example = TaskExamples.TASK_PATCH)
  record TaskPatch(
      @Schema(nullable = false, minLength = 1, maxLength = 200) @Nullable String title,
      @Schema(maxLength = 10_000) @Nullable String description,
      @Schema(nullable = false) @Nullable TaskStatus status,
      @Nullable TaskPriority priority,
      @Nullable Long systemId,
      @Nullable Long employeeId,
      @Nullable TaskLink system,
      @Nullable TaskLink employee,
      @Nullable Instant dueAt,
      @Nullable Long version) {}

  /**
   * A note.
   *
   * @param text at most 10,000 characters, not blank
   */
  @Serdeable
  @Schema(name = "NoteRequest", example = TaskExamples.NOTE)
  record NoteRequest(
      @Schema(
              requiredMode = Schema.RequiredMode.REQUIRED,
              nullable = false,
              minLength = 1,
              maxLength = 10_000)
          @Nullable String text) {}

  /**
   * A page of tasks.
   *
   * @param nextCursor for the next page; null at the end
   */
  @Serdeable
  @Schema(name = "TaskPage", example = TaskExamples.TASKS)
  record TaskPage(
      List<Task> items,
      @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable String nextCursor) {}

  /**
   * The tasks that the caller sees: managers all, members those of their employee. All filters
   * together hold. A page may have fewer than {@code limit} when tasks are large; a task that
   * changes its place in the order while pages are read may be met twice or not at all, others are
   * met once.
   */
  @Get
  @Operation(operationId = "listTasks")
  @ApiResponse(responseCode = "200", description = "A page of tasks", useReturnTypeSchema = true)
  TaskPage list(
      @Parameter(hidden = true) Identity caller,
      @Parameter(description = "Some statuses with commas between", example = "open,assigned")
          @QueryValue
          @Nullable String status,
      @Parameter(description = "The id of an employee, or `none`", example = "5") @QueryValue
          @Nullable String employee,
      @Parameter(description = "The same, as the body of a task calls it", example = "5")
          @QueryValue
          @Nullable String employeeId,
      @Parameter(description = "The id of a system, or `none`", example = "2") @QueryValue
          @Nullable String system,
      @Parameter(description = "The same, as the body of a task calls it", example = "2")
          @QueryValue
          @Nullable String systemId,
      @Parameter(description = "Some priorities with commas between", example = "high,urgent")
          @QueryValue
          @Nullable String priority,
      @Parameter(description = "Due before that time", example = "2026-03-31T00:00:00Z") @QueryValue
          @Nullable String dueBefore,
      @Parameter(description = "Due after that time", example = "2026-03-01T00:00:00Z") @QueryValue
          @Nullable String dueAfter,
      @Parameter(
              description = "What title or description contain, in any case; 200 characters",
              example = "seal")
          @QueryValue
          @Nullable String text,
      @Parameter(
              description =
                  "`createdAt`, `updatedAt`, `dueAt`, `priority` or `status`, with `-` in front for"
                      + " the greatest first; default `-createdAt`",
              example = "dueAt")
          @QueryValue
          @Nullable String sort,
      @QueryValue(defaultValue = "50") int limit,
      @QueryValue @Nullable String cursor) {
    InputErrors errors = new InputErrors();
    int checked = errors.read(() -> Paging.limit(limit), 1);
    TaskSort order = errors.read(() -> TaskSort.parse(sort), TaskSort.parse(null));
    TaskFilter filter = new TaskFilter();
    errors.read(() -> filter.status(status), filter);
    errors.read(() -> filter.employee(employee, employeeId), filter);
    errors.read(() -> filter.system(system, systemId), filter);
    errors.read(() -> filter.priority(priority), filter);
    errors.read(() -> filter.dueBefore(dueBefore), filter);
    errors.read(() -> filter.dueAfter(dueAfter), filter);
    errors.read(() -> filter.text(text), filter);
    errors.check();
    Found found = search.list(caller, filter, order, checked, cursor);
    return new TaskPage(
        found.tasks(),
        found.more()
            ? Paging.cursor(TaskSearch.LIST, order.cursor(order.placeOf(found.tasks().getLast())))
            : null);
  }

  /**
   * Creates a task. It is {@code open}, or {@code assigned} if an employee is named; another status
   * may be named that may follow {@code open}. Managers only.
   */
  @Post
  @Operation(operationId = "createTask")
  @RequestBody(
      required = true,
      content = @Content(schema = @Schema(implementation = TaskRequest.class)))
  @ApiResponse(responseCode = "201", description = "The new task", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = "The caller is no manager")
  HttpResponse<Task> create(@Parameter(hidden = true) Identity caller, @Body JsonNode body) {
    TaskInput input = TaskInput.create(body);
    return answers.commit(
        () -> desk.create(caller, input),
        task -> tagged(HttpResponse.created(task, URI.create("/api/tasks/" + task.id())), task));
  }

  /** One task. Its {@code ETag} is its version. */
  @Get("/{id}")
  @Operation(operationId = "getTask")
  @ApiResponse(responseCode = "200", description = "The task", useReturnTypeSchema = true)
  HttpResponse<Task> get(
      @Parameter(hidden = true) Identity caller,
      @Parameter(description = "The id of the task", example = "17") @PathVariable long id) {
    return ok(search.get(caller, id));
  }

  /**
   * Replaces a task: what is absent gets its default. The status stays where none is named, but for
   * what follows from the employee. Managers only. The same again changes nothing.
   */
  @Put("/{id}")
  @Operation(operationId = "replaceTask")
  @RequestBody(
      required = true,
      content = @Content(schema = @Schema(implementation = TaskRequest.class)))
  @ApiResponse(responseCode = "200", description = "As it is now", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = "The caller is no manager")
  @ApiResponse(
      responseCode = "409",
      description = "The task is not at the given version; `current` is the task as it is now")
  @ApiResponse(
      responseCode = "422",
      description = "The status may not follow; `allowed` names those that may")
  HttpResponse<Task> replace(
      @Parameter(hidden = true) Identity caller,
      @Parameter(description = "The id of the task", example = "17") @PathVariable long id,
      @Parameter(description = "The `ETag` that the caller knows", example = "\"2\"")
          @Header(HttpHeaders.IF_MATCH)
          @Nullable String ifMatch,
      @Body JsonNode body) {
    return ok(
        desk.change(caller, id, TaskInput.replace(id, body), IfMatch.versions(ifMatch), true));
  }

  /**
   * Changes a task by a merge patch (RFC 7396), as {@code application/json} or {@code
   * application/merge-patch+json}. Managers change everything, members the status of their own
   * tasks. A change that changes nothing makes no event.
   */
  @Patch("/{id}")
  @Consumes({MediaType.APPLICATION_JSON, MERGE_PATCH})
  @Operation(operationId = "updateTask")
  @RequestBody(
      required = true,
      content = {
        @Content(
            mediaType = MediaType.APPLICATION_JSON,
            schema = @Schema(implementation = TaskPatch.class)),
        @Content(mediaType = MERGE_PATCH, schema = @Schema(implementation = TaskPatch.class))
      })
  @ApiResponse(responseCode = "200", description = "As it is now", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = "A member names more than the status")
  @ApiResponse(
      responseCode = "409",
      description = "The task is not at the given version; `current` is the task as it is now")
  @ApiResponse(
      responseCode = "422",
      description = "The status may not follow; `allowed` names those that may")
  HttpResponse<Task> update(
      @Parameter(hidden = true) Identity caller,
      @Parameter(description = "The id of the task", example = "17") @PathVariable long id,
      @Parameter(description = "The `ETag` that the caller knows", example = "\"2\"")
          @Header(HttpHeaders.IF_MATCH)
          @Nullable String ifMatch,
      @Body JsonNode body) {
    return ok(desk.change(caller, id, TaskInput.patch(id, body), IfMatch.versions(ifMatch), false));
  }

  /** Deletes a task with its notes and images. Managers only. */
  @Delete("/{id}")
  @Operation(operationId = "deleteTask")
  @ApiResponse(responseCode = "204", description = "It is gone")
  @ApiResponse(responseCode = "403", description = "The caller is no manager")
  @ApiResponse(
      responseCode = "409",
      description = "The task is not at the given version; `current` is the task as it is now")
  HttpResponse<?> delete(
      @Parameter(hidden = true) Identity caller,
      @Parameter(description = "The id of the task", example = "17") @PathVariable long id,
      @Parameter(description = "The `ETag` that the caller knows", example = "\"2\"")
          @Header(HttpHeaders.IF_MATCH)
          @Nullable String ifMatch) {
    desk.delete(caller, id, IfMatch.versions(ifMatch));
    return HttpResponse.noContent();
  }

  /** Adds a note; whoever sees the task may. A task has at most 100 notes, then 422. */
  @Post("/{id}/notes")
  @Operation(operationId = "addTaskNote")
  @ApiResponse(responseCode = "201", description = "The note", useReturnTypeSchema = true)
  @RequestBody(
      required = true,
      content = @Content(schema = @Schema(implementation = NoteRequest.class)))
  HttpResponse<TaskNote> addNote(
      @Parameter(hidden = true) Identity caller,
      @Parameter(description = "The id of the task", example = "17") @PathVariable long id,
      @Body JsonNode body) {
    JsonInput input = new JsonInput(body);
    String text = input.requiredText("text", TaskService.NOTE_LENGTH);
    input.check();
    return answers.commit(
        () -> desk.addNote(caller, id, text).notes().getLast(),
        note -> HttpResponse.created(note, URI.create("/api/tasks/" + id)));
  }

  /**
   * Adds an image, as the part {@code file} of a form; whoever sees the task may. A task has at
   * most 50 images, then 422.
   */
  @Post("/{id}/images")
  @Consumes(MediaType.MULTIPART_FORM_DATA)
  @Operation(operationId = "addTaskImage")
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
  HttpResponse<TaskImage> addImage(
      @Parameter(hidden = true) Identity caller,
      @Parameter(description = "The id of the task", example = "17") @PathVariable long id,
      @Parameter(hidden = true) Upload upload) {
    // Before anything of the upload is read, and again when it is added.
    Task seen = search.get(caller, id);
    Attachment stored = attachments.store(upload, null);
    return answers.commit(
        () -> desk.addImage(caller, seen.id(), stored.id()).images().getLast(),
        image -> HttpResponse.created(image, URI.create(image.url())));
  }

  /** Takes an image away; managers may, and whoever added it. */
  @Delete("/{id}/images/{imageId}")
  @Operation(operationId = "deleteTaskImage")
  @ApiResponse(responseCode = "204", description = "It is gone")
  @ApiResponse(responseCode = "403", description = "A member, and another added it")
  HttpResponse<?> removeImage(
      @Parameter(hidden = true) Identity caller,
      @Parameter(description = "The id of the task", example = "17") @PathVariable long id,
      @Parameter(description = "The id of the image", example = "7") @PathVariable long imageId) {
    desk.removeImage(caller, id, imageId);
    return HttpResponse.noContent();
  }

  private static HttpResponse<Task> ok(Task task) {
    return tagged(HttpResponse.ok(task), task);
  }

  private static HttpResponse<Task> tagged(MutableHttpResponse<Task> response, Task task) {
    return response.header(HttpHeaders.ETAG, "\"" + task.version() + "\"");
  }
}

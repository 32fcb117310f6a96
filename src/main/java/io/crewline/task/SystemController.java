package io.crewline.task;

import io.crewline.account.Identity;
import io.crewline.platform.Paging;
import io.crewline.platform.http.IdempotentAnswers;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
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
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The things that tasks are about. */
@Controller("/api/systems")
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "Systems")
class SystemController {
  private final SystemService systems;
  private final IdempotentAnswers answers;

  SystemController(SystemService systems, IdempotentAnswers answers) {
    this.systems = systems;
    this.answers = answers;
  }

  /**
   * What a system is to be.
   *
   * @param name at most 200 characters, not blank
   * @param description at most 10,000 characters
   */
  @Serdeable
  @Schema(name = "SystemRequest", example = TaskExamples.NEW_SYSTEM)
  record SystemRequest(
      @Schema(requiredMode = Schema.RequiredMode.REQUIRED, minLength = 1, maxLength = 200)
          String name,
      @Schema(maxLength = 10_000) @Nullable String description) {}

  /**
   * A change of a system as a merge patch (RFC 7396): what is absent stays, null removes. The name
   * cannot be removed.
   *
   * @param name at most 200 characters, not blank
   * @param description at most 10,000 characters
   */
  @Serdeable
  @Schema(name = "SystemPatch", example = TaskExamples.SYSTEM_PATCH)
  record SystemPatch(
      @Schema(nullable = false, minLength = 1, maxLength = 200) @Nullable String name,
      @Schema(maxLength = 10_000) @Nullable String description) {}

  /**
   * A page of systems.
   *
   * @param nextCursor for the next page; null at the end
   */
  @Serdeable
  @Schema(name = "SystemPage", example = TaskExamples.SYSTEMS)
  record SystemPage(
      List<TaskSystem> items,
      @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable String nextCursor) {}

  /** Systems by id: managers see all, members those that their tasks show. */
  @Get
  @Operation(operationId = "listSystems")
  @ApiResponse(responseCode = "200", description = "A page of systems", useReturnTypeSchema = true)
  SystemPage list(
      @Parameter(hidden = true) Identity caller,
      @QueryValue(defaultValue = "50") int limit,
      @QueryValue @Nullable String cursor) {
    int checked = Paging.limit(limit);
    List<TaskSystem> found = systems.list(caller, IdCursor.after("systems", cursor), checked + 1);
    boolean more = found.size() > checked;
    List<TaskSystem> page = more ? found.subList(0, checked) : found;
    return new SystemPage(page, more ? IdCursor.of("systems", page.getLast().id()) : null);
  }

  /** Creates a system. Managers only. */
  @Post
  @Operation(operationId = "createSystem")
  @RequestBody(
      required = true,
      content = @Content(schema = @Schema(implementation = SystemRequest.class)))
  @ApiResponse(responseCode = "201", description = "The new system", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = "The caller is no manager")
  HttpResponse<TaskSystem> create(@Parameter(hidden = true) Identity caller, @Body JsonNode body) {
    SystemInput input = SystemInput.whole(body);
    return answers.commit(
        () -> systems.create(caller, input),
        system -> HttpResponse.created(system, URI.create("/api/systems/" + system.id())));
  }

  /** One system. */
  @Get("/{id}")
  @Operation(operationId = "getSystem")
  @ApiResponse(responseCode = "200", description = "The system", useReturnTypeSchema = true)
  TaskSystem get(
      @Parameter(hidden = true) Identity caller,
      @Parameter(description = "The id of the system", example = "2") @PathVariable long id) {
    return systems.get(caller, id);
  }

  /**
   * Replaces a system: what is absent gets its default. A new name changes each task that shows it,
   * with an event for each. Managers only.
   */
  @Put("/{id}")
  @Operation(operationId = "replaceSystem")
  @RequestBody(
      required = true,
      content = @Content(schema = @Schema(implementation = SystemRequest.class)))
  @ApiResponse(responseCode = "200", description = "As it is now", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = "The caller is no manager")
  TaskSystem replace(
      @Parameter(hidden = true) Identity caller,
      @Parameter(description = "The id of the system", example = "2") @PathVariable long id,
      @Body JsonNode body) {
    return systems.change(caller, id, SystemInput.whole(body));
  }

  /**
   * Changes a system by a merge patch (RFC 7396). A new name changes each task that shows it, with
   * an event for each. Managers only.
   */
  @Patch("/{id}")
  @Consumes({MediaType.APPLICATION_JSON, "application/merge-patch+json"})
  @Operation(operationId = "updateSystem")
  @RequestBody(
      required = true,
      content = @Content(schema = @Schema(implementation = SystemPatch.class)))
  @ApiResponse(responseCode = "200", description = "As it is now", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = "The caller is no manager")
  TaskSystem update(
      @Parameter(hidden = true) Identity caller,
      @Parameter(description = "The id of the system", example = "2") @PathVariable long id,
      @Body JsonNode body) {
    return systems.change(caller, id, SystemInput.patch(body));
  }

  /**
   * Deletes a system. Tasks that are about it stay, without a system, with an event for each.
   * Managers only.
   */
  @Delete("/{id}")
  @Operation(operationId = "deleteSystem")
  @ApiResponse(responseCode = "204", description = "It is gone")
  @ApiResponse(responseCode = "403", description = "The caller is no manager")
  HttpResponse<?> delete(
      @Parameter(hidden = true) Identity caller,
      @Parameter(description = "The id of the system", example = "2") @PathVariable long id) {
    systems.delete(caller, id);
    return HttpResponse.noContent();
  }
}

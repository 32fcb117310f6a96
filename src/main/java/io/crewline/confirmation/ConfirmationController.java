package io.crewline.confirmation;

import io.crewline.account.Identity;
import io.crewline.platform.ApiException;
import io.crewline.platform.JsonInput;
import io.crewline.platform.JsonValues;
import io.crewline.platform.Paging;
import io.crewline.platform.http.IdempotentAnswers;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Confirmation links, for managers. */
@Controller("/api/confirmations")
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "Confirmations")
final class ConfirmationController {
  private final ConfirmationService confirmations;
  private final PublicAddress address;
  private final IdempotentAnswers answers;

  ConfirmationController(
      ConfirmationService confirmations, PublicAddress address, IdempotentAnswers answers) {
    this.confirmations = confirmations;
    this.address = address;
    this.answers = answers;
  }

  /**
   * A link to be made.
   *
   * @param employeeId whose it will be
   * @param taskIds what it asks about
   * @param expiresAt at most 90 days from now; default 14 days
   */
  @Serdeable
  @Schema(name = "CreateConfirmationRequest", example = ConfirmationExamples.CREATE)
  record CreateConfirmationRequest(
      @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable Long employeeId,
      @ArraySchema(
              minItems = 1,
              maxItems = ConfirmationService.MOST_TASKS,
              arraySchema = @Schema(requiredMode = Schema.RequiredMode.REQUIRED))
          @Nullable List<Long> taskIds,
      @Nullable Instant expiresAt) {}

  /**
   * A new link.
   *
   * @param token shown this once
   * @param url where the employee answers; has the token in it
   */
  @Serdeable
  @Schema(name = "CreatedConfirmation", example = ConfirmationExamples.CREATED)
  record CreatedConfirmation(
      long id,
      @Schema(minLength = 22) String token,
      @Schema(format = "uri") String url,
      Instant expiresAt) {
    @Override
    public String toString() {
      return "CreatedConfirmation[id=" + id + "]";
    }
  }

  /**
   * A page of confirmations.
   *
   * @param nextCursor for the next page; null at the end
   */
  @Serdeable
  @Schema(name = "ConfirmationPage", example = ConfirmationExamples.PAGE)
  record ConfirmationPage(
      List<Confirmation> items,
      @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable String nextCursor) {}

  /**
   * Makes a link. Managers. Tasks that are nobody's are assigned to the employee by this call, with
   * one `task:updated` each; a task of another employee is refused (400, naming it). Token and URL
   * are shown this once: a repeat with the same `Idempotency-Key` makes no second link, and learns
   * by 409 that the first one was made.
   */
  @Post
  @Operation(operationId = "createConfirmation")
  @ApiResponse(responseCode = "201", description = "The new link", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = "The caller is no manager")
  @RequestBody(
      required = true,
      content = @Content(schema = @Schema(implementation = CreateConfirmationRequest.class)))
  HttpResponse<CreatedConfirmation> create(
      @Parameter(hidden = true) Identity caller,
      @Parameter(hidden = true) HttpRequest<?> http,
      @Body JsonNode body) {
    JsonInput input = new JsonInput(body);
    Long employeeId = input.number("employeeId");
    input.require("employeeId");
    List<Long> taskIds = input.list("taskIds", ConfirmationService.MOST_TASKS, JsonValues::number);
    input.require("taskIds");
    Instant expiresAt = input.time("expiresAt");
    return answers.commit(
        () ->
            confirmations.create(
                caller,
                employeeId == null ? 0 : employeeId,
                taskIds == null ? List.of() : taskIds,
                expiresAt,
                input.errors()),
        created ->
            HttpResponse.created(
                new CreatedConfirmation(
                    created.id(),
                    created.token(),
                    address.of(http) + "/c/" + created.token(),
                    created.expiresAt()),
                URI.create("/api/confirmations/" + created.id())));
  }

  /** All links, the newest first, never with their tokens. Managers. */
  @Get
  @Operation(operationId = "listConfirmations")
  @ApiResponse(responseCode = "200", description = "A page", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = "The caller is no manager")
  ConfirmationPage list(
      @Parameter(hidden = true) Identity caller,
      @QueryValue(defaultValue = "50") int limit,
      @QueryValue @Nullable String cursor) {
    int checked = Paging.limit(limit);
    List<Confirmation> found = confirmations.list(caller, before(cursor), checked + 1);
    boolean more = found.size() > checked;
    List<Confirmation> page = more ? found.subList(0, checked) : found;
    return new ConfirmationPage(
        page, more ? Paging.cursor("confirmations", Long.toString(page.getLast().id())) : null);
  }

  private static long before(@Nullable String cursor) {
    String key = Paging.key("confirmations", cursor);
    try {
      return key.isEmpty() ? Long.MAX_VALUE : Long.parseLong(key);
    } catch (NumberFormatException e) {
      throw ApiException.badField("cursor", "is not one of this list");
    }
  }

  /** One link: who has it, whether it was acknowledged, and how far its tasks are. Managers. */
  @Get("/{id}")
  @Operation(operationId = "getConfirmation")
  @ApiResponse(responseCode = "200", description = "As it is now", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = "The caller is no manager")
  Confirmation get(
      @Parameter(hidden = true) Identity caller,
      @Parameter(description = "The id of the confirmation", example = "9") @PathVariable
          String id) {
    return confirmations.get(caller, id(id));
  }

  /** Revokes a link: it is not valid from now on. To do it again changes nothing. Managers. */
  @Delete("/{id}")
  @Operation(operationId = "revokeConfirmation")
  @ApiResponse(responseCode = "204", description = "It is not valid any more")
  @ApiResponse(responseCode = "403", description = "The caller is no manager")
  HttpResponse<?> revoke(
      @Parameter(hidden = true) Identity caller,
      @Parameter(description = "The id of the confirmation", example = "9") @PathVariable
          String id) {
    confirmations.revoke(caller, id(id));
    return HttpResponse.noContent();
  }

  /** What is no id is not found. */
  private static long id(String id) {
    try {
      return Long.parseLong(id);
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}

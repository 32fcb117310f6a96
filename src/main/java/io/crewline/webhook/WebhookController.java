package io.crewline.webhook;

import io.crewline.platform.http.IdempotentAnswers;
import io.crewline.platform.http.MergePatch;
import io.crewline.webhook.WebhookService.NewWebhook;
import io.micronaut.http.HttpRequest;
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
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** Webhooks and their deliveries, for administrators. */
@Controller("/api/webhooks")
@Secured("admin")
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "Webhooks")
class WebhookController {
  private static final String ID = "The id of the webhook";
  private static final String DELIVERY_ID = "The id of the delivery";
  private static final String FORBIDDEN = "The caller is no administrator";
  private static final String GONE = "There is no such webhook";
  private static final String NO_DELIVERY = "There is no such webhook or delivery";
  private static final String OFF =
      "The webhook is switched off, or the Idempotency-Key was used with another body";

  private final WebhookService webhooks;
  private final IdempotentAnswers answers;

  WebhookController(WebhookService webhooks, IdempotentAnswers answers) {
    this.webhooks = webhooks;
    this.answers = answers;
  }

  /** Webhooks in the order of their creation. Administrators only. */
  @Get
  @Operation(operationId = "listWebhooks")
  @ApiResponse(responseCode = "200", description = "A page of webhooks", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = FORBIDDEN)
  WebhookPage list(
      @QueryValue(defaultValue = "50") int limit, @QueryValue @Nullable String cursor) {
    return webhooks.list(limit, cursor);
  }

  /**
   * Creates a webhook. The answer has its secret, which is never shown again. Events that are
   * recorded more than a second later are sent. At most 100 webhooks. Administrators only.
   */
  @Post
  @Operation(operationId = "createWebhook")
  @ApiResponse(
      responseCode = "201",
      description = "The new webhook, with its secret",
      useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = FORBIDDEN)
  @RequestBody(
      required = true,
      content = @Content(schema = @Schema(implementation = WebhookRequest.class)))
  HttpResponse<WebhookResponse> create(@Body JsonNode body) {
    NewWebhook wanted = webhooks.check(body);
    return answers.commit(
        () -> webhooks.create(wanted),
        webhook ->
            HttpResponse.created(
                WebhookResponse.withSecret(webhook), URI.create("/api/webhooks/" + webhook.id())));
  }

  /** One webhook. Administrators only. */
  @Get("/{id}")
  @Operation(operationId = "getWebhook")
  @ApiResponse(responseCode = "200", description = "The webhook", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = FORBIDDEN)
  @ApiResponse(responseCode = "404", description = GONE)
  WebhookResponse get(@Parameter(description = ID, example = "7") @PathVariable long id) {
    return WebhookResponse.of(webhooks.require(id));
  }

  /**
   * Changes a webhook; what is absent stays, and in plain JSON what is null. A merge patch may
   * remove the description. While it is switched off nothing is recorded for it, and what was
   * recorded before waits. Administrators only.
   */
  @Patch("/{id}")
  @Consumes({MediaType.APPLICATION_JSON, MergePatch.MEDIA_TYPE})
  @Operation(operationId = "updateWebhook")
  @ApiResponse(responseCode = "200", description = "As it is now", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = FORBIDDEN)
  @ApiResponse(responseCode = "404", description = GONE)
  @RequestBody(
      required = true,
      content = {
        @Content(
            mediaType = MediaType.APPLICATION_JSON,
            schema = @Schema(implementation = WebhookRequest.class)),
        @Content(
            mediaType = MergePatch.MEDIA_TYPE,
            schema = @Schema(implementation = WebhookRequest.class))
      })
  WebhookResponse change(
      @Parameter(hidden = true) HttpRequest<?> http,
      @Parameter(description = ID, example = "7") @PathVariable long id,
      @Body JsonNode body) {
    return WebhookResponse.of(webhooks.change(id, MergePatch.read(http, body)));
  }

  /** Deletes a webhook and its deliveries, those that wait too. Administrators only. */
  @Delete("/{id}")
  @Operation(operationId = "deleteWebhook")
  @ApiResponse(responseCode = "204", description = "It is gone")
  @ApiResponse(responseCode = "403", description = FORBIDDEN)
  @ApiResponse(responseCode = "404", description = GONE)
  HttpResponse<?> delete(@Parameter(description = ID, example = "7") @PathVariable long id) {
    webhooks.delete(id);
    return HttpResponse.noContent();
  }

  /**
   * Gives a webhook a new secret, which the answer has and which is never shown again. The one
   * before signs too for 24 hours: then the header has two signatures. Administrators only.
   */
  @Post("/{id}/rotate-secret")
  @Operation(operationId = "rotateWebhookSecret")
  @ApiResponse(
      responseCode = "200",
      description = "The webhook, with its new secret",
      useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = FORBIDDEN)
  @ApiResponse(responseCode = "404", description = GONE)
  HttpResponse<WebhookResponse> rotateSecret(
      @Parameter(description = ID, example = "7") @PathVariable long id) {
    return answers.commit(
        () -> webhooks.rotateSecret(id),
        webhook -> HttpResponse.ok(WebhookResponse.withSecret(webhook)));
  }

  /** Sends an event of type `ping`, signed and tried as any other. Administrators only. */
  @Post("/{id}/ping")
  @Operation(operationId = "pingWebhook")
  @ApiResponse(responseCode = "202", description = "It is on its way", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = FORBIDDEN)
  @ApiResponse(responseCode = "404", description = GONE)
  @ApiResponse(responseCode = "422", description = OFF)
  HttpResponse<Delivery> ping(@Parameter(description = ID, example = "7") @PathVariable long id) {
    return answers.commit(() -> webhooks.ping(id), WebhookController::accepted);
  }

  /** Deliveries of a webhook, the newest first. Administrators only. */
  @Get("/{id}/deliveries")
  @Operation(operationId = "listWebhookDeliveries")
  @ApiResponse(
      responseCode = "200",
      description = "A page of deliveries",
      useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = FORBIDDEN)
  @ApiResponse(responseCode = "404", description = GONE)
  DeliveryPage deliveries(
      @Parameter(description = ID, example = "7") @PathVariable long id,
      @Parameter(
              description = "Only those in this state: `pending`, `delivered` or `dead`",
              example = "dead",
              schema = @Schema(allowableValues = {"pending", "delivered", "dead"}))
          @QueryValue
          @Nullable String state,
      @QueryValue(defaultValue = "50") int limit,
      @QueryValue @Nullable String cursor) {
    return webhooks.deliveries(id, DeliveryState.parse(state), limit, cursor);
  }

  /** One delivery. Administrators only. */
  @Get("/{id}/deliveries/{deliveryId}")
  @Operation(operationId = "getWebhookDelivery")
  @ApiResponse(responseCode = "200", description = "The delivery", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = FORBIDDEN)
  @ApiResponse(responseCode = "404", description = NO_DELIVERY)
  Delivery delivery(
      @Parameter(description = ID, example = "7") @PathVariable long id,
      @Parameter(description = DELIVERY_ID, example = "4711") @PathVariable long deliveryId) {
    return webhooks.delivery(id, deliveryId);
  }

  /**
   * Sends a delivery again, in whatever state it is, under the id that it had. Administrators only.
   */
  @Post("/{id}/deliveries/{deliveryId}/replay")
  @Operation(operationId = "replayWebhookDelivery")
  @ApiResponse(responseCode = "202", description = "It is on its way", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = FORBIDDEN)
  @ApiResponse(responseCode = "404", description = NO_DELIVERY)
  @ApiResponse(responseCode = "422", description = OFF)
  HttpResponse<Delivery> replay(
      @Parameter(description = ID, example = "7") @PathVariable long id,
      @Parameter(description = DELIVERY_ID, example = "4711") @PathVariable long deliveryId) {
    return answers.commit(() -> webhooks.replay(id, deliveryId), WebhookController::accepted);
  }

  /**
   * Dead letters: deliveries that were given up, the newest first. They are kept for 30 days.
   * Administrators only.
   */
  @Get("/{id}/dead-letters")
  @Operation(operationId = "listWebhookDeadLetters")
  @ApiResponse(
      responseCode = "200",
      description = "A page of dead letters",
      useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = FORBIDDEN)
  @ApiResponse(responseCode = "404", description = GONE)
  DeliveryPage deadLetters(
      @Parameter(description = ID, example = "7") @PathVariable long id,
      @QueryValue(defaultValue = "50") int limit,
      @QueryValue @Nullable String cursor) {
    return webhooks.deliveries(id, DeliveryState.DEAD, limit, cursor);
  }

  /** Sends all dead letters again, each under the id that it had. Administrators only. */
  @Post("/{id}/dead-letters/replay")
  @Operation(operationId = "replayWebhookDeadLetters")
  @ApiResponse(responseCode = "202", description = "They are due", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = FORBIDDEN)
  @ApiResponse(responseCode = "404", description = GONE)
  @ApiResponse(responseCode = "422", description = OFF)
  HttpResponse<ReplayedResponse> replayDeadLetters(
      @Parameter(description = ID, example = "7") @PathVariable long id) {
    return answers.commit(
        () -> new ReplayedResponse(webhooks.replayDead(id)), WebhookController::accepted);
  }

  private static <T> HttpResponse<T> accepted(T body) {
    return HttpResponse.<T>accepted().body(body);
  }
}

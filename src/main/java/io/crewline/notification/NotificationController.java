package io.crewline.notification;

import io.crewline.account.Identity;
import io.crewline.platform.ApiException;
import io.crewline.platform.http.IdempotentAnswers;
import io.crewline.platform.http.MergePatch;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Patch;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
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
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the caller is told. */
@Controller("/api/notifications")
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "Notifications")
class NotificationController {
  private final NotificationService notifications;
  private final NotificationPaging paging;
  private final IdempotentAnswers answers;

  NotificationController(
      NotificationService notifications, NotificationPaging paging, IdempotentAnswers answers) {
    this.notifications = notifications;
    this.paging = paging;
    this.answers = answers;
  }

  /**
   * A page of notifications.
   *
   * @param items newest first
   * @param nextCursor leads to older ones; null at the end
   * @param unread how many of all the caller's notifications are unread
   */
  @Serdeable
  @Schema(name = "NotificationPage", example = NotificationExamples.NOTIFICATIONS)
  record NotificationPage(
      List<Notification> items,
      @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable String nextCursor,
      long unread) {}

  /**
   * What is left.
   *
   * @param unread how many of all the caller's notifications are unread
   */
  @Serdeable
  @Schema(name = "UnreadNotifications", example = "{\"unread\": 0}")
  record UnreadNotifications(long unread) {}

  /**
   * The caller's notifications, newest first. The newest 1,000 are kept, and those that are read
   * for 90 days.
   *
   * @param unread true: only those that are not read; false, as without it: all
   */
  @Get
  @Operation(operationId = "listNotifications")
  @ApiResponse(
      responseCode = "200",
      description = "A page of notifications",
      useReturnTypeSchema = true)
  NotificationPage list(
      @Parameter(hidden = true) Identity caller,
      @QueryValue(defaultValue = "50") int limit,
      @QueryValue @Nullable String cursor,
      @Parameter(schema = @Schema(type = "boolean"), example = "true") @QueryValue
          @Nullable String unread) {
    if (unread != null && !unread.equals("true") && !unread.equals("false")) {
      throw ApiException.badField("unread", "must be true or false");
    }
    NotificationPaging.Page page = paging.page(caller, limit, cursor, "true".equals(unread));
    return new NotificationPage(page.items(), page.next(), page.unread());
  }

  /**
   * Marks one as read, on all devices of the caller; again changes nothing.
   *
   * @param id the id of the notification
   */
  @Post("/{id}/read")
  @Operation(operationId = "markNotificationRead")
  @ApiResponse(responseCode = "200", description = "What is unread now", useReturnTypeSchema = true)
  HttpResponse<UnreadNotifications> markRead(
      @Parameter(hidden = true) Identity caller, @PathVariable long id) {
    return answers.commit(() -> notifications.markRead(caller, id), NotificationController::left);
  }

  /** Marks all as read, on all devices of the caller; again changes nothing. */
  @Post("/read-all")
  @Operation(operationId = "markAllNotificationsRead")
  @ApiResponse(responseCode = "200", description = "What is unread now", useReturnTypeSchema = true)
  HttpResponse<UnreadNotifications> markAllRead(@Parameter(hidden = true) Identity caller) {
    return answers.commit(
        () -> notifications.markRead(caller, (List<Long>) null), NotificationController::left);
  }

  private static HttpResponse<UnreadNotifications> left(long unread) {
    return HttpResponse.ok(new UnreadNotifications(unread));
  }

  /** What the caller wants to be told. */
  @Get("/settings")
  @Operation(operationId = "getNotificationSettings")
  @ApiResponse(responseCode = "200", description = "Kind by kind", useReturnTypeSchema = true)
  NotificationSettings settings(@Parameter(hidden = true) Identity caller) {
    return notifications.settings(caller);
  }

  /** Switches kinds on and off. A kind that is off makes no notifications from then on. */
  @Patch("/settings")
  @Consumes({MediaType.APPLICATION_JSON, MergePatch.MEDIA_TYPE})
  @Operation(operationId = "updateNotificationSettings")
  @ApiResponse(responseCode = "200", description = "As they are now", useReturnTypeSchema = true)
  @RequestBody(
      required = true,
      content = {
        @Content(
            mediaType = MediaType.APPLICATION_JSON,
            schema = @Schema(implementation = NotificationSettings.Request.class)),
        @Content(
            mediaType = MergePatch.MEDIA_TYPE,
            schema = @Schema(implementation = NotificationSettings.Request.class))
      })
  NotificationSettings change(
      @Parameter(hidden = true) Identity caller,
      @Parameter(hidden = true) HttpRequest<?> http,
      @Body JsonNode body) {
    return notifications.change(caller, NotificationSettings.wanted(MergePatch.read(http, body)));
  }
}

package io.crewline.chat;

import io.crewline.account.Identity;
import io.crewline.chat.MessageService.Span;
import io.crewline.platform.ApiException;
import io.crewline.platform.JsonInput;
import io.crewline.platform.JsonValues;
import io.crewline.platform.Paging;
import io.crewline.platform.http.IdempotentAnswers;
import io.crewline.platform.http.MergePatch;
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
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Messages, read positions and unread counts. */
@Controller("/api")
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "Messages")
class MessageController {
  private final MessageService messages;
  private final UnreadService unread;
  private final IdempotentAnswers answers;

  MessageController(MessageService messages, UnreadService unread, IdempotentAnswers answers) {
    this.messages = messages;
    this.unread = unread;
    this.answers = answers;
  }

  /**
   * A message to be sent.
   *
   * @param text at most 20,000 characters, not blank unless there are attachments
   * @param clientId 1 to 128 characters, unique for sender and room: a repeated send with the same
   *     one answers with the first message
   * @param replyTo the id of a message of the room
   * @param attachments ids of images that the sender has uploaded and not yet used, at most 10
   */
  @Serdeable
  @Schema(name = "SendMessageRequest", example = ChatExamples.SEND)
  record SendMessageRequest(
      @Schema(maxLength = 20_000) @Nullable String text,
      @Schema(minLength = 1, maxLength = 128) @Nullable String clientId,
      @Nullable Long replyTo,
      @ArraySchema(maxItems = 10, uniqueItems = true) @Nullable List<@Nullable Long> attachments) {}

  /**
   * A change of a message.
   *
   * @param text at most 20,000 characters, not blank
   */
  @Serdeable
  @Schema(name = "UpdateMessageRequest", example = ChatExamples.UPDATE_MESSAGE)
  record UpdateMessageRequest(
      @Schema(
              requiredMode = Schema.RequiredMode.REQUIRED,
              nullable = false,
              minLength = 1,
              maxLength = 20_000)
          @Nullable String text) {}

  /**
   * How far the caller has read.
   *
   * @param messageId a message of the room; the newest when absent
   */
  @Serdeable
  @Schema(name = "MarkReadRequest", example = ChatExamples.MARK_READ)
  record MarkReadRequest(@Nullable Long messageId) {}

  /**
   * What is left.
   *
   * @param unread the caller's unread messages of the room
   */
  @Serdeable
  @Schema(name = "UnreadResponse", example = "{\"unread\": 0}")
  record UnreadResponse(long unread) {}

  /**
   * All rooms of the caller.
   *
   * @param total all rooms together
   * @param rooms the caller's rooms by cid
   */
  @Serdeable
  @Schema(name = "UnreadOverview", example = ChatExamples.UNREAD_OVERVIEW)
  record UnreadOverview(long total, List<UnreadService.Unread> rooms) {}

  /**
   * A page of messages.
   *
   * @param items in order, oldest first
   * @param nextCursor leads further the way the page went: back in time, or forward with {@code
   *     after}; null at the end
   */
  @Serdeable
  @Schema(name = "MessagePage", example = ChatExamples.MESSAGES)
  record MessagePage(
      List<Message> items,
      @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable String nextCursor) {}

  /**
   * Messages of a room: the newest, or those before, after or around a message. At most one of
   * before, after, around and cursor may be given. Everyone may read a public room.
   *
   * @param before the id of a message; older ones are answered, for 0 none
   * @param after the id of a message; newer ones are answered, for 0 from the first on
   * @param around the id of a message; it and its neighbours are answered, without a next page
   */
  @Get("/rooms/{cid}/messages")
  @Operation(operationId = "listMessages")
  @ApiResponse(responseCode = "200", description = "A page of messages", useReturnTypeSchema = true)
  MessagePage history(
      @Parameter(hidden = true) Identity caller,
      @PathVariable String cid,
      @QueryValue @Nullable Long before,
      @QueryValue @Nullable Long after,
      @QueryValue @Nullable Long around,
      @QueryValue(defaultValue = "50") int limit,
      @QueryValue @Nullable String cursor) {
    int checked = Paging.limit(limit);
    if (Stream.of(before, after, around, cursor).filter(given -> given != null).count() > 1) {
      throw ApiException.badRequest("use only one of before, after, around and cursor");
    }
    String room = Cid.parse("cid", cid).toString();
    String list = "messages:" + room;
    Span span = cursor == null ? span(before, after, around) : span(list, cursor);
    boolean paged = !(span instanceof Span.Around);
    List<Message> found = messages.history(caller, room, span, paged ? checked + 1 : checked);
    if (!paged || found.size() <= checked) {
      return new MessagePage(found, null);
    }
    if (span instanceof Span.After) {
      List<Message> page = found.subList(0, checked);
      return new MessagePage(page, Paging.cursor(list, "a" + page.getLast().id()));
    }
    List<Message> page = found.subList(1, found.size());
    return new MessagePage(page, Paging.cursor(list, "b" + page.getFirst().id()));
  }

  /**
   * Sends a message; answered after the commit. A {@code clientId} makes that safe to repeat: a
   * repeat answers 200 with the first message. The sender becomes a member of a public room.
   */
  @Post("/rooms/{cid}/messages")
  @Operation(operationId = "sendMessage")
  @ApiResponse(responseCode = "201", description = "The message", useReturnTypeSchema = true)
  @ApiResponse(
      responseCode = "200",
      description = "A repeat: the first message",
      useReturnTypeSchema = true)
  @ApiResponse(responseCode = "409", description = "The clientId is that of another message")
  @RequestBody(
      required = true,
      content = @Content(schema = @Schema(implementation = SendMessageRequest.class)))
  HttpResponse<Message> send(
      @Parameter(hidden = true) Identity caller, @PathVariable String cid, @Body JsonNode body) {
    Cid room = Cid.parse("cid", cid);
    JsonInput input = new JsonInput(body);
    PostMessage send =
        PostMessage.of(
            caller,
            room,
            input.string("text"),
            input.string("clientId"),
            input.number("replyTo"),
            input.list(
                "attachments", PostMessage.ATTACHMENTS, JsonValues.different(JsonValues::number)),
            input.errors());
    PostMessage repeatable = send.repeatable(IdempotentAnswers.callId());
    return answers.commit(() -> await(repeatable), posted -> answer(repeatable, posted));
  }

  /** A repeat of the call is answered as the call; only one of the client id is told apart. */
  private static HttpResponse<Message> answer(PostMessage send, Posted posted) {
    Message message = posted.message();
    return Boolean.TRUE.equals(posted.duplicate()) && send.clientId() != null
        ? HttpResponse.ok(message)
        : HttpResponse.created(message, URI.create("/api/messages/" + message.id()));
  }

  /** One message. */
  @Get("/messages/{id}")
  @Operation(operationId = "getMessage")
  @ApiResponse(responseCode = "200", description = "The message", useReturnTypeSchema = true)
  Message get(@Parameter(hidden = true) Identity caller, @PathVariable long id) {
    return messages.get(caller, id);
  }

  /** Changes the text. Authors only; the same text again changes nothing. */
  @Patch("/messages/{id}")
  @Consumes({MediaType.APPLICATION_JSON, MergePatch.MEDIA_TYPE})
  @Operation(operationId = "updateMessage")
  @ApiResponse(responseCode = "200", description = "As it is now", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = "The caller is not the author")
  @ApiResponse(responseCode = "409", description = "The message is deleted")
  @RequestBody(
      required = true,
      content = {
        @Content(
            mediaType = MediaType.APPLICATION_JSON,
            schema = @Schema(implementation = UpdateMessageRequest.class)),
        @Content(
            mediaType = MergePatch.MEDIA_TYPE,
            schema = @Schema(implementation = UpdateMessageRequest.class))
      })
  Message update(
      @Parameter(hidden = true) Identity caller,
      @Parameter(hidden = true) HttpRequest<?> http,
      @PathVariable long id,
      @Body JsonNode body) {
    JsonInput input = MergePatch.read(http, body);
    String text = null;
    if (input.removes("text")) {
      input.keep("text");
    } else {
      text = input.requiredText("text", PostMessage.TEXT_LENGTH);
    }
    input.check();
    return messages.update(caller, id, text);
  }

  /**
   * Deletes a message. It keeps its place without text and reactions, and is answered so. Authors
   * and managers; deleting again changes nothing.
   */
  @Delete("/messages/{id}")
  @Operation(operationId = "deleteMessage")
  @ApiResponse(responseCode = "200", description = "What is left of it", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "403", description = "The caller is neither the author nor a manager")
  Message delete(@Parameter(hidden = true) Identity caller, @PathVariable long id) {
    return messages.delete(caller, id);
  }

  /** Moves the caller's read position forward, to a message or to the newest; never back. */
  @Post("/rooms/{cid}/read")
  @Operation(operationId = "markRead")
  @ApiResponse(responseCode = "200", description = "What is unread now", useReturnTypeSchema = true)
  @RequestBody(content = @Content(schema = @Schema(implementation = MarkReadRequest.class)))
  HttpResponse<UnreadResponse> markRead(
      @Parameter(hidden = true) Identity caller,
      @PathVariable String cid,
      @Body @Nullable JsonNode body) {
    String room = Cid.parse("cid", cid).toString();
    Long messageId = body == null ? null : messageId(new JsonInput(body));
    return answers.commit(
        () -> unread.markRead(caller, room, messageId),
        left -> HttpResponse.ok(new UnreadResponse(left)));
  }

  private static @Nullable Long messageId(JsonInput input) {
    Long messageId = input.number("messageId");
    input.check();
    return messageId;
  }

  /** The caller's unread messages, room by room. */
  @Get("/unread")
  @Operation(operationId = "listUnread")
  @ApiResponse(
      responseCode = "200",
      description = "All rooms of the caller",
      useReturnTypeSchema = true)
  UnreadOverview unread(@Parameter(hidden = true) Identity caller) {
    List<UnreadService.Unread> rooms = unread.all(caller.username());
    return new UnreadOverview(rooms.stream().mapToLong(UnreadService.Unread::unread).sum(), rooms);
  }

  private Posted await(PostMessage send) {
    try {
      return messages.post(send).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof ApiException refused) {
        throw refused;
      }
      throw e;
    }
  }

  private static Span span(@Nullable Long before, @Nullable Long after, @Nullable Long around) {
    if (before != null) {
      return new Span.Before(before);
    }
    if (after != null) {
      return new Span.After(after);
    }
    return around == null ? new Span.Newest() : new Span.Around(around);
  }

  private static Span span(String list, String cursor) {
    String key = Paging.key(list, cursor);
    if (!key.matches("[ab]\\d{1,18}")) {
      throw ApiException.badField("cursor", "is not one of this list");
    }
    long id = Long.parseLong(key.substring(1));
    return key.charAt(0) == 'b' ? new Span.Before(id) : new Span.After(id);
  }
}

package io.crewline.gateway.sse;

import io.crewline.account.Identity;
import io.crewline.account.VerifiedToken;
import io.crewline.gateway.WireJson;
import io.crewline.journal.JournalEntry;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.platform.ApiException;
import io.crewline.platform.Draining;
import io.crewline.realtime.Subscriptions;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Header;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.ExampleObject;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The events of one topic, as a page or as a stream. */
@Controller("/api/events")
@ExecuteOn(TaskExecutors.BLOCKING)
class EventController {
  private static final int LIMIT = 100;
  private static final int MOST = 1000;

  private final Subscriptions subscriptions;
  private final EventReader reader;
  private final WireJson json;
  private final EventStreams streams;
  private final Draining draining;

  EventController(
      Subscriptions subscriptions,
      EventReader reader,
      WireJson json,
      EventStreams streams,
      Draining draining) {
    this.subscriptions = subscriptions;
    this.reader = reader;
    this.json = json;
    this.streams = streams;
    this.draining = draining;
  }

  /**
   * The events of a topic.
   *
   * <p>As JSON: the page {@code {events,position,reset}} of events after a position, oldest first;
   * {@code position} is where the next page begins. With {@code reset} true the position that was
   * asked for no longer fits: there are no events, {@code position} is the newest one, and the
   * reader needs a fresh snapshot. Of {@code tasks} a member is given what concerns them, and the
   * position moves past the rest: a page may be empty and still lead on.
   *
   * <p>With {@code Accept: text/event-stream}: a stream that goes on with new events. Each has its
   * position as {@code id}, its type as {@code event} and the whole event as {@code data}. {@code
   * event: reset} says that the position no longer fits and that the stream goes on from the newest
   * one, {@code event: removed} that the topic is gone for the caller, {@code event: close} why the
   * server ends the stream; a node that stops sends {@code goingAway} before it, with the time to
   * come back in {@code retry}. Comments are the heartbeat.
   *
   * @param topic such as {@code room:messaging:general}, {@code user:ada} or {@code tasks}
   * @param after a position; absent, a page begins at the oldest event that is kept and a stream at
   *     the newest
   * @param limit events of a page, 1 to 1000, default 100
   * @param lastEventId the position to resume a stream from; goes before {@code after}
   */
  @Get(
      produces = {MediaType.APPLICATION_JSON, MediaType.TEXT_EVENT_STREAM},
      headRoute = false)
  @ApiResponse(
      responseCode = "200",
      description = "a page, or a stream",
      content = {
        @Content(
            mediaType = MediaType.APPLICATION_JSON,
            schema = @Schema(implementation = EventPage.class)),
        @Content(
            mediaType = MediaType.TEXT_EVENT_STREAM,
            schema = @Schema(type = "string"),
            examples = @ExampleObject("event: removed\ndata: {}\n\n"))
      })
  HttpResponse<?> events(
      @Parameter(hidden = true) Identity caller,
      HttpRequest<?> request,
      @Parameter(example = "room:messaging:general") @QueryValue @Nullable String topic,
      @Parameter(example = "82943767c960:2") @QueryValue @Nullable String after,
      @Parameter(example = "100") @QueryValue @Nullable String limit,
      @Parameter(example = "82943767c960:2") @Header("Last-Event-ID")
          @Nullable String lastEventId) {
    Topic wanted = Topic.parse(topic);
    boolean stream = wantsStream(request);
    if (stream && draining.hasBegun()) {
      throw draining.refusal();
    }
    Position position;
    if (stream && lastEventId != null && !lastEventId.isEmpty()) {
      position = Position.parse("Last-Event-ID", lastEventId);
    } else {
      position = after == null || after.isEmpty() ? null : Position.parse("after", after);
    }
    int most = limit(limit);
    if (!subscriptions.mayWatch(caller, wanted)) {
      throw ApiException.notFound("topic");
    }
    return stream
        ? HttpResponse.ok(streams.open(request, caller, token(request), wanted, position))
            .contentType(MediaType.TEXT_EVENT_STREAM_TYPE)
            .header(HttpHeaders.CACHE_CONTROL, "no-store")
            .header("X-Accel-Buffering", "no")
        : HttpResponse.ok(json(reader.read(caller, wanted, position, most)))
            .contentType(MediaType.APPLICATION_JSON_TYPE);
  }

  private static boolean wantsStream(HttpRequest<?> request) {
    List<MediaType> accepted = List.copyOf(request.accept());
    for (MediaType type : accepted) {
      if (type.getName().equals(MediaType.TEXT_EVENT_STREAM)) {
        return true;
      }
      if (type.matches(MediaType.APPLICATION_JSON_TYPE)) {
        return false;
      }
    }
    return false;
  }

  private byte[] json(EventReader.Page page) {
    ByteBuf out = Unpooled.buffer();
    ByteBufUtil.writeUtf8(out, "{\"events\":[");
    String comma = "";
    for (JournalEntry entry : page.entries()) {
      ByteBufUtil.writeUtf8(out, comma);
      json.event(out, entry);
      comma = ",";
    }
    ByteBufUtil.writeUtf8(
        out, "],\"position\":\"" + page.position() + "\",\"reset\":" + page.reset() + "}");
    return ByteBufUtil.getBytes(out);
  }

  private static @Nullable VerifiedToken token(HttpRequest<?> request) {
    return request.getAttribute(VerifiedToken.ATTRIBUTE, VerifiedToken.class).orElse(null);
  }

  private static int limit(@Nullable String limit) {
    if (limit == null || limit.isEmpty()) {
      return LIMIT;
    }
    if (limit.matches("\\d{1,4}")) {
      int number = Integer.parseInt(limit);
      if (number >= 1 && number <= MOST) {
        return number;
      }
    }
    throw ApiException.badField("limit", "must be a number from 1 to " + MOST);
  }
}

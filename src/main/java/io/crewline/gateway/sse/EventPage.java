package io.crewline.gateway.sse;

import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;

/**
 * The shape of a page of events, for the API document; pages are written from the journal's own
 * JSON.
 *
 * @param events contiguous, oldest first
 * @param position where the next page begins
 * @param reset whether the position that was asked for no longer fits
 */
@Serdeable
@Schema(
    name = "EventPage",
    example =
        """
        {"events": [{"type": "message.read", "topic": "room:messaging:general", "seq": 4, \
        "epoch": "82943767c960", "at": "2026-11-21T05:18:50.787Z", \
        "data": {"channel": "messaging:general", "user": {"id": "ada", "name": "Ada"}, \
        "messageId": 1, "seq": 3}}], "position": "82943767c960:4", "reset": false}\
        """)
record EventPage(List<Event> events, String position, boolean reset) {
  /**
   * One event, as sockets get it; {@code /asyncapi.yml} describes {@code data} for each type.
   *
   * @param type such as {@code message.new}
   * @param topic where it happened
   * @param seq contiguous within a topic and epoch
   * @param epoch the life of the topic
   * @param at when it was recorded
   * @param data what happened
   */
  @Serdeable
  @Schema(name = "Event")
  record Event(
      String type,
      String topic,
      long seq,
      String epoch,
      Instant at,
      @Schema(type = "object", additionalProperties = Schema.AdditionalPropertiesValue.TRUE)
          Object data) {}
}

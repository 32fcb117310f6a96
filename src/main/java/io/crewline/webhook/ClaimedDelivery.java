package io.crewline.webhook;

import io.crewline.platform.Json;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/**
 * A delivery that this node attempts.
 *
 * @param claim the number of its lease
 * @param attempts with this one
 * @param data JSON text
 */
record ClaimedDelivery(
    long id,
    long webhookId,
    long claim,
    int attempts,
    String eventId,
    String type,
    @Nullable String topic,
    @Nullable String epoch,
    @Nullable Long seq,
    Instant at,
    String data) {
  /** RFC 3339, UTC, always with milliseconds, as on sockets. */
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  /** {@code {"type","id","topic","seq","epoch","at","data"}}, the same text for every attempt. */
  String body(Json json) {
    StringBuilder body = new StringBuilder(data.length() + 256);
    body.append("{\"type\":").append(json.write(type));
    body.append(",\"id\":").append(json.write(eventId));
    if (topic != null && epoch != null) {
      body.append(",\"topic\":").append(json.write(topic));
      body.append(",\"seq\":").append(seq);
      body.append(",\"epoch\":").append(json.write(epoch));
    }
    body.append(",\"at\":\"").append(TIME.format(at)).append('"');
    return body.append(",\"data\":").append(data).append('}').toString();
  }
}

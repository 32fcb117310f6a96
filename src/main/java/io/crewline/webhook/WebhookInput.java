package io.crewline.webhook;

import io.crewline.platform.ApiException;
import io.crewline.platform.JsonInput;
import io.crewline.platform.JsonValues;
import io.micronaut.json.tree.JsonNode;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a caller wants a webhook to be, within the rules; null keeps what there is, or stands for
 * the default of a new webhook.
 *
 * @param described whether the description is to be set, to none by null
 */
record WebhookInput(
    @Nullable String url,
    @Nullable List<String> events,
    boolean described,
    @Nullable String description,
    @Nullable Boolean active) {
  private static final int MOST_EVENTS = 50;
  private static final int LONGEST_DESCRIPTION = 200;
  private static final Pattern EVENT = Pattern.compile("[A-Za-z][A-Za-z0-9.:_-]{0,63}\\*?|\\*");

  /** A new webhook. */
  static WebhookInput create(JsonNode body, WebhookTargets targets) {
    JsonInput input = new JsonInput(body);
    input.require("url");
    input.require("events");
    return read(input, targets);
  }

  /** A change, of which only the description can be removed. */
  static WebhookInput change(JsonInput input, WebhookTargets targets) {
    input.keep("url");
    input.keep("events");
    input.keep("active");
    return read(input, targets);
  }

  private static WebhookInput read(JsonInput input, WebhookTargets targets) {
    WebhookInput read =
        new WebhookInput(
            input.string("url", (field, text) -> text == null ? null : targets.checked(text)),
            events(input),
            input.has("description"),
            input.optionalText("description", LONGEST_DESCRIPTION),
            input.flag("active"));
    input.check();
    return read;
  }

  private static @Nullable List<String> events(JsonInput input) {
    List<String> events = input.list("events", MOST_EVENTS, WebhookInput::event);
    if (events == null) {
      return null;
    }
    if (events.isEmpty()) {
      input.wrong("events", "0 elements (expected: 1 to " + MOST_EVENTS + ")");
    }
    return events.stream().distinct().toList();
  }

  private static String event(String field, JsonNode value) {
    String event = JsonValues.string(field, value);
    // What is not even like a type is not repeated.
    boolean likeOne = EVENT.matcher(event).matches();
    if (!likeOne || !EventTypes.exist(event)) {
      throw ApiException.badField(
          field,
          "%s(expected: %s, a beginning of them such as task:*, or *)"
              .formatted(likeOne ? event + " " : "", String.join(", ", EventTypes.KNOWN)));
    }
    return event;
  }
}

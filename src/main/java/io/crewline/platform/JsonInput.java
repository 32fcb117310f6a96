package io.crewline.task;

import io.crewline.platform.ApiException;
import io.crewline.platform.ApiException.FieldError;
import io.crewline.platform.Text;
import io.micronaut.json.tree.JsonNode;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads a JSON object in which a field that is absent, one that is null and one with a value mean
 * three things (RFC 7396). Collects what is wrong, so that all of it is answered at once; fields
 * that nobody asks for are ignored.
 */
final class JsonInput {
  private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");
  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999Z");

  private final JsonNode body;
  private final List<FieldError> errors = new ArrayList<>();

  JsonInput(JsonNode body) {
    if (!body.isObject()) {
      throw ApiException.badRequest("the body must be a JSON object of the documented shape");
    }
    this.body = body;
  }

  /** Whether the field is there, be it null. */
  boolean has(String name) {
    return body.get(name) != null;
  }

  private @Nullable JsonNode value(String name) {
    JsonNode value = body.get(name);
    return value == null || value.isNull() ? null : value;
  }

  /** A text that must be there and not blank; empty when it is wrong. */
  String requiredText(String name, int max) {
    return read(() -> Text.required(name, string(name), max), "");
  }

  /** A text; empty for null, blank or absent. */
  String text(String name, int max) {
    String text = optionalText(name, max);
    return text == null ? "" : text;
  }

  /** A text; null for null, blank or absent. */
  @Nullable String optionalText(String name, int max) {
    return this.<@Nullable String>read(() -> Text.optional(name, string(name), max), null);
  }

  /** A value by its name on the wire; null for null or absent. */
  <T> @Nullable T named(
      String name, Function<@Nullable String, @Nullable T> ofName, List<String> names) {
    return this.<@Nullable T>read(
        () -> {
          String text = string(name);
          T found = ofName.apply(text);
          if (text != null && found == null) {
            throw ApiException.badField(name, "must be one of " + String.join(", ", names));
          }
          return found;
        },
        null);
  }

  /** A whole number; null for null or absent. */
  @Nullable Long number(String name) {
    return this.<@Nullable Long>read(
        () -> {
          JsonNode value = value(name);
          return value == null ? null : number(name, value);
        },
        null);
  }

  private static long number(String name, JsonNode value) {
    if (value.isNumber()) {
      Number number = value.getNumberValue();
      if (number instanceof Integer || number instanceof Long) {
        return number.longValue();
      }
      if (number instanceof BigInteger big && big.bitLength() < Long.SIZE) {
        return big.longValueExact();
      }
    }
    throw ApiException.badField(name, "must be a whole number in range");
  }

  /** Whether a link is there, in either shape, be it null. */
  boolean hasLink(String name) {
    return has(name + "Id") || has(name);
  }

  /**
   * The id of what a field links to, null for none: as {@code <name>Id}, or as {@code <name>} in
   * the shape in which it is read, an object with its {@code id}. Both may be there when they
   * agree.
   */
  @Nullable Long link(String name) {
    Long id = number(name + "Id");
    if (!has(name)) {
      return id;
    }
    Long read = this.<@Nullable Long>read(() -> linked(name), null);
    if (has(name + "Id") && errors.isEmpty() && !Objects.equals(id, read)) {
      wrong(name, "contradicts %sId (expected: the same id, or one of the two)".formatted(name));
    }
    return has(name + "Id") ? id : read;
  }

  private @Nullable Long linked(String name) {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isObject()) {
      throw ApiException.badField(name, "must be an object with an id, or null");
    }
    JsonNode id = value.get("id");
    if (id == null || id.isNull()) {
      throw ApiException.badField(name + ".id", "is required");
    }
    return number(name + ".id", id);
  }

  /** Refuses an {@code id} that is another than that of the path. */
  void sameId(long id) {
    Long named = number("id");
    if (named != null && named != id) {
      wrong("id", named + " (expected: " + id + ", as in the path)");
    }
  }

  /** A time; null for null or absent. Precision one millisecond. */
  @Nullable Instant time(String name) {
    return this.<@Nullable Instant>read(
        () -> {
          String text = string(name);
          return text == null ? null : time(name, text);
        },
        null);
  }

  /** Reads a time of RFC 3339. */
  static Instant time(String field, String text) {
    try {
      Instant time = OffsetDateTime.parse(text).toInstant().truncatedTo(ChronoUnit.MILLIS);
      if (!time.isBefore(EARLIEST) && !time.isAfter(LATEST)) {
        return time;
      }
    } catch (DateTimeException e) {
      // answered below
    }
    throw ApiException.badField(field, "must be a time such as 2026-01-31T09:30:00Z");
  }

  /** Notes a rule that is broken. */
  void wrong(String name, String message) {
    errors.add(new FieldError(name, message));
  }

  /** Notes a field that is there and null, though it cannot be removed. */
  void keep(String name) {
    if (has(name) && value(name) == null) {
      wrong(name, "cannot be removed");
    }
  }

  /** Refuses the body if anything in it is wrong. */
  void check() {
    if (!errors.isEmpty()) {
      throw ApiException.badFields(errors);
    }
  }

  private @Nullable String string(String name) {
    JsonNode value = value(name);
    if (value != null && !value.isString()) {
      throw ApiException.badField(name, "must be a string");
    }
    return value == null ? null : value.getStringValue();
  }

  private <T extends @Nullable Object> T read(Supplier<T> value, T whenWrong) {
    try {
      return value.get();
    } catch (ApiException e) {
      errors.addAll(e.errors());
      return whenWrong;
    }
  }
}

package io.crewline.platform;

import io.micronaut.json.tree.JsonNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads a JSON object in which a field that is absent, one that is null and one with a value mean
 * three things (RFC 7396). Collects what is wrong, so that all of it is answered at once by {@link
 * #check}; until then a wrong value counts as none. Fields that nobody asks for are ignored.
 */
public final class JsonInput {
  private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");
  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999Z");

  private final JsonNode body;
  private final InputErrors errors = new InputErrors();

  public JsonInput(JsonNode body) {
    if (!body.isObject()) {
      throw ApiException.badRequest("the body must be a JSON object of the documented shape");
    }
    this.body = body;
  }

  /** The same body, in which null counts as absent. */
  public static JsonInput withoutNulls(JsonNode body) {
    if (!body.isObject()) {
      return new JsonInput(body);
    }
    Map<String, JsonNode> there = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : body.entries()) {
      if (!field.getValue().isNull()) {
        there.put(field.getKey(), field.getValue());
      }
    }
    return new JsonInput(JsonNode.createObjectNode(there));
  }

  /** Whether the field is there, be it null. */
  public boolean has(String name) {
    return body.get(name) != null;
  }

  /** Whether the field is there and null. */
  public boolean removes(String name) {
    return has(name) && value(name) == null;
  }

  private @Nullable JsonNode value(String name) {
    JsonNode value = body.get(name);
    return value == null || value.isNull() ? null : value;
  }

  private <T> @Nullable T optional(String name, BiFunction<String, JsonNode, T> read) {
    return this.<@Nullable T>read(
        () -> {
          JsonNode value = value(name);
          return value == null ? null : read.apply(name, value);
        },
        null);
  }

  /** A text that must be there and not blank; empty when it is wrong. */
  public String requiredText(String name, int max) {
    return read(() -> Text.required(name, rawString(name), max), "");
  }

  /** A text; empty for null, blank or absent. */
  public String text(String name, int max) {
    String text = optionalText(name, max);
    return text == null ? "" : text;
  }

  /** A text; null for null, blank or absent. */
  public @Nullable String optionalText(String name, int max) {
    return this.<@Nullable String>read(() -> Text.optional(name, rawString(name), max), null);
  }

  /** A string as it is; null for null or absent. */
  public @Nullable String string(String name) {
    return optional(name, JsonValues::string);
  }

  /** A string that no error shows; null for null or absent. */
  public @Nullable String secret(String name) {
    return optional(
        name,
        (field, value) -> {
          if (!value.isString()) {
            throw JsonValues.wrongSecret(field, value);
          }
          return value.getStringValue();
        });
  }

  /**
   * A string by a rule of its own, such as a username; null when it is wrong.
   *
   * @param rule takes the name of the field, and null for null or absent
   */
  public <T> @Nullable T string(
      String name, BiFunction<String, @Nullable String, @Nullable T> rule) {
    return this.<@Nullable T>read(() -> rule.apply(name, rawString(name)), null);
  }

  /** Likewise, a string that no error shows. */
  public <T> @Nullable T secret(
      String name, BiFunction<String, @Nullable String, @Nullable T> rule) {
    JsonNode value = value(name);
    if (value != null && !value.isString()) {
      secret(name);
      return null;
    }
    return string(name, rule);
  }

  /** A truth value; null for null or absent. */
  public @Nullable Boolean flag(String name) {
    return optional(name, JsonValues::flag);
  }

  /**
   * The elements of a list; null for null or absent, or when one is wrong.
   *
   * @param element reads one by its place, such as {@code members[1]}
   */
  public <T> @Nullable List<T> list(String name, int max, BiFunction<String, JsonNode, T> element) {
    return optional(name, (field, value) -> JsonValues.list(field, value, max, element));
  }

  /** A value by its name on the wire; null for null or absent. */
  public <T> @Nullable T named(
      String name, Function<@Nullable String, @Nullable T> ofName, List<String> names) {
    return this.<@Nullable T>read(
        () -> {
          String text = rawString(name);
          T found = ofName.apply(text);
          if (text != null && found == null) {
            throw ApiException.badField(name, "must be one of " + String.join(", ", names));
          }
          return found;
        },
        null);
  }

  /** A whole number; null for null or absent. */
  public @Nullable Long number(String name) {
    return optional(name, JsonValues::number);
  }

  /** Whether a link is there, in either shape, be it null. */
  public boolean hasLink(String name) {
    return has(name + "Id") || has(name);
  }

  /**
   * The id of what a field links to, null for none: as {@code <name>Id}, or as {@code <name>} in
   * the shape in which it is read, an object with its {@code id}. Both may be there when they
   * agree.
   */
  public @Nullable Long link(String name) {
    int before = errors.count();
    Long id = number(name + "Id");
    if (!has(name)) {
      return id;
    }
    Long read = this.<@Nullable Long>read(() -> linked(name), null);
    if (has(name + "Id") && errors.count() == before && !Objects.equals(id, read)) {
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
      throw JsonValues.wrong(name, value, "an object with an id, or null");
    }
    JsonNode id = value.get("id");
    if (id == null || id.isNull()) {
      throw ApiException.badField(name + ".id", "is required");
    }
    return JsonValues.number(name + ".id", id);
  }

  /** Refuses an {@code id} that is another than that of the path. */
  public void sameId(long id) {
    Long named = number("id");
    if (named != null && named != id) {
      wrong("id", named + " (expected: " + id + ", as in the path)");
    }
  }

  /** A time; null for null or absent. Precision one millisecond. */
  public @Nullable Instant time(String name) {
    return this.<@Nullable Instant>read(
        () -> {
          String text = rawString(name);
          return text == null ? null : time(name, text);
        },
        null);
  }

  /** Reads a time of RFC 3339. */
  public static Instant time(String field, String text) {
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
  public void wrong(String name, String message) {
    errors.add(name, message);
  }

  /** Notes a field that is there and null, though it cannot be removed. */
  public void keep(String name) {
    if (removes(name)) {
      wrong(name, "cannot be removed");
    }
  }

  /** Notes a field that is missing. */
  public void require(String name) {
    if (value(name) == null) {
      wrong(name, "is required");
    }
  }

  /** What was found wrong so far, for rules that need more than one field. */
  public InputErrors errors() {
    return errors;
  }

  /** Refuses the body if anything in it is wrong. */
  public void check() {
    errors.check();
  }

  private @Nullable String rawString(String name) {
    JsonNode value = value(name);
    return value == null ? null : JsonValues.string(name, value);
  }

  /** Reads in any other way; {@code whenWrong} stands for a value that breaks a rule. */
  public <T extends @Nullable Object> T read(Supplier<T> value, T whenWrong) {
    return errors.read(value, whenWrong);
  }
}

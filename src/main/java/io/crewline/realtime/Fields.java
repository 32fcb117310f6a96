package io.crewline.realtime;

import io.crewline.journal.Position;
import io.crewline.platform.ApiException;
import io.crewline.platform.InputErrors;
import io.crewline.platform.JsonValues;
import io.micronaut.json.tree.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a command, read strictly: a number is not a text, and a wrong type is refused with
 * the field's name. JSON null counts as absent.
 */
public record Fields(JsonNode node) {

  public @Nullable String text(String name) {
    JsonNode value = get(name);
    return value == null ? null : JsonValues.string(name, value);
  }

  public String requiredText(String name) {
    String value = text(name);
    if (value == null) {
      throw ApiException.badField(name, "is required");
    }
    return value;
  }

  /** A whole number, also when it is written as a text, as ids often are. */
  public @Nullable Long number(String name) {
    JsonNode value = get(name);
    return value == null ? null : number(name, value);
  }

  /** A value that is a whole number, likewise. */
  public static Long number(String field, JsonNode value) {
    if (value.isString() && value.getStringValue().matches("-?\\d{1,19}")) {
      try {
        return Long.parseLong(value.getStringValue());
      } catch (NumberFormatException e) {
        // answered below
      }
    }
    return JsonValues.number(field, value);
  }

  public long requiredNumber(String name) {
    Long value = number(name);
    if (value == null) {
      throw ApiException.badField(name, "is required");
    }
    return value;
  }

  /** A position; null when absent. */
  public @Nullable Position position(String name) {
    String text = text(name);
    return text == null ? null : Position.parse(name, text);
  }

  /**
   * An object whose values are texts, such as {@code resume}; empty when absent.
   *
   * @param errors takes values that are none, which are left out
   */
  public Map<String, String> texts(String name, InputErrors errors) {
    JsonNode value = get(name);
    Map<String, String> texts = new LinkedHashMap<>();
    if (value == null) {
      return texts;
    }
    if (!value.isObject()) {
      throw JsonValues.wrong(name, value, "an object");
    }
    for (Map.Entry<String, JsonNode> entry : value.entries()) {
      String key = entry.getKey();
      errors.<@Nullable String>read(
          () -> texts.put(key, JsonValues.string(name + "." + key, entry.getValue())), null);
    }
    return texts;
  }

  /**
   * The elements of a list; empty when absent.
   *
   * @param element reads one by its place, such as {@code users[1]}
   */
  public <T> List<T> list(String name, int max, BiFunction<String, JsonNode, T> element) {
    JsonNode value = get(name);
    return value == null ? List.of() : JsonValues.list(name, value, max, element);
  }

  /** A truth value; false when absent. */
  public boolean flag(String name) {
    JsonNode value = get(name);
    return value != null && JsonValues.flag(name, value);
  }

  /** Whether the field is there and not null. */
  public boolean has(String name) {
    return get(name) != null;
  }

  /** Whether the field is there and is anything but an empty list. */
  public boolean hasItems(String name) {
    JsonNode value = get(name);
    return value != null && !(value.isArray() && value.size() == 0);
  }

  private @Nullable JsonNode get(String name) {
    JsonNode value = node.get(name);
    return value == null || value.isNull() ? null : value;
  }
}

package io.crewline.realtime;

import io.crewline.platform.ApiException;
import io.micronaut.json.tree.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a command, read strictly: a number is not a text, and a wrong type is refused with
 * the field's name. JSON null counts as absent.
 */
public record Fields(JsonNode node) {

  public @Nullable String text(String name) {
    JsonNode value = get(name);
    if (value == null) {
      return null;
    }
    if (!value.isString()) {
      throw ApiException.badField(name, "must be a text");
    }
    return value.getStringValue();
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
    if (value == null) {
      return null;
    }
    if (value.isNumber()
        && (value.getNumberValue() instanceof Integer || value.getNumberValue() instanceof Long)) {
      return value.getNumberValue().longValue();
    }
    if (value.isString() && value.getStringValue().matches("-?\\d{1,19}")) {
      try {
        return Long.parseLong(value.getStringValue());
      } catch (NumberFormatException e) {
        throw ApiException.badField(name, "must be a whole number within 64 bits");
      }
    }
    throw ApiException.badField(name, "must be a whole number within 64 bits");
  }

  public long requiredNumber(String name) {
    Long value = number(name);
    if (value == null) {
      throw ApiException.badField(name, "is required");
    }
    return value;
  }

  /** An object whose values are texts, such as {@code resume}; empty when absent. */
  public Map<String, String> texts(String name) {
    JsonNode value = get(name);
    Map<String, String> texts = new LinkedHashMap<>();
    if (value == null) {
      return texts;
    }
    if (!value.isObject()) {
      throw ApiException.badField(name, "must be an object");
    }
    for (Map.Entry<String, JsonNode> entry : value.entries()) {
      if (!entry.getValue().isString()) {
        throw ApiException.badField(name + "." + entry.getKey(), "must be a text");
      }
      texts.put(entry.getKey(), entry.getValue().getStringValue());
    }
    return texts;
  }

  /** A list of texts; empty when absent. */
  public List<String> textList(String name) {
    JsonNode value = get(name);
    List<String> texts = new ArrayList<>();
    if (value == null) {
      return texts;
    }
    if (!value.isArray()) {
      throw ApiException.badField(name, "must be a list");
    }
    for (JsonNode item : value.values()) {
      if (!item.isString()) {
        throw ApiException.badField(name, "must be a list of texts");
      }
      texts.add(item.getStringValue());
    }
    return texts;
  }

  /** A list of whole numbers, each as in {@link #number}; empty when absent. */
  public List<Long> numberList(String name) {
    JsonNode value = get(name);
    List<Long> numbers = new ArrayList<>();
    if (value == null) {
      return numbers;
    }
    if (!value.isArray()) {
      throw ApiException.badField(name, "must be a list");
    }
    for (JsonNode item : value.values()) {
      Long number = new Fields(JsonNode.createObjectNode(Map.of(name, item))).number(name);
      if (number == null) {
        throw ApiException.badField(name, "must be a list of whole numbers");
      }
      numbers.add(number);
    }
    return numbers;
  }

  /** A truth value; false when absent. */
  public boolean flag(String name) {
    JsonNode value = get(name);
    if (value == null) {
      return false;
    }
    if (!value.isBoolean()) {
      throw ApiException.badField(name, "must be true or false");
    }
    return value.getBooleanValue();
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

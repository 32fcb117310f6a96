package io.crewline.platform;

import io.micronaut.json.tree.JsonNode;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * Reads JSON values strictly: a number is no string, a string no number. A wrong one is refused by
 * the field's name, with the value and what is expected.
 */
public final class JsonValues {
  private static final int LONGEST_SHOWN = 40;

  private JsonValues() {}

  public static String string(String field, JsonNode value) {
    if (!value.isString()) {
      throw wrong(field, value, "a string");
    }
    return value.getStringValue();
  }

  public static boolean flag(String field, JsonNode value) {
    if (!value.isBoolean()) {
      throw wrong(field, value, "true or false");
    }
    return value.getBooleanValue();
  }

  /** A whole number of 64 bits. */
  public static long number(String field, JsonNode value) {
    if (value.isNumber()) {
      Number number = value.getNumberValue();
      if (number instanceof Integer || number instanceof Long) {
        return number.longValue();
      }
      if (number instanceof BigInteger big && big.bitLength() < Long.SIZE) {
        return big.longValueExact();
      }
    }
    throw wrong(field, value, "a whole number of 64 bits");
  }

  /**
   * The elements of a list.
   *
   * @param max a longer list is refused as a whole
   * @param element reads an element by its place, such as {@code members[1]}
   * @throws ApiException naming each wrong element
   */
  public static <T> List<T> list(
      String field, JsonNode value, int max, BiFunction<String, JsonNode, T> element) {
    if (!value.isArray()) {
      throw wrong(field, value, "a list");
    }
    if (value.size() > max) {
      throw ApiException.badField(
          field, "%d elements (expected: at most %d)".formatted(value.size(), max));
    }
    InputErrors errors = new InputErrors();
    List<T> read = new ArrayList<>(value.size());
    int index = 0;
    for (JsonNode each : value.values()) {
      String place = field + "[" + index++ + "]";
      errors.read(() -> read.add(element.apply(place, each)), false);
    }
    errors.check();
    return read;
  }

  /** Reads elements of which no two may be the same. */
  public static <T> BiFunction<String, JsonNode, T> different(
      BiFunction<String, JsonNode, T> element) {
    Set<T> seen = new HashSet<>();
    return (field, value) -> {
      T read = element.apply(field, value);
      if (!seen.add(read)) {
        throw ApiException.badField(field, read + " again (expected: different elements)");
      }
      return read;
    };
  }

  /** A value of another type than is expected. */
  public static ApiException wrong(String field, JsonNode value, String expected) {
    return ApiException.badField(field, shown(value) + " (expected: " + expected + ")");
  }

  /** As {@link #wrong}, without showing the value: it may be a secret. */
  static ApiException wrongSecret(String field, JsonNode value) {
    String kind = value.isNumber() ? "a number" : value.isString() ? "a string" : shown(value);
    return ApiException.badField(field, kind + " (expected: a string)");
  }

  private static String shown(JsonNode value) {
    if (value.isArray()) {
      return "a list";
    }
    if (value.isObject()) {
      return "an object";
    }
    if (value.isNull()) {
      return "null";
    }
    if (value.isString()) {
      return '"' + cut(value.getStringValue()) + '"';
    }
    return value.isBoolean()
        ? String.valueOf(value.getBooleanValue())
        : cut(String.valueOf(value.getNumberValue()));
  }

  private static String cut(String text) {
    if (text.length() <= LONGEST_SHOWN) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(LONGEST_SHOWN - 1)) ? 1 : 0;
    return text.substring(0, LONGEST_SHOWN - end) + "…";
  }
}

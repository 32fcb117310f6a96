package io.crewline.confirmation;

import org.jspecify.annotations.Nullable;

/**
 * Writes HTML. Names of elements and attributes come from our code; every text and every value of
 * an attribute is escaped, there is no way around it.
 */
final class Html {
  private final StringBuilder out = new StringBuilder(8192).append("<!DOCTYPE html>");

  /**
   * Opens an element.
   *
   * @param attributes names and values in turn; an attribute with the value null is left out
   */
  Html open(String element, @Nullable String... attributes) {
    out.append('<').append(element);
    for (int i = 0; i < attributes.length; i += 2) {
      String value = attributes[i + 1];
      if (value != null) {
        out.append(' ').append(attributes[i]).append("=\"");
        escape(value);
        out.append('"');
      }
    }
    out.append('>');
    return this;
  }

  Html close(String element) {
    out.append("</").append(element).append('>');
    return this;
  }

  Html text(String text) {
    escape(text);
    return this;
  }

  /** An element with nothing but text in it. */
  Html element(String element, String text, @Nullable String... attributes) {
    return open(element, attributes).text(text).close(element);
  }

  private void escape(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '&' -> out.append("&amp;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&#39;");
        default -> out.append(c);
      }
    }
  }

  @Override
  public String toString() {
    return out.toString();
  }
}

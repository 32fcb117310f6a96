package io.crewline.confirmation;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.FormatStyle;
import java.util.Locale;
import java.util.Map;

/**
 * The texts of the page in one language.
 *
 * @param texts by key; every language has the same keys
 */
record Language(Locale locale, Map<String, String> texts) {
  Language {
    texts = Map.copyOf(texts);
  }

  /** The value of {@code lang}. */
  String tag() {
    return locale.toLanguageTag();
  }

  /** A text, with what it has places for. */
  String text(String key, String... values) {
    String text = texts.get(key);
    if (text == null) {
      throw new IllegalStateException(tag() + " has no text " + key);
    }
    for (int i = 0; i < values.length; i++) {
      text = text.replace("{" + i + "}", values[i]);
    }
    return text;
  }

  /** Date and time as this language writes them; where the reader is, is not known. */
  String time(Instant instant) {
    return DateTimeFormatter.ofLocalizedDateTime(FormatStyle.MEDIUM, FormatStyle.SHORT)
            .withLocale(locale)
            .format(instant.atOffset(ZoneOffset.UTC))
        + " UTC";
  }
}

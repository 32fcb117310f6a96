package io.crewline.confirmation;

import io.micronaut.core.io.ResourceLoader;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Locale.LanguageRange;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** The languages that there is a file of texts for, and which of them a reader wants. */
@Singleton
final class Languages {
  private static final String FALLBACK = "en";
  private static final int LONGEST_HEADER = 300;

  private final Map<String, Language> languages = new HashMap<>();

  Languages(ResourceLoader resources) {
    for (String code : Locale.getISOLanguages()) {
      load(resources, code)
          .ifPresent(texts -> languages.put(code, new Language(Locale.of(code), texts)));
    }
  }

  private static Optional<Map<String, String>> load(ResourceLoader resources, String code) {
    Optional<InputStream> found =
        resources.getResourceAsStream("classpath:confirmation/texts/" + code + ".properties");
    if (found.isEmpty()) {
      return Optional.empty();
    }
    try (InputStreamReader reader = new InputStreamReader(found.get(), StandardCharsets.UTF_8)) {
      Properties properties = new Properties();
      properties.load(reader);
      Map<String, String> texts = new HashMap<>();
      properties.stringPropertyNames().forEach(key -> texts.put(key, properties.getProperty(key)));
      return Optional.of(texts);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All of them, by code. */
  Map<String, Language> all() {
    return Map.copyOf(languages);
  }

  /**
   * The best language for a reader (RFC 9110 §12.5.4, RFC 4647 §3.4); English when there is none.
   *
   * @param accepted the header {@code Accept-Language}, which may be anything
   */
  Language choose(@Nullable String accepted) {
    String best = accepted == null ? null : best(accepted);
    return language(best == null ? FALLBACK : best);
  }

  private @Nullable String best(String accepted) {
    try {
      List<LanguageRange> ranges =
          LanguageRange.parse(accepted.substring(0, Math.min(accepted.length(), LONGEST_HEADER)));
      return Locale.lookupTag(
          ranges.stream().filter(range -> range.getWeight() > 0).toList(), languages.keySet());
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private Language language(String code) {
    Language language = languages.get(code);
    if (language == null) {
      throw new IllegalStateException("no texts for " + code);
    }
    return language;
  }
}

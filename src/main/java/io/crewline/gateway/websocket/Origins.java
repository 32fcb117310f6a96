package io.crewline.gateway.websocket;

import io.crewline.platform.Settings;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Which web pages may open a socket. */
@Singleton
final class Origins {
  private final List<String> allowed;

  Origins(Settings settings) {
    this.allowed = settings.corsOrigins();
  }

  boolean allows(@Nullable String origin, @Nullable String host) {
    if (origin == null || allowed.contains("*")) {
      return true;
    }
    String lower = origin.toLowerCase(Locale.ROOT);
    return lower.equals("http://" + host)
        || lower.equals("https://" + host)
        || allowed.contains(lower)
        || allowed.stream()
            .anyMatch(
                each ->
                    each.endsWith(":*")
                        && lower.matches(
                            java.util.regex.Pattern.quote(each.substring(0, each.length() - 2))
                                + "(:\\d{1,5})?"));
  }
}

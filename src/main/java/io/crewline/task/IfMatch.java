package io.crewline.task;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The header {@code If-Match} (RFC 9110 §13.1.1) where entity tags are versions. */
final class IfMatch {
  private static final Pattern TAG = Pattern.compile("(?:W/)?\"(\\d{1,18})\"");

  private IfMatch() {}

  /** The versions that the client accepts; null for any. What is no version matches none. */
  static @Nullable Set<Long> versions(@Nullable String header) {
    if (header == null || header.strip().equals("*")) {
      return null;
    }
    Set<Long> versions = new LinkedHashSet<>();
    for (String tag : header.split(",", -1)) {
      var found = TAG.matcher(tag.strip());
      if (found.matches()) {
        versions.add(Long.parseLong(found.group(1)));
      }
    }
    return versions;
  }
}

package io.crewline.platform.http;

import java.util.regex.Pattern;

/**
 * The paths of confirmation links. They carry a secret, which must reach no log, no cache and no
 * search engine.
 */
final class LinkPaths {
  private static final Pattern LINK = Pattern.compile("^(/+(?:c|api/+confirm)/+)[^/]*");

  private LinkPaths() {}

  /** Whether a path, or the template of a route, is that of a link. */
  static boolean isLink(String path) {
    return path.startsWith("/c/") || path.startsWith("/api/confirm/");
  }

  /** The path without the secret. */
  static String loggable(String path) {
    return LINK.matcher(path).replaceFirst("$1…");
  }
}

package io.crewline.chat;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds {@code @username} in a text. An address such as {@code a@b} mentions nobody. */
final class Mentions {
  private static final int AT_MOST = 50;
  private static final Pattern MENTION =
      Pattern.compile("(?<![\\p{L}\\p{N}_@.-])@([a-z0-9][a-z0-9_-]{0,63})(?![\\p{L}\\p{N}_])");

  private Mentions() {}

  /** The names mentioned, in order, each once, at most 50. They need not be users. */
  static Set<String> in(String text) {
    Set<String> names = new LinkedHashSet<>();
    if (text.indexOf('@') < 0) {
      return names;
    }
    Matcher matcher = MENTION.matcher(text);
    while (names.size() < AT_MOST && matcher.find()) {
      names.add(matcher.group(1));
    }
    return names;
  }
}

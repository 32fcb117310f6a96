package io.crewline.attachment;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import org.jspecify.annotations.Nullable;

/** Names of files as clients tell them: for people to read, never a path. */
final class FileNames {
  private static final int LENGTH = 255;

  private FileNames() {}

  /**
   * The last part of a path, without anything that could change how a line is shown; null when
   * nothing is left.
   */
  static @Nullable String clean(@Nullable String told) {
    if (told == null) {
      return null;
    }
    String last = told.substring(Math.max(told.lastIndexOf('/'), told.lastIndexOf('\\')) + 1);
    StringBuilder kept = new StringBuilder();
    Normalizer.normalize(last, Normalizer.Form.NFC)
        .codePoints()
        .filter(FileNames::isPlain)
        .limit(LENGTH)
        .forEach(kept::appendCodePoint);
    String name = kept.toString().strip();
    return name.isEmpty() || name.chars().allMatch(c -> c == '.') ? null : name;
  }

  private static boolean isPlain(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.UNASSIGNED,
          Character.PRIVATE_USE ->
          false;
      default -> c != 0xfffd;
    };
  }

  /** The value of {@code Content-Disposition} (RFC 6266) that shows a file under its name. */
  static String inline(@Nullable String name) {
    if (name == null) {
      return "inline";
    }
    String plain = name.replaceAll("[^\\x20-\\x7e]|[\"\\\\%]", "_");
    String encoded =
        URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20").replace("*", "%2A");
    return "inline; filename=\"" + plain + "\"; filename*=UTF-8''" + encoded;
  }
}

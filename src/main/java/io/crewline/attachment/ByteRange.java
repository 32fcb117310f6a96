package io.crewline.attachment;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The part of a file that a request asks for (RFC 9110 §14).
 *
 * @param first of its bytes
 * @param length how many; 0 when the file has none of them
 */
record ByteRange(long first, long length) {
  private static final Pattern ONE = Pattern.compile("bytes=\\s*(\\d{0,18})-(\\d{0,18})\\s*");

  /** Null means all of it: no range is asked for, or several, or in a way that nobody knows. */
  static @Nullable ByteRange of(@Nullable String header, long size) {
    Matcher range = ONE.matcher(header == null ? "" : header);
    if (!range.matches()) {
      return null;
    }
    String from = range.group(1);
    String to = range.group(2);
    if (from.isEmpty()) {
      if (to.isEmpty()) {
        return null;
      }
      long last = Math.min(Long.parseLong(to), size);
      return new ByteRange(size - last, last);
    }
    long first = Long.parseLong(from);
    long last = to.isEmpty() ? size - 1 : Math.min(Long.parseLong(to), size - 1);
    if (!to.isEmpty() && Long.parseLong(to) < first) {
      return null;
    }
    return new ByteRange(first, Math.max(0, last - first + 1));
  }

  /** The value of {@code Content-Range}. */
  String of(long size) {
    return length == 0
        ? "bytes */" + size
        : "bytes " + first + "-" + (first + length - 1) + "/" + size;
  }
}

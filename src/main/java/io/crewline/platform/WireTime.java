package io.crewline.platform;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * How times stand on the wire: RFC 3339, UTC, always with three digits for milliseconds, so that
 * they can be compared as texts.
 */
public final class WireTime {
  private static final DateTimeFormatter FORMAT =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private WireTime() {}

  /** Such as {@code 2026-01-31T09:30:00.000Z}; what is finer than a millisecond is cut off. */
  public static String of(Instant time) {
    return FORMAT.format(time);
  }
}

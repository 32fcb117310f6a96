package io.crewline.platform.http;

import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Why a body with a {@code Content-Encoding} cannot be read. The gateway decodes bodies before the
 * framework sees them; it says what went wrong in a header of the request, so that the answer is
 * made where all others are.
 */
public enum BodyFault {
  /** The bytes are not of that encoding, or end early, or their checksum is wrong. */
  BROKEN("broken"),
  /** The bytes, or what they decode to, are over the limit. */
  TOO_LARGE("tooLarge"),
  /** There is no such encoding here. */
  UNKNOWN("unknown");

  /** The header between gateway and filter. What a client sends under this name is removed. */
  public static final String HEADER = "Crewline-Body-Fault";

  /** The encodings that are decoded, as {@code Accept-Encoding} names them. */
  public static final String DECODED = "gzip, deflate, snappy";

  /** The most bytes that an encoded body may have, before and after it is decoded. */
  public static final int MAX_BYTES = 1 << 20;

  private static final Map<String, BodyFault> BY_NAME =
      Map.of(BROKEN.wireName, BROKEN, TOO_LARGE.wireName, TOO_LARGE, UNKNOWN.wireName, UNKNOWN);

  private final String wireName;

  BodyFault(String wireName) {
    this.wireName = wireName;
  }

  /** The value of the header. */
  public String wireName() {
    return wireName;
  }

  static @Nullable BodyFault ofWireName(@Nullable String name) {
    return name == null ? null : BY_NAME.get(name);
  }

  ApiException refusal() {
    return switch (this) {
      case BROKEN -> ApiException.badRequest("the body is not what its Content-Encoding says");
      case TOO_LARGE ->
          ApiException.of(
              ErrorCode.TOO_LARGE,
              "an encoded body may have %d bytes, and as many when it is decoded"
                  .formatted(MAX_BYTES));
      case UNKNOWN ->
          ApiException.of(
              ErrorCode.UNSUPPORTED_MEDIA_TYPE,
              "the Content-Encoding is not known here (expected: one of " + DECODED + ")");
    };
  }
}

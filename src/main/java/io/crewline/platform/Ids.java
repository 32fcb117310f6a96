package io.crewline.platform;

import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.function.Supplier;

/** Random identifiers. One injected source, so that tests can choose it. */
@Singleton
public final class Ids {
  private final Supplier<byte[]> sixteenBytes;

  public Ids() {
    SecureRandom random = new SecureRandom();
    this.sixteenBytes =
        () -> {
          byte[] bytes = new byte[16];
          random.nextBytes(bytes);
          return bytes;
        };
  }

  /** 128 random bits, 22 characters of URL-safe Base64 without padding. */
  public String random() {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(sixteenBytes.get());
  }
}

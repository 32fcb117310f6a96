package io.crewline.platform;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;

/** What is made of secrets: keys for one purpose each, and hashes by which tokens are found. */
public final class Secrets {
  private static final int KEY_BYTES = 32;

  private Secrets() {}

  /**
   * A 256-bit key for HMAC-SHA256, derived by HKDF (RFC 5869). The secret may so have any length,
   * and its uses never share a key.
   *
   * @param purpose another one for each use, with a version
   */
  public static SecretKey macKey(String secret, String purpose) {
    try {
      return KDF.getInstance("HKDF-SHA256")
          .deriveKey(
              "HmacSHA256",
              HKDFParameterSpec.ofExtract()
                  .addIKM(secret.getBytes(StandardCharsets.UTF_8))
                  .thenExpand(purpose.getBytes(StandardCharsets.UTF_8), KEY_BYTES));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no HKDF-SHA256", e);
    }
  }

  /** The SHA-256 of a text. Enough for tokens, which are random, and not for passwords. */
  public static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no SHA-256", e);
    }
  }
}

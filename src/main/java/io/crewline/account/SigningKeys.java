package io.crewline.account;

import io.crewline.platform.Settings;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.List;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * The 256-bit keys of access tokens, derived from the secrets of the settings by HKDF (RFC 5869). A
 * secret may so have any length, and its other uses never share a key with this one.
 */
@Singleton
final class SigningKeys {
  private static final String PURPOSE = "crewline access token HS256 v1";

  private final List<SecretKey> keys;

  SigningKeys(Settings settings) {
    this.keys = settings.secretKeys().stream().map(SigningKeys::derive).toList();
  }

  /** The key of new tokens. */
  SecretKey signing() {
    return keys.getFirst();
  }

  /** The keys of tokens that are accepted. */
  List<SecretKey> verifying() {
    return keys;
  }

  private static SecretKey derive(String secret) {
    try {
      return KDF.getInstance("HKDF-SHA256")
          .deriveKey(
              "HmacSHA256",
              HKDFParameterSpec.ofExtract()
                  .addIKM(secret.getBytes(StandardCharsets.UTF_8))
                  .thenExpand(PURPOSE.getBytes(StandardCharsets.UTF_8), 32));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no HKDF-SHA256", e);
    }
  }
}

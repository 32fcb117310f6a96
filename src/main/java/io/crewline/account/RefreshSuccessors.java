package io.crewline.account;

import io.crewline.platform.Secrets;
import io.crewline.platform.Settings;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.SecretKey;

/**
 * Derives the refresh token that follows another one: HMAC-SHA256 of it. Every node can so give the
 * same successor again, although only hashes of tokens are kept; without the secret of the settings
 * nobody can tell the successor from the token. Thread-safe.
 */
@Singleton
final class RefreshSuccessors {
  private static final String PURPOSE = "crewline refresh token successor v1";

  private final List<SecretKey> keys;

  RefreshSuccessors(Settings settings) {
    this.keys =
        settings.secretKeys().stream().map(secret -> Secrets.macKey(secret, PURPOSE)).toList();
  }

  /** The successor of a token that is exchanged now. */
  String next(String token) {
    return derive(keys.getFirst(), token);
  }

  /** What a node may have given out for a token, also before the secret was rotated. */
  List<String> candidates(String token) {
    return keys.stream().map(key -> derive(key, token)).toList();
  }

  private static String derive(SecretKey key, String token) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(mac.doFinal(token.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no HmacSHA256", e);
    }
  }
}

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
 * Refresh tokens that every node can give out again, although only hashes of tokens are kept: they
 * are derived by HMAC-SHA256 from what the caller has to show again. Without the secret of the
 * settings nobody can tell them. Thread-safe.
 */
@Singleton
final class DerivedTokens {
  private static final String SUCCESSOR = "crewline refresh token successor v1";
  private static final String FIRST = "crewline first refresh token v1";

  private final List<SecretKey> successors;
  private final List<SecretKey> firsts;

  DerivedTokens(Settings settings) {
    this.successors = keys(settings, SUCCESSOR);
    this.firsts = keys(settings, FIRST);
  }

  private static List<SecretKey> keys(Settings settings, String purpose) {
    return settings.secretKeys().stream().map(secret -> Secrets.macKey(secret, purpose)).toList();
  }

  /** The successor of a token that is exchanged now. */
  String successor(String token) {
    return successors(token).getFirst();
  }

  /**
   * What a node may have given out for a token, also before the secret was rotated; the first is
   * what is given out now.
   */
  List<String> successors(String token) {
    return successors.stream().map(key -> derive(key, token)).toList();
  }

  /** As {@link #successors}, for a login with an {@code Idempotency-Key}. */
  List<String> firsts(String username, String idempotencyKey) {
    // A username has no space, so no two pairs make the same text.
    return firsts.stream().map(key -> derive(key, username + ' ' + idempotencyKey)).toList();
  }

  /** What stands for the access token that is given out with a refresh token; tells nothing. */
  static String accessTokenId(String refresh) {
    return encode(Secrets.sha256("access token of " + refresh)).substring(0, 22);
  }

  private static String derive(SecretKey key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      return encode(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no HmacSHA256", e);
    }
  }

  private static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}

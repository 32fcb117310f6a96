package io.crewline.account;

import io.crewline.platform.Secrets;
import io.crewline.platform.Settings;
import jakarta.inject.Singleton;
import java.util.List;
import javax.crypto.SecretKey;

/**
 * The keys of access tokens, derived from the secrets of the settings: see {@link Secrets#macKey}.
 */
@Singleton
final class SigningKeys {
  private static final String PURPOSE = "crewline access token HS256 v1";

  private final List<SecretKey> keys;

  SigningKeys(Settings settings) {
    this.keys =
        settings.secretKeys().stream().map(secret -> Secrets.macKey(secret, PURPOSE)).toList();
  }

  /** The key of new tokens. */
  SecretKey signing() {
    return keys.getFirst();
  }

  /** The keys of tokens that are accepted. */
  List<SecretKey> verifying() {
    return keys;
  }
}

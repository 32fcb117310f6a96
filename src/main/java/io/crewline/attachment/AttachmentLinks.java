package io.crewline.attachment;

import io.crewline.platform.Secrets;
import io.crewline.platform.Settings;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.SecretKey;

/**
 * Addresses of attachments that need no login for a while, for where a browser cannot send a token:
 * {@code <img>}. A link is a MAC of what it opens and until when; its end is the end of the next
 * period of {@link #PERIOD}, so that the same image has the same address for a while and is found
 * in the browser's cache.
 */
@Singleton
final class AttachmentLinks {
  static final Duration PERIOD = Duration.ofMinutes(10);

  private static final String PURPOSE = "crewline attachment link HS256 v1";

  private final List<SecretKey> keys;
  private final Clock clock;

  AttachmentLinks(Settings settings, Clock clock) {
    this.keys =
        settings.secretKeys().stream().map(secret -> Secrets.macKey(secret, PURPOSE)).toList();
    this.clock = clock;
  }

  /** When a link that is made now ends. */
  Instant end() {
    long period = PERIOD.toSeconds();
    return Instant.ofEpochSecond((clock.instant().getEpochSecond() / period + 2) * period);
  }

  String link(long id, boolean thumbnail, Instant end) {
    long seconds = end.getEpochSecond();
    return "/attachments/"
        + id
        + (thumbnail ? "/thumbnail" : "")
        + "?exp="
        + seconds
        + "&sig="
        + Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(mac(keys.getFirst(), id, thumbnail, seconds));
  }

  /** Whether the link is one of ours and not yet over. */
  boolean opens(long id, boolean thumbnail, long end, String signature) {
    byte[] told;
    try {
      told = Base64.getUrlDecoder().decode(signature);
    } catch (IllegalArgumentException e) {
      return false;
    }
    return end > clock.instant().getEpochSecond()
        && keys.stream().anyMatch(key -> MessageDigest.isEqual(told, mac(key, id, thumbnail, end)));
  }

  private static byte[] mac(SecretKey key, long id, boolean thumbnail, long end) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      String text = id + (thumbnail ? " thumbnail " : " image ") + end;
      return mac.doFinal(text.getBytes(StandardCharsets.US_ASCII));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no HmacSHA256", e);
    }
  }
}

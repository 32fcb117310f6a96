package io.crewline.realtime.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.crewline.realtime.redis.Rejection.Reason;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Seals and opens with AES-256-GCM. Thread-safe.
 *
 * <p>Each configured key gives every sender a key of its own, by HKDF-SHA-256 (RFC 5869) salted
 * with the sender's random node id. So a sender's nonce is simply its count of messages: it repeats
 * neither between nodes nor after a restart, and the 2^32 messages that random nonces are good for
 * (NIST SP 800-38D §8.3) are no limit.
 */
final class BroadcastKeys {
  static final int TAG_BYTES = 16;

  private static final byte[] KEY_ID = "crewline broadcast key id".getBytes(UTF_8);
  private static final byte[] SENDER = "crewline broadcast sender".getBytes(UTF_8);

  /** Senders whose keys are remembered: each start of a node is one. */
  private static final int SENDERS = 1024;

  private final Map<Integer, byte[]> secrets = new LinkedHashMap<>();
  private final Map<Sender, SecretKey> senders = new ConcurrentHashMap<>();
  private final int sealingId;

  private record Sender(int keyId, UUID node) {}

  /**
   * @param secrets the first seals, all open; at least one
   */
  BroadcastKeys(List<String> secrets) {
    for (String secret : secrets) {
      byte[] bytes = secret.getBytes(UTF_8);
      this.secrets.putIfAbsent(
          ByteBuffer.wrap(derive(bytes, new byte[0], KEY_ID, 4)).getInt(), bytes);
    }
    this.sealingId = this.secrets.keySet().iterator().next();
  }

  /** The id of the key that seals. */
  int sealingId() {
    return sealingId;
  }

  /**
   * @param count never given twice for one node
   * @param context what the bytes are bound to: they open with the same only
   */
  byte[] seal(UUID node, long count, byte[] context, byte[] plain) {
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(Cipher.ENCRYPT_MODE, senderKey(sealingId, node, true), nonce(count));
      cipher.updateAAD(context);
      return cipher.doFinal(plain);
    } catch (GeneralSecurityException | Rejection e) {
      throw new IllegalStateException(e);
    }
  }

  byte[] open(int keyId, UUID node, long count, byte[] context, ByteBuffer sealed)
      throws Rejection {
    if (sealed.remaining() < TAG_BYTES) {
      throw new Rejection(Reason.MALFORMED);
    }
    SecretKey key = senderKey(keyId, node, false);
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(Cipher.DECRYPT_MODE, key, nonce(count));
      cipher.updateAAD(context);
      ByteBuffer plain = ByteBuffer.allocate(cipher.getOutputSize(sealed.remaining()));
      cipher.doFinal(sealed, plain);
      // Only now: invented senders do not fill the memory.
      remember(new Sender(keyId, node), key);
      byte[] bytes = new byte[plain.flip().remaining()];
      plain.get(bytes);
      return bytes;
    } catch (AEADBadTagException e) {
      throw new Rejection(Reason.TAMPERED);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private SecretKey senderKey(int keyId, UUID node, boolean remember) throws Rejection {
    Sender sender = new Sender(keyId, node);
    @Nullable SecretKey known = senders.get(sender);
    if (known != null) {
      return known;
    }
    byte[] secret = secrets.get(keyId);
    if (secret == null) {
      throw new Rejection(Reason.UNKNOWN_KEY);
    }
    byte[] salt =
        ByteBuffer.allocate(16)
            .putLong(node.getMostSignificantBits())
            .putLong(node.getLeastSignificantBits())
            .array();
    SecretKey key = new SecretKeySpec(derive(secret, salt, SENDER, 32), "AES");
    if (remember) {
      remember(sender, key);
    }
    return key;
  }

  private void remember(Sender sender, SecretKey key) {
    if (senders.size() >= SENDERS) {
      senders.clear();
    }
    senders.put(sender, key);
  }

  private static byte[] derive(byte[] secret, byte[] salt, byte[] purpose, int length) {
    try {
      return KDF.getInstance("HKDF-SHA256")
          .deriveData(
              HKDFParameterSpec.ofExtract()
                  .addIKM(secret)
                  .addSalt(salt)
                  .thenExpand(purpose, length));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static GCMParameterSpec nonce(long count) {
    return new GCMParameterSpec(
        TAG_BYTES * 8, ByteBuffer.allocate(12).putInt(0).putLong(count).array());
  }
}

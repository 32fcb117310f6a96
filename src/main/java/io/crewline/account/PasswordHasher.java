package io.crewline.account;

import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;

/**
 * Argon2id with the parameters of the OWASP password storage cheat sheet: 19 MiB, two passes, one
 * lane. Hashing has platform threads of its own, as many as cores: on virtual threads some logins
 * at once would occupy every carrier and stop all other work. What waits is bounded.
 *
 * <p>Passwords are hashed in the normal form NFC (Unicode Standard Annex 15), so that the same
 * letters typed on another keyboard are the same password. Hashes of before that were made of
 * passwords as they were typed, and still match them.
 */
@Singleton
final class PasswordHasher {
  private static final int SALT_BYTES = 16;
  private static final int HASH_BYTES = 32;
  private static final int LANES = 1;
  private static final int MEMORY_KIB = 19_456;
  private static final int PASSES = 2;
  private static final int WAITING = 128;

  /** No password has this hash; checking one against it takes as long as against a real one. */
  private static final String NOBODY =
      "$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s"
          .formatted(MEMORY_KIB, PASSES, LANES, "A".repeat(22), "A".repeat(43));

  private final Argon2PasswordEncoder encoder =
      new Argon2PasswordEncoder(SALT_BYTES, HASH_BYTES, LANES, MEMORY_KIB, PASSES);
  private final ThreadPoolExecutor threads;

  PasswordHasher() {
    int cores = Runtime.getRuntime().availableProcessors();
    this.threads =
        new ThreadPoolExecutor(
            cores,
            cores,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING),
            Thread.ofPlatform().daemon().name("password-", 0).factory());
    threads.allowCoreThreadTimeOut(true);
  }

  /** The encoded hash of a password, with a new salt and the parameters. */
  String hash(String password) {
    return onHashingThread(() -> encoder.encode(Passwords.normal(password)));
  }

  /**
   * Whether the password is the one of the hash; takes the same time when there is no hash. Call it
   * on a hashing thread.
   */
  boolean matches(String password, @Nullable String hash) {
    String known = hash == null ? NOBODY : hash;
    String normal = Passwords.normal(password);
    return encoder.matches(normal, known)
        || !normal.equals(password) && encoder.matches(password, known);
  }

  /** Whether the hash was made with weaker parameters than today's. */
  boolean isOutdated(String hash) {
    return encoder.upgradeEncoding(hash);
  }

  /**
   * Runs the work on a hashing thread and waits for it.
   *
   * @throws ApiException {@link ErrorCode#UNAVAILABLE} when too many wait already
   */
  <T> T onHashingThread(Supplier<T> work) {
    Future<T> result;
    try {
      result = threads.submit(work::get);
    } catch (RejectedExecutionException e) {
      throw ApiException.unavailable("too many logins at once");
    }
    try {
      return result.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof ApiException refusal) {
        throw refusal;
      }
      throw new IllegalStateException("hashing failed", e.getCause());
    } catch (CancellationException e) {
      throw ApiException.unavailable("the server is stopping");
    } catch (InterruptedException e) {
      result.cancel(false);
      Thread.currentThread().interrupt();
      throw ApiException.unavailable("the server is stopping");
    }
  }

  @PreDestroy
  void stop() {
    threads.shutdownNow().forEach(waiting -> ((Future<?>) waiting).cancel(false));
  }
}

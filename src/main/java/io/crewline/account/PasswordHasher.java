package io.crewline.account;

import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;

/**
 * Argon2id with the parameters of the OWASP password storage cheat sheet: 19 MiB, two passes, one
 * lane. Hashing has platform threads of its own, as many as cores: on virtual threads some logins
 * at once would occupy every carrier and stop all other work. What waits is bounded, and waits in a
 * {@link FairQueue}: many guesses from one address do not keep others from logging in.
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
  private final FairQueue<FutureTask<?>> waiting = new FairQueue<>(WAITING);
  private final ThreadPoolExecutor threads;

  PasswordHasher() {
    int cores = Runtime.getRuntime().availableProcessors();
    this.threads =
        new ThreadPoolExecutor(
            cores,
            cores,
            30,
            TimeUnit.SECONDS,
            // One turn for each that waits, so it is bounded as well.
            new LinkedBlockingQueue<>(),
            // Threads begin with whoever asks first, who may be inside a transaction.
            Thread.ofPlatform()
                .daemon()
                .name("password-", 0)
                .inheritInheritableThreadLocals(false)
                .factory());
    threads.allowCoreThreadTimeOut(true);
  }

  /** The encoded hash of a password, with a new salt and the parameters. */
  String hash(String password) {
    return onHashingThread("", "", () -> encoder.encode(Passwords.normal(password)));
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
   * @param source where it comes from; empty for those who have logged in
   * @param user whom it is about
   * @throws ApiException {@link ErrorCode#UNAVAILABLE} when too many wait already, and of this
   *     source no fewer than of any other
   */
  <T> T onHashingThread(String source, String user, Supplier<T> work) {
    FutureTask<T> result = new FutureTask<>(work::get);
    FutureTask<?> refused = waiting.add(source, user, result);
    if (refused != null) {
      // Its turn goes to one of the others.
      refused.cancel(false);
    } else {
      try {
        threads.execute(this::runNext);
      } catch (RejectedExecutionException e) {
        throw ApiException.unavailable("the server is stopping");
      }
    }
    try {
      return result.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof ApiException refusal) {
        throw refusal;
      }
      throw new IllegalStateException("hashing failed", e.getCause());
    } catch (CancellationException e) {
      throw ApiException.unavailable(
          threads.isShutdown() ? "the server is stopping" : "too many logins at once");
    } catch (InterruptedException e) {
      result.cancel(false);
      Thread.currentThread().interrupt();
      throw ApiException.unavailable("the server is stopping");
    }
  }

  private void runNext() {
    FutureTask<?> next = waiting.poll();
    if (next != null) {
      next.run();
    }
  }

  @PreDestroy
  void stop() {
    threads.shutdownNow();
    for (FutureTask<?> next = waiting.poll(); next != null; next = waiting.poll()) {
      next.cancel(false);
    }
  }
}

package io.crewline.account;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.crewline.platform.Database;
import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.runtime.event.annotation.EventListener;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.security.authentication.Authentication;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * The callers of REST requests, from the database, off the event loop. A caller is remembered for
 * at most a second, and forgotten at once by the node that changes the account or hears of it:
 * disabling a user, changing a role or ending a login takes effect at once there, and within a
 * second everywhere.
 */
@Singleton
class Callers {
  private static final String IDENTITY = "identity";

  private final Database database;
  private final ExecutorService blocking;
  private final AtomicLong changes = new AtomicLong();
  private final Cache<Key, Authentication> remembered =
      Caffeine.newBuilder().maximumSize(10_000).expireAfterWrite(Duration.ofSeconds(1)).build();

  Callers(Database database, @Named(TaskExecutors.BLOCKING) ExecutorService blocking) {
    this.database = database;
    this.blocking = blocking;
  }

  /** A user by one of their logins; null where there is none. */
  record Key(String username, @Nullable String login) {}

  /**
   * The caller of that name and login.
   *
   * @param load blocking; returns the account as it is now, or null to leave the request anonymous;
   *     what it throws fails the request
   */
  Publisher<Authentication> find(Key key, Supplier<@Nullable Identity> load) {
    Authentication known = remembered.getIfPresent(key);
    if (known != null) {
      return Publishers.just(known);
    }
    CompletableFuture<Authentication> result = new CompletableFuture<>();
    blocking.execute(
        () -> {
          try {
            result.complete(loadAndRemember(key, load));
          } catch (RuntimeException e) {
            result.completeExceptionally(e);
          }
        });
    return Publishers.fromCompletableFuture(result);
  }

  private @Nullable Authentication loadAndRemember(Key key, Supplier<@Nullable Identity> load) {
    long before = changes.get();
    Identity identity = load.get();
    if (identity == null) {
      return null;
    }
    Authentication caller = authentication(identity);
    remembered.put(key, caller);
    // What was read may be older than a change that has already forgotten the caller.
    if (changes.get() != before) {
      remembered.invalidate(key);
    }
    return caller;
  }

  @EventListener
  void onChange(AccountChanged change) {
    database.afterCommit(() -> forget(change.identity().username()));
  }

  @EventListener
  void onEnd(LoginEnded end) {
    database.afterCommit(() -> forget(end.username()));
  }

  void forget(String username) {
    changes.incrementAndGet();
    remembered.asMap().keySet().removeIf(key -> key.username().equals(username));
  }

  /** The identity inside an authentication that was made here. */
  static @Nullable Identity identity(Authentication caller) {
    return caller.getAttributes().get(IDENTITY) instanceof Identity identity ? identity : null;
  }

  /** With every role that the caller's includes, so that {@code @Secured} names the least one. */
  private static Authentication authentication(Identity identity) {
    List<String> roles =
        Arrays.stream(Role.values()).filter(identity.role()::atLeast).map(Role::wireName).toList();
    return Authentication.build(identity.username(), roles, Map.of(IDENTITY, identity));
  }
}

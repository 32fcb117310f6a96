package io.crewline.realtime.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.api.async.BaseRedisAsyncCommands;
import io.lettuce.core.output.NestedMultiOutput;
import io.lettuce.core.protocol.CommandType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * What a server says of itself in answer to {@code HELLO}, which every user may send and which
 * Valkey answers alike.
 *
 * @param version the first part of its number; 0 for a server before 6, which does not know {@code
 *     HELLO} and of which nothing else is known either
 */
record RedisServer(int version, boolean cluster, boolean replica) {
  private static final RedisServer OLD = new RedisServer(0, false, false);

  /** Asks; the caller flushes. Fails when there is no answer. */
  static CompletableFuture<RedisServer> ask(BaseRedisAsyncCommands<String, byte[]> commands) {
    return commands
        .dispatch(CommandType.HELLO, new NestedMultiOutput<>(RedisNode.CODEC))
        .toCompletableFuture()
        .thenApply(RedisServer::of)
        .exceptionally(
            failure -> {
              Throwable cause =
                  failure instanceof CompletionException && failure.getCause() != null
                      ? failure.getCause()
                      : failure;
              if (cause instanceof RedisCommandExecutionException) {
                return OLD;
              }
              throw new CompletionException(cause);
            });
  }

  static RedisServer of(List<Object> answer) {
    Map<String, String> facts = new HashMap<>();
    for (int i = 0; i + 1 < answer.size(); i += 2) {
      String name = text(answer.get(i));
      String value = text(answer.get(i + 1));
      if (name != null && value != null) {
        facts.put(name, value);
      }
    }
    String version = facts.getOrDefault("version", "").replaceFirst("\\D.*", "");
    return new RedisServer(
        version.isEmpty() ? 0 : Integer.parseInt(version),
        "cluster".equals(facts.get("mode")),
        // Older servers say slave.
        !facts.getOrDefault("role", "master").equals("master"));
  }

  private static @Nullable String text(Object value) {
    return value instanceof byte[] bytes ? new String(bytes, UTF_8) : null;
  }

  /** Whether channels belong to slots: sharded pub/sub came with version 7. */
  boolean isSharded() {
    return cluster && version >= 7;
  }
}

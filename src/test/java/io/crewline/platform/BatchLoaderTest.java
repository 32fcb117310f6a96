package io.crewline.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class BatchLoaderTest {
  private static final Executor THREADS = task -> Thread.ofVirtual().start(task);

  private final ConcurrentLinkedQueue<Set<String>> queries = new ConcurrentLinkedQueue<>();
  private final CountDownLatch firstMayEnd = new CountDownLatch(1);

  @Test
  void whoAsksWhileAQueryRunsSharesTheNext() {
    BatchLoader<String, Integer> lengths = new BatchLoader<>(100, this::slowFirst);

    List<CompletableFuture<Integer>> asked = new ArrayList<>();
    asked.add(ask(lengths, "a"));
    await().until(() -> queries.size() == 1);
    for (int i = 0; i < 50; i++) {
      asked.add(ask(lengths, "b".repeat(i % 5 + 1)));
    }
    await().until(() -> lengths.waiting() == 5);
    firstMayEnd.countDown();

    assertThat(asked.stream().mapToInt(CompletableFuture::join).sum()).isEqualTo(1 + 10 * 15);
    assertThat(queries).hasSize(2);
  }

  @Test
  void theSameKeyIsReadAgainByWhoAsksLater() {
    BatchLoader<String, Integer> lengths = new BatchLoader<>(100, this::slowFirst);

    CompletableFuture<Integer> first = ask(lengths, "a");
    await().until(() -> queries.size() == 1);
    CompletableFuture<Integer> second = ask(lengths, "a");
    await().until(() -> lengths.waiting() == 1);
    firstMayEnd.countDown();

    assertThat(first.join() + second.join()).isEqualTo(2);
    assertThat(queries).containsExactly(Set.of("a"), Set.of("a"));
  }

  @Test
  void noQueryHasMoreKeysThanAllowed() {
    BatchLoader<String, Integer> lengths = new BatchLoader<>(2, this::slowFirst);

    List<CompletableFuture<Integer>> asked = new ArrayList<>();
    asked.add(ask(lengths, "first"));
    await().until(() -> queries.size() == 1);
    List.of("a", "bb", "ccc", "dddd", "eeeee").forEach(key -> asked.add(ask(lengths, key)));
    await().until(() -> lengths.waiting() == 5);
    firstMayEnd.countDown();

    assertThat(asked.stream().mapToInt(CompletableFuture::join).sum()).isEqualTo(5 + 15);
    assertThat(queries).hasSize(4).allMatch(keys -> keys.size() <= 2);
  }

  @Test
  void aKeyWithoutAValueIsNull() {
    assertThat(new BatchLoader<String, Integer>(1, keys -> Map.of()).load("a")).isNull();
  }

  @Test
  void aFailureIsThatOfAllWhoAskedAndOfNobodyElse() {
    BatchLoader<String, Integer> failing =
        new BatchLoader<>(
            1,
            keys -> {
              if (keys.contains("bad")) {
                throw ApiException.of(ErrorCode.UNAVAILABLE, "the database is away");
              }
              return lengths(keys);
            });

    assertThatThrownBy(() -> failing.load("bad"))
        .isInstanceOfSatisfying(
            ApiException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
    assertThat(failing.load("good")).isEqualTo(4);
  }

  private static CompletableFuture<Integer> ask(BatchLoader<String, Integer> loader, String key) {
    return CompletableFuture.supplyAsync(() -> loader.load(key), THREADS);
  }

  private Map<String, Integer> slowFirst(Set<String> keys) {
    queries.add(Set.copyOf(keys));
    try {
      firstMayEnd.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return lengths(keys);
  }

  private static Map<String, Integer> lengths(Set<String> keys) {
    return keys.stream().collect(Collectors.toMap(Function.identity(), String::length));
  }
}

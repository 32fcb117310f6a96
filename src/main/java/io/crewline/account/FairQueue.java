package io.crewline.account;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What waits, by who asked for it: sources take turns, and so do the parts of a source. Whoever
 * asks for much waits behind those who ask for little, and has to give way when there is no room.
 * Thread-safe.
 */
final class FairQueue<T> {
  private final int room;

  /** The next one to have its turn is the first. */
  private final LinkedHashMap<String, LinkedHashMap<String, ArrayDeque<T>>> sources =
      new LinkedHashMap<>();

  private int size;

  /**
   * @param room how many things may wait
   */
  FairQueue(int room) {
    this.room = room;
  }

  /**
   * Adds a thing behind the others of its source and part.
   *
   * @return null, or what has to go because there is no room: the newest thing of the source with
   *     most things; that is the added one where others have no more than its own source
   */
  synchronized @Nullable T add(String source, String part, T thing) {
    sources
        .computeIfAbsent(source, absent -> new LinkedHashMap<>())
        .computeIfAbsent(part, absent -> new ArrayDeque<>())
        .addLast(thing);
    size++;
    if (size <= room) {
      return null;
    }
    String from = largest(sources, FairQueue::sizeOf, source);
    LinkedHashMap<String, ArrayDeque<T>> parts = Objects.requireNonNull(sources.get(from));
    String of = largest(parts, ArrayDeque::size, part);
    T gone = Objects.requireNonNull(parts.get(of)).removeLast();
    forget(from, of, parts);
    return gone;
  }

  /** The next thing, or null when nothing waits. Its source and part go behind the others. */
  synchronized @Nullable T poll() {
    if (size == 0) {
      return null;
    }
    String source = sources.firstEntry().getKey();
    LinkedHashMap<String, ArrayDeque<T>> parts = sources.firstEntry().getValue();
    String part = parts.firstEntry().getKey();
    ArrayDeque<T> things = parts.firstEntry().getValue();
    T next = things.removeFirst();
    sources.putLast(source, parts);
    parts.putLast(part, things);
    forget(source, part, parts);
    return next;
  }

  /** Counts one thing less, and drops what is empty. */
  private void forget(String source, String part, LinkedHashMap<String, ArrayDeque<T>> parts) {
    size--;
    if (Objects.requireNonNull(parts.get(part)).isEmpty()) {
      parts.remove(part);
    }
    if (parts.isEmpty()) {
      sources.remove(source);
    }
  }

  private static <T> int sizeOf(Map<String, ArrayDeque<T>> parts) {
    return parts.values().stream().mapToInt(ArrayDeque::size).sum();
  }

  /** The key of the largest value; of several the given one, if it is among them. */
  private static <V> String largest(Map<String, V> values, ToIntFunction<V> size, String given) {
    V own = values.get(given);
    String largest = given;
    int most = own == null ? 0 : size.applyAsInt(own);
    for (Map.Entry<String, V> each : values.entrySet()) {
      int count = size.applyAsInt(each.getValue());
      if (count > most) {
        largest = each.getKey();
        most = count;
      }
    }
    return largest;
  }
}

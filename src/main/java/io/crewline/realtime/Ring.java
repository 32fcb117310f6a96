package io.crewline.realtime;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * A queue with two ends that is read from anywhere at the cost of what is read. Not thread-safe.
 */
final class Ring<T> {
  private static final int FIRST_CAPACITY = 16;

  private @Nullable Object[] slots = new Object[FIRST_CAPACITY];
  private int head;
  private int size;

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  @SuppressWarnings("unchecked")
  private T get(int index) {
    Object found = index < 0 || index >= size ? null : slots[slot(index)];
    if (found == null) {
      throw new NoSuchElementException(index + " of " + size);
    }
    return (T) found;
  }

  T getFirst() {
    return get(0);
  }

  T getLast() {
    return get(size - 1);
  }

  void addFirst(T element) {
    grow();
    head = slot(-1);
    slots[head] = element;
    size++;
  }

  void addLast(T element) {
    grow();
    slots[slot(size)] = element;
    size++;
  }

  T removeFirst() {
    T first = get(0);
    slots[head] = null;
    head = slot(1);
    size--;
    return first;
  }

  /** The elements from one index, counted from the first, up to another one that is left out. */
  List<T> copy(int from, int to) {
    List<T> copied = new ArrayList<>(to - from);
    for (int i = from; i < to; i++) {
      copied.add(get(i));
    }
    return copied;
  }

  void clear() {
    slots = new Object[FIRST_CAPACITY];
    head = 0;
    size = 0;
  }

  /** Where an index is; the capacity is a power of two. */
  private int slot(int index) {
    return (head + index) & (slots.length - 1);
  }

  private void grow() {
    if (size == slots.length) {
      @Nullable Object[] larger = Arrays.copyOf(slots, size * 2);
      for (int i = 0; i < size; i++) {
        larger[i] = slots[slot(i)];
      }
      Arrays.fill(larger, size, larger.length, null);
      slots = larger;
      head = 0;
    }
  }
}

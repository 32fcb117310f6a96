package io.crewline.chaos;

import org.jspecify.annotations.Nullable;

/**
 * A {@code clientId} as one number: the writer's in the upper bits, the send's in the lower. On the
 * wire it reads {@code w3-17}. Sends of one writer are numbered in the order of sending.
 */
final class SendKey {
  /** No client id of ours. */
  static final long NONE = -1;

  private static final int SENDS = 40;

  private SendKey() {}

  static long of(int writer, long send) {
    return (long) writer << SENDS | send;
  }

  static int writer(long key) {
    return (int) (key >> SENDS);
  }

  static long send(long key) {
    return key & (1L << SENDS) - 1;
  }

  static String text(long key) {
    return key == NONE ? "(none)" : "w" + writer(key) + "-" + send(key);
  }

  static long parse(@Nullable Object text) {
    if (!(text instanceof String known) || !known.matches("w\\d{1,4}-\\d{1,12}")) {
      return NONE;
    }
    int dash = known.indexOf('-');
    return of(
        Integer.parseInt(known.substring(1, dash)), Long.parseLong(known.substring(dash + 1)));
  }
}

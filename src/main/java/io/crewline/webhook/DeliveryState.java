package io.crewline.webhook;

import io.crewline.platform.ApiException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Where a delivery stands. */
enum DeliveryState {
  /** It waits for its first or next attempt, or one is being made. */
  PENDING("pending"),
  /** Answered with 2xx. */
  DELIVERED("delivered"),
  /** There is no further attempt unless it is replayed. */
  DEAD("dead");

  private final String wireName;

  DeliveryState(String wireName) {
    this.wireName = wireName;
  }

  String wireName() {
    return wireName;
  }

  /** Parses a name that came from outside; null stays null. */
  static @Nullable DeliveryState parse(@Nullable String name) {
    return name == null
        ? null
        : Arrays.stream(values())
            .filter(state -> state.wireName.equals(name))
            .findFirst()
            .orElseThrow(
                () -> ApiException.badField("state", "must be pending, delivered or dead"));
  }
}

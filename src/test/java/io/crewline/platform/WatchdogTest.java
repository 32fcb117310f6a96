package io.crewline.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.chat.MessageService;
import io.crewline.testing.Rest;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micronaut.inject.BeanDefinition;
import io.micronaut.scheduling.annotation.Scheduled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class WatchdogTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Duration LONGER = Duration.ofSeconds(31);
  private static Crewline node;

  private final Watchdog watchdog =
      new Watchdog(Settings.from(Map.of()), new SimpleMeterRegistry());

  @BeforeAll
  static void start() {
    node = TestNode.start();
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void aLoopThatStandsStillTakesTheNodeOutUntilItGoesOn() {
    Watchdog ofNode = node.context().getBean(Watchdog.class);
    Watchdog.Watch watch = ofNode.watch("a loop", LIMIT);
    Rest rest = new Rest(node);
    watch.beat();
    ofNode.check(LONGER);

    ofNode.check(LONGER);
    assertThat(ofNode.stalled()).contains("a loop");
    Rest.Answer readiness = rest.get("/health/readiness");
    assertThat(readiness.status()).isEqualTo(503);
    assertThat(readiness.body()).contains("a loop");
    assertThat(rest.get("/prometheus").body()).containsPattern("crewline_loops_stalled \\d*[1-9]");

    watch.beat();
    // The other loops of the node have missed the time that was made up here, too.
    await()
        .untilAsserted(
            () -> {
              ofNode.check(Duration.ofMillis(1));
              assertThat(ofNode.stalled()).isEmpty();
            });
    assertThat(rest.get("/health/readiness").status()).isEqualTo(200);
  }

  @Test
  void theLoopsOfANodeAreWatched() {
    Watchdog ofNode = node.context().getBean(Watchdog.class);
    // Heartbeats begin with the first socket.
    try (SocketClient client = SocketClient.connect(node.port(), null)) {
      await()
          .untilAsserted(
              () ->
                  assertThat(ofNode.watched())
                      .contains("heartbeats", "position check", "presence", "webhooks"));
    }
  }

  /** A new one is not forgotten: whoever does something on a schedule has a watch. */
  @Test
  void everythingThatIsDoneOnAScheduleIsWatched() {
    List<String> unwatched = new ArrayList<>();
    for (BeanDefinition<?> bean : node.context().getAllBeanDefinitions()) {
      Class<?> type = bean.getBeanType();
      boolean scheduled =
          type.getName().startsWith("io.crewline.")
              && bean.getExecutableMethods().stream()
                  .anyMatch(method -> method.hasAnnotation(Scheduled.class));
      if (scheduled) {
        // Otherwise it is made when it is due for the first time.
        node.context().getBean(type);
      }
      if (scheduled
          && Arrays.stream(type.getDeclaredFields())
              .noneMatch(field -> field.getType() == Watchdog.Watch.class)) {
        unwatched.add(type.getName());
      }
    }
    assertThat(unwatched).isEmpty();
    node.context().getBean(MessageService.class);
    assertThat(node.context().getBean(Watchdog.class).loops())
        .contains("retention", "reminders", "clock check")
        .contains("message lane", "message answers", "task lane")
        .contains("cleaner of idempotency keys", "cleaner of tokens", "cleaner of webhooks");
  }

  @Test
  void aLoopThatRestsOrHasNotBegunMayBeSilent() {
    Watchdog.Watch resting = watchdog.watch("a resting loop", LIMIT);
    watchdog.watch("a loop that has not begun", LIMIT);
    resting.beat();
    resting.rest();

    for (int i = 0; i < 5; i++) {
      watchdog.check(LONGER);
    }

    assertThat(watchdog.stalled()).doesNotContain("a resting loop", "a loop that has not begun");
  }

  @Test
  void aLoopThatBeatsIsNeverLate() {
    Watchdog.Watch watch = watchdog.watch("a steady loop", LIMIT);

    for (int i = 0; i < 5; i++) {
      watch.beat();
      watchdog.check(LONGER);
    }

    assertThat(watchdog.stalled()).doesNotContain("a steady loop");
  }
}

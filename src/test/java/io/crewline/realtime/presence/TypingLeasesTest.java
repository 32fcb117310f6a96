package io.crewline.realtime.presence;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.journal.Topic;
import io.crewline.realtime.presence.TypingLeases.Due;
import io.crewline.realtime.presence.TypingLeases.Typist;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TypingLeasesTest {
  private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");
  private static final Topic ROOM = Topic.room("messaging:general");
  private static final Person DAVE = new Person("dave", "Dave");
  private static final Typist TYPIST = new Typist(ROOM, DAVE);
  private static final Due NOTHING = new Due(List.of(), List.of());

  private final TypingLeases leases = new TypingLeases();

  private static Instant after(double seconds) {
    return START.plus(Duration.ofMillis((long) (seconds * 1000)));
  }

  @Test
  void aLeaseEndsTenSecondsAfterTheLastStart() {
    assertThat(leases.begin(ROOM, DAVE, "s1", START)).isTrue();
    assertThat(leases.due(after(9.9))).isEqualTo(NOTHING);
    assertThat(leases.due(after(10))).isEqualTo(new Due(List.of(TYPIST), List.of()));
    assertThat(leases.due(after(20))).isEqualTo(NOTHING);
    assertThat(leases.isEmpty()).isTrue();
  }

  @Test
  void whatAnotherNodeSaidEndsInTheSameWay() {
    leases.heard(ROOM, DAVE, START);
    leases.heard(ROOM, DAVE, after(6));
    assertThat(leases.due(after(15.9))).isEqualTo(NOTHING);
    assertThat(leases.due(after(16)).ended()).containsExactly(TYPIST);
    assertThat(leases.isEmpty()).isTrue();
  }

  @Test
  void repeatsAreToldEveryThreeSecondsAndNoneIsForgotten() {
    assertThat(leases.begin(ROOM, DAVE, "s1", START)).isTrue();
    assertThat(leases.begin(ROOM, DAVE, "s1", after(1))).isFalse();
    assertThat(leases.begin(ROOM, DAVE, "s1", after(2.9))).isFalse();
    assertThat(leases.due(after(2.9))).isEqualTo(NOTHING);
    // Otherwise it would end elsewhere after 10 s and here after 12.9.
    assertThat(leases.due(after(3))).isEqualTo(new Due(List.of(), List.of(TYPIST)));
    assertThat(leases.due(after(6))).isEqualTo(NOTHING);
    assertThat(leases.begin(ROOM, DAVE, "s1", after(7))).isTrue();
    assertThat(leases.due(after(16.9))).isEqualTo(NOTHING);
    assertThat(leases.due(after(17)).ended()).containsExactly(TYPIST);
  }

  @Test
  void aStopIsToldOnce() {
    leases.begin(ROOM, DAVE, "s1", START);
    assertThat(leases.end(ROOM, "dave")).isEqualTo(TYPIST);
    assertThat(leases.end(ROOM, "dave")).isNull();
    assertThat(leases.begin(ROOM, DAVE, "s1", after(0.1))).as("a new start is told").isTrue();
  }

  @Test
  void theEndOfASessionEndsWhatItSaidAndNothingElse() {
    Topic other = Topic.room("messaging:other");
    leases.begin(ROOM, DAVE, "s1", START);
    leases.begin(other, DAVE, "s1", START);
    leases.begin(ROOM, new Person("ada", "Ada"), "s2", START);
    // Another tab of the same user goes on in the other room.
    leases.begin(other, DAVE, "s3", after(1));
    assertThat(leases.endAll("s1")).containsExactly(TYPIST);
    assertThat(leases.endAll("s1")).isEmpty();
    assertThat(leases.due(after(30)).ended()).hasSize(2);
    assertThat(leases.isEmpty()).isTrue();
  }

  @Test
  void whatIsHeldIsBounded() {
    for (int i = 0; i < TypingLeases.PER_TOPIC; i++) {
      assertThat(leases.begin(ROOM, new Person("u" + i, "U"), "s" + i, START)).isTrue();
    }
    assertThat(leases.begin(ROOM, DAVE, "s", START)).isFalse();
    leases.heard(ROOM, DAVE, START);
    assertThat(leases.end(ROOM, "dave")).isNull();
    for (int i = 0; i < TypingLeases.PER_SESSION; i++) {
      assertThat(leases.begin(Topic.room("messaging:r" + i), DAVE, "s", START)).isTrue();
    }
    assertThat(leases.begin(Topic.room("messaging:more"), DAVE, "s", START)).isFalse();
    assertThat(leases.due(after(10)).ended())
        .hasSize(TypingLeases.PER_TOPIC + TypingLeases.PER_SESSION);
    assertThat(leases.isEmpty()).isTrue();
  }
}

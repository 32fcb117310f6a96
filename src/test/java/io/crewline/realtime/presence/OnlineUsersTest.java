package io.crewline.realtime.presence;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.realtime.presence.OnlineUsers.Change;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class OnlineUsersTest {
  private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");

  private final OnlineUsers users = new OnlineUsers();

  private static Instant after(double seconds) {
    return START.plus(Duration.ofMillis((long) (seconds * 1000)));
  }

  private static Change online(String user) {
    return new Change(user, null);
  }

  @Test
  void aUserOnTwoNodesIsOnlineUntilBothAreLeft() {
    users.replace("a", 1, List.of("dave"));
    users.replace("b", 1, List.of("dave"));
    assertThat(users.changes(START)).containsExactly(online("dave"));
    assertThat(users.follow("a", 2, List.of(), List.of("dave"))).isTrue();
    assertThat(users.changes(after(1))).isEmpty();
    assertThat(users.changes(after(5))).isEmpty();
    assertThat(users.follow("b", 2, List.of(), List.of("dave"))).isTrue();
    assertThat(users.changes(after(6))).isEmpty();
    assertThat(users.changes(after(7.9))).isEmpty();
    assertThat(users.changes(after(8))).containsExactly(new Change("dave", after(6)));
    assertThat(users.online()).isEmpty();
    assertThat(users.changes(after(60))).isEmpty();
  }

  @Test
  void whoComesBackWithinTheGraceWasNeverAway() {
    users.replace("a", 1, List.of("dave"));
    users.changes(START);
    users.follow("a", 2, List.of(), List.of("dave"));
    assertThat(users.changes(START)).isEmpty();
    assertThat(users.online()).containsExactly("dave");
    users.follow("a", 3, List.of("dave"), List.of());
    assertThat(users.changes(after(1.9))).isEmpty();
    assertThat(users.changes(after(60))).isEmpty();
    assertThat(users.online()).containsExactly("dave");
  }

  @Test
  void aStepThatDoesNotFollowIsRefusedAndASnapshotPutsItRight() {
    users.replace("a", 1, List.of("dave", "kim"));
    users.changes(START);
    assertThat(users.follow("a", 3, List.of("ada"), List.of())).isFalse();
    assertThat(users.follow("unknown", 1, List.of("ada"), List.of())).isFalse();
    assertThat(users.changes(START)).isEmpty();
    users.replace("a", 3, List.of("ada", "kim"));
    assertThat(users.changes(START)).containsExactly(online("ada"));
    assertThat(users.changes(after(2))).containsExactly(new Change("dave", START));
    users.replace("a", 2, List.of());
    assertThat(users.version("a")).as("an older snapshot is ignored").isEqualTo(3);
    assertThat(users.online()).containsExactlyInAnyOrder("ada", "kim");
  }

  @Test
  void usersOfADeadNodeHaveTimeToFindAnother() {
    users.replace("a", 1, List.of("dave", "ada"));
    users.changes(START);
    users.drop("a");
    assertThat(users.changes(START)).isEmpty();
    users.replace("b", 7, List.of("ada"));
    assertThat(users.changes(after(4.9))).isEmpty();
    assertThat(users.changes(after(5))).containsExactly(new Change("dave", START));
    assertThat(users.nodes()).containsExactly("b");
  }
}

package io.crewline.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FairQueueTest {
  private static List<String> all(FairQueue<String> queue) {
    List<String> all = new ArrayList<>();
    for (String next = queue.poll(); next != null; next = queue.poll()) {
      all.add(next);
    }
    return all;
  }

  @Test
  void sourcesTakeTurnsAndSoDoTheirParts() {
    FairQueue<String> queue = new FairQueue<>(100);
    for (int i = 1; i <= 4; i++) {
      queue.add("a", "x", "ax" + i);
    }
    queue.add("a", "y", "ay1");
    queue.add("b", "x", "bx1");
    queue.add("b", "x", "bx2");
    queue.add("c", "z", "cz1");
    assertThat(all(queue)).containsExactly("ax1", "bx1", "cz1", "ay1", "bx2", "ax2", "ax3", "ax4");
    assertThat(queue.poll()).isNull();
  }

  @Test
  void aNewcomerWaitsForOneOfEachOther() {
    FairQueue<String> queue = new FairQueue<>(100);
    for (int i = 1; i <= 50; i++) {
      queue.add("a", "x", "a" + i);
    }
    assertThat(queue.poll()).isEqualTo("a1");
    queue.add("b", "x", "b1");
    assertThat(List.of(String.valueOf(queue.poll()), String.valueOf(queue.poll())))
        .containsExactly("a2", "b1");
  }

  @Test
  void whoHasMostGivesWayWhenThereIsNoRoom() {
    FairQueue<String> queue = new FairQueue<>(4);
    queue.add("a", "x", "ax1");
    queue.add("a", "y", "ay1");
    queue.add("a", "y", "ay2");
    queue.add("b", "x", "bx1");
    assertThat(queue.add("c", "x", "cx1")).isEqualTo("ay2");
    assertThat(queue.add("a", "x", "ax2")).as("of the own").isEqualTo("ax2");
    assertThat(queue.add("d", "x", "dx1")).isEqualTo("ax1");
    assertThat(queue.add("e", "x", "ex1")).as("all have one").isEqualTo("ex1");
    assertThat(queue.add("a", "z", "az1")).as("no more than others").isEqualTo("az1");
    assertThat(all(queue)).containsExactlyInAnyOrder("ay1", "bx1", "cx1", "dx1");
  }
}

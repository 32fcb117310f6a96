package io.crewline;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.testing.TestNode;
import org.junit.jupiter.api.Test;

final class CrewlineTest {
  @Test
  void startsOnAnEmptyDatabase() {
    try (Crewline node = TestNode.start()) {
      assertThat(node.port()).isPositive();
    }
  }
}

package io.crewline.chat;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class MentionsTest {
  @Test
  void namesAreFoundInOrderEachOnce() {
    assertThat(Mentions.in("@ada and @dave, (@ada)! @kim-2: ok"))
        .containsExactly("ada", "dave", "kim-2");
  }

  @Test
  void addressesAndOtherWordsMentionNobody() {
    assertThat(Mentions.in("ada@example.com me@ada a@b.c @Ada @@ada @adaß ü@ada @")).isEmpty();
  }

  @Test
  void atMostFiftyAreTaken() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 80; i++) {
      text.append("@user").append(i).append(' ');
    }
    assertThat(Mentions.in(text.toString())).hasSize(50);
  }
}

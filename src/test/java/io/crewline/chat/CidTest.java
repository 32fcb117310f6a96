package io.crewline.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crewline.platform.ApiException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CidTest {
  @ParameterizedTest
  @ValueSource(strings = {"messaging:general", "a:b", "0:0", "team_1:a-b_c"})
  void wellFormedOnesComeBackUnchanged(String text) {
    assertThat(Cid.parse("channel", text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", ":", "a:", ":b", "general", "A:b", "a:B", "-a:b", "a:_b", "a:b:c", "a b:c", "a:b\n",
        "ä:b"
      })
  void othersAreRefused(String text) {
    assertThatThrownBy(() -> Cid.parse("channel", text)).isInstanceOf(ApiException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {65, 1000})
  void longOnesAreRefused(int length) {
    assertThatThrownBy(() -> Cid.parse("channel", "messaging:" + "x".repeat(length)))
        .isInstanceOf(ApiException.class);
  }
}

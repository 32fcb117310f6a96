package io.crewline.realtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class GoodbyeIT {
  @Test
  void aStoppingNodeTellsItsClientsWhenToComeBack() {
    Crewline node = TestNode.start();
    try (SocketClient client = SocketClient.connect(node.port(), null)) {
      client.call("connect", "token", Person.member(node, "dave").token());
      node.close();
      Map<String, Object> notice = client.await("goingAway");
      assertThat(notice).containsKey("retryAfterMs");
      assertThat(client.awaitClose().code()).isEqualTo(1012);
    } finally {
      node.close();
    }
  }
}

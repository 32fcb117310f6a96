package io.crewline.realtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.crewline.Crewline;
import io.crewline.testing.Bystander;
import io.crewline.testing.Person;
import io.crewline.testing.RawSocket;
import io.crewline.testing.TestNode;
import io.micronaut.context.annotation.Replaces;
import io.micronaut.context.annotation.Requires;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client that asks and never reads the replies, on a node that waits for it less long. */
@Timeout(60)
final class SlowClientTest {
  private static final String IMPATIENT = "crewline.test.impatient";
  private static Crewline node;
  private static Person ada;

  @Singleton
  @Replaces(SlowClients.class)
  @Requires(property = IMPATIENT)
  static final class Impatient extends SlowClients {
    @Override
    Duration patience() {
      return Duration.ofMillis(500);
    }
  }

  @BeforeAll
  static void start() {
    System.setProperty(IMPATIENT, "true");
    try {
      node = TestNode.start();
    } finally {
      System.clearProperty(IMPATIENT);
    }
    ada = Person.manager(node, "ada");
    ada.post("/api/rooms", "{\"id\":\"large\"}");
    String text = "x".repeat(4000);
    for (int i = 0; i < 50; i++) {
      assertThat(
              ada.post("/api/rooms/messaging:large/messages", "{\"text\":\"" + text + "\"}")
                  .status())
          .isEqualTo(201);
    }
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void isClosedAsTooSlowAndTheOthersNoticeNothing() {
    try (Bystander other = Bystander.of(node);
        RawSocket slow = RawSocket.upgraded(node.port(), ada.token())) {
      Session session = await().until(SlowClientTest::ofAda, Objects::nonNull);
      // More than the sockets between them hold: the node waits with the rest.
      for (int i = 1; i <= 150; i++) {
        slow.text(
            "{\"id\":\"w\",\"type\":\"channel.watch\",\"channel\":\"messaging:large\",\"limit\":50}");
      }

      await().pollInterval(Duration.ofMillis(10)).until(() -> session.closeReason() != null);

      assertThat(session.closeReason()).isEqualTo(CloseReason.TOO_SLOW);
      assertThat(session.mailboxDepth()).as("commands that it was not served").isPositive();
      assertThat(slow.awaitClose().code()).isEqualTo(4508);
    }
  }

  private static @Nullable Session ofAda() {
    for (Session session : node.context().getBean(Sessions.class).all()) {
      Session.Login login = session.login();
      if (login != null && login.identity().username().equals("ada")) {
        return session;
      }
    }
    return null;
  }
}

package io.crewline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.crewline.platform.Settings.SettingsException;
import io.crewline.testing.TestNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What a start tells, and to whom it opens the port. */
final class StartTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "0.0.0.0"})
  void aTakenPortIsToldInOneLineBeforeAnythingElseHappens(String host) throws Exception {
    Path data = directory.resolve("data");
    try (ServerSocket other = new ServerSocket()) {
      other.bind(new InetSocketAddress(host, 0));
      String port = Integer.toString(other.getLocalPort());
      assertThatThrownBy(
              () -> Crewline.start(Map.of("PORT", port, "CREWLINE_DATA_DIR", data.toString())))
          .isInstanceOf(SettingsException.class)
          .hasMessageStartingWith("PORT is " + port)
          .hasMessageNotContaining("\n");
      assertThat(data).doesNotExist();
    }
  }

  @Test
  void anAddressThatThisMachineDoesNotHaveIsToldInOneLine() {
    Path data = directory.resolve("data");
    assertThatThrownBy(
            () ->
                Crewline.start(
                    Map.of(
                        "PORT",
                        "0",
                        "CREWLINE_HOST",
                        "2001:db8::1",
                        "CREWLINE_DATA_DIR",
                        data.toString())))
        .isInstanceOf(SettingsException.class)
        .hasMessageStartingWith("CREWLINE_HOST is 2001:db8::1")
        .hasMessageNotContaining("\n");
    assertThat(data).doesNotExist();
  }

  @Test
  void anOpenNodeWarnsAndListensOnLoopbackUnlessToldOtherwise() throws Exception {
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    Logger logger = (Logger) LoggerFactory.getLogger(Crewline.class);
    logger.addAppender(log);
    try (Crewline open = TestNode.start(Map.of("CREWLINE_AUTH", "none"))) {
      assertThat(reaches("127.0.0.1", open.port())).isTrue();
      // Loopback, too, but not the address that it listens on.
      assertThat(reaches("127.0.0.2", open.port())).isFalse();
      assertThat(log.list)
          .extracting(ILoggingEvent::getFormattedMessage)
          .anyMatch(line -> line.startsWith("CREWLINE_AUTH=none"));
    } finally {
      logger.detachAppender(log);
    }
    try (Crewline told =
        TestNode.start(Map.of("CREWLINE_AUTH", "none", "CREWLINE_HOST", "0.0.0.0"))) {
      assertThat(reaches("127.0.0.2", told.port())).isTrue();
    }
  }

  private static boolean reaches(String address, int port) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.ofLiteral(address), port), 10_000);
      return true;
    } catch (java.net.ConnectException e) {
      return false;
    }
  }
}

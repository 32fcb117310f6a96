package io.crewline.realtime.redis;

import static io.crewline.realtime.redis.TestBroadcaster.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import io.crewline.journal.Topic;
import io.crewline.realtime.Broadcaster;
import io.crewline.realtime.BroadcasterContract;
import io.crewline.testing.RedisProcess;
import io.crewline.testing.TestCertificate;
import io.crewline.testing.TestRedis;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** TLS, and a user who may do no more than the README asks for. */
@Timeout(60)
final class RedisTlsIT extends BroadcasterContract {
  private static final Topic ROOM = Topic.room("messaging:tls");
  private static final List<RedisProcess> SERVERS = new ArrayList<>();
  private static final String LOGIN = "crew%40line:p%40ss%2Fw%3Ard@";
  private static final String PASSWORD = "p@ss/w:rd";

  private static TestCertificate here;
  private static int port;

  private final List<TestBroadcaster> nodes = new ArrayList<>();

  /** The port of a server with a certificate. */
  private static int serve(TestCertificate certificate, String clients) {
    int port = TestRedis.freePort();
    SERVERS.add(
        RedisProcess.start(
            false,
            port,
            "port 0",
            "tls-port " + port,
            "tls-cert-file " + certificate.certificate(),
            "tls-key-file " + certificate.key(),
            "tls-ca-cert-file " + certificate.certificate(),
            "tls-auth-clients " + clients,
            "user default off",
            "user crew@line on >"
                + PASSWORD
                + " resetchannels &crewline:* -@all +@connection +@pubsub"));
    return port;
  }

  @BeforeAll
  static void startRedis() {
    RedisProcess.assumeThere();
    here = TestCertificate.of("ip:127.0.0.1");
    port = serve(here, "no");
  }

  @AfterAll
  static void stopRedis() {
    SERVERS.forEach(RedisProcess::close);
  }

  @AfterEach
  void stopNodes() {
    nodes.forEach(TestBroadcaster::stop);
  }

  private TestBroadcaster node(String url) {
    TestBroadcaster node = TestBroadcaster.at(url);
    nodes.add(node);
    return node;
  }

  private static String url(int port, String parameters) {
    return "rediss://" + LOGIN + "127.0.0.1:" + port + parameters;
  }

  @Override
  protected Broadcaster newNode() {
    return node(url(port, "?ca=" + here.certificate())).broadcaster();
  }

  @Test
  void aCertificateThatNobodyTrustsIsRefused() {
    refused(url(port, ""));
  }

  @Test
  void aCertificateOfAnotherNameIsRefusedUnlessTheNameDoesNotCount() {
    TestCertificate elsewhere = TestCertificate.of("ip:127.0.0.2");
    int other = serve(elsewhere, "no");
    refused(url(other, "?ca=" + elsewhere.certificate()));
    refused(url(other, "?verifyPeer=ca"));
    node(url(other, "?verifyPeer=ca&ca=" + elsewhere.certificate())).started().connected();
    node(url(other, "?verifyPeer=none")).started().connected();
  }

  @Test
  void aServerThatAsksForACertificateGetsOurs() {
    int strict = serve(here, "yes");
    String ca = "?ca=" + here.certificate();
    refused(url(strict, ca));
    node(url(strict, ca + "&cert=" + here.certificate() + "&key=" + here.key()))
        .started()
        .connected();
  }

  @Test
  void noPasswordIsLogged() {
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    Logger lettuce = (Logger) LoggerFactory.getLogger("io.lettuce");
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    Level before = lettuce.getLevel();
    log.start();
    root.addAppender(log);
    lettuce.setLevel(Level.INFO);
    try {
      String wrong = url(port, "?ca=" + here.certificate()).replace("rd@", "rd-wrong@");
      refused(wrong);
      refused(wrong.replaceFirst("rediss:", "redis:").replaceFirst("[?].*", ""));
      await()
          .untilAsserted(
              () -> assertThat(log.list).anyMatch(e -> text(e).contains("No connection to")));
      assertThat(log.list)
          .noneMatch(event -> text(event).contains("p@ss") || text(event).contains("p%40ss"));
    } finally {
      root.detachAppender(log);
      lettuce.setLevel(before);
    }
  }

  private static String text(ILoggingEvent event) {
    return event.getFormattedMessage()
        + (event.getThrowableProxy() == null
            ? ""
            : ThrowableProxyUtil.asString(event.getThrowableProxy()));
  }

  private void refused(String url) {
    TestBroadcaster node = node(url).started();
    node.send(entry(ROOM, 1));
    // What waits is dropped when a connection was refused, and published when it was not.
    await()
        .untilAsserted(
            () ->
                assertThat(
                        node.count("crewline.redis.dropped")
                            + node.count("crewline.redis.published"))
                    .isEqualTo(1));
    assertThat(node.count("crewline.redis.dropped")).isEqualTo(1);
    assertThat(node.broadcaster().isConnected()).isFalse();
  }
}

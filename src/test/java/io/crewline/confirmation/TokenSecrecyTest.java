package io.crewline.confirmation;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import io.crewline.Crewline;
import io.crewline.confirmation.Desk.Link;
import io.crewline.testing.TestNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class TokenSecrecyTest {

  @Test
  void aTokenReachesNeitherTheLogNorTheMetrics() {
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    log.start();
    root.addAppender(log);
    try (Crewline node = TestNode.start()) {
      Desk desk = new Desk(node);
      Link link = desk.link("Seal");
      long task = desk.taskOf(link);
      everything(desk, link, task);
      // A fault of the server, which is logged with its path.
      desk.sql("ALTER TABLE confirmation_task RENAME TO away");
      assertThat(desk.rest.get(link.api("")).status()).isEqualTo(500);
      assertThat(desk.put(link, task, "{\"status\":\"done\"}").status()).isEqualTo(500);
      assertThat(desk.rest.get(link.page("")).status()).isEqualTo(500);
      everything(desk, link, task);
      List<String> lines =
          List.copyOf(log.list).stream()
              .map(
                  event ->
                      event.getFormattedMessage()
                          + (event.getThrowableProxy() == null
                              ? ""
                              : ThrowableProxyUtil.asString(event.getThrowableProxy())))
              .toList();
      assertThat(lines)
          .anyMatch(line -> line.contains("GET /api/confirm/… failed, reference"))
          .noneMatch(line -> line.contains(link.token()));
      String metrics = desk.rest.get("/prometheus").body();
      assertThat(metrics).contains("http_server_requests").doesNotContain(link.token());
    } finally {
      root.detachAppender(log);
    }
  }

  private static void everything(Desk desk, Link link, long task) {
    String[] json = {"Content-Type", "application/json"};
    for (String method : List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")) {
      for (String path :
          List.of("", "/", "/acknowledge", "/task/" + task, "/task/x", "/nothing", "/%ff")) {
        desk.rest.call(method, link.api(path), method.equals("GET") ? "" : "{\"status\":", json);
        desk.rest.call(method, link.page(path), method.equals("GET") ? "" : "{}", json);
        desk.rest.call(method, link.page(path).replace("/c/", "//c/"), "");
      }
    }
  }
}

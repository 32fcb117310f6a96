package io.crewline.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.crewline.Crewline;
import io.crewline.contract.RestJudge.Operation;
import io.crewline.testing.Person;
import io.crewline.testing.Rest.Answer;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TcpProxy;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What a node answers while its database does not: 503 to every operation, as documented, and
 * {@code unavailable} to commands.
 */
final class RestAwayTest {
  private static TcpProxy proxy;
  private static Crewline node;

  @BeforeAll
  static void start() {
    URI address = URI.create(TestPostgres.createDatabase());
    proxy = new TcpProxy(address.getPort());
    String url =
        "postgres://" + address.getUserInfo() + "@127.0.0.1:" + proxy.port() + address.getPath();
    node =
        TestNode.start(
            Map.of(
                "DATABASE_URL",
                url,
                "CREWLINE_DATABASE_POOL",
                "4",
                "CREWLINE_DATABASE_TIMEOUT",
                "1s",
                "CREWLINE_LIMITS",
                "off"));
  }

  @AfterAll
  static void stop() {
    node.close();
    proxy.close();
  }

  @Test
  void everyOperationSaysThatTheDatabaseIsAway() throws Exception {
    ApiDocument document = ApiDocument.load(node, "/openapi.yml");
    RestJudge judge = new RestJudge(node, document);
    String token = Person.admin(node).token();
    List<String> others = new ArrayList<>();
    proxy.swallow();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<CompletableFuture<String>> calls = new ArrayList<>();
      for (Operation operation : judge.operations()) {
        calls.add(
            CompletableFuture.supplyAsync(
                () -> answer(judge, document, operation, token), threads));
      }
      for (CompletableFuture<String> call : calls) {
        others.add(call.get());
      }
    } finally {
      proxy.lift();
    }
    assertThat(others).allMatch(answer -> answer.endsWith(" 503"));
    assertThat(judge.faults()).isEmpty();
    assertThat(judge.missing()).noneMatch(answer -> answer.endsWith(" 503"));
    assertThat(judge.missingCodes()).doesNotContain("unavailable");
  }

  @Test
  void everyCommandThatReadsOrWritesSaysThatTheDatabaseIsAway() {
    FrameJudge judge = new FrameJudge(ApiDocument.load(node, "/asyncapi.yml"));
    String token = Person.member(node, "dave").token();
    try (RecordedSocket socket =
        new RecordedSocket(SocketClient.connect(node.port(), token), judge)) {
      socket.call("countUnread");
      proxy.swallow();
      for (String type : List.of("sendMessage", "channel.watch", "markRead", "tasks.watch")) {
        JsonNode reply = socket.call(type, "channel", "messaging:away", "text", "here");
        assertThat(reply.at("/error/code").asText()).as(type).isEqualTo("unavailable");
        assertThat(reply.at("/error/retryable").asBoolean()).isTrue();
        assertThat(reply.at("/error/retryAfterMs").asLong()).isPositive();
      }
    } finally {
      proxy.lift();
    }
    assertThat(judge.faults()).isEmpty();
  }

  /** Makes a call by the examples of the document; says which answer came. */
  private static String answer(
      RestJudge judge, ApiDocument document, Operation operation, String token) {
    String path = operation.path();
    String query = "";
    for (JsonNode each : operation.node().path("parameters")) {
      JsonNode parameter = document.resolve(each);
      String name = parameter.path("name").asText();
      String example = parameter.path("example").asText();
      if (parameter.path("in").asText().equals("path")) {
        path = path.replace("{" + name + "}", example);
      } else if (parameter.path("in").asText().equals("query")
          && parameter.path("required").asBoolean()) {
        query = "?" + name + "=" + example;
      }
    }
    String type = operation.isUpload() ? "multipart/form-data; boundary=b" : "application/json";
    String[] headers = {"Authorization", "Bearer " + token, "Content-Type", type};
    Answer answer = judge.call(operation.method(), path + query, body(operation), headers);
    return operation.id() + " " + answer.status();
  }

  private static byte[] body(Operation operation) {
    if (operation.isUpload()) {
      return "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx\r\n--b--\r\n"
          .getBytes(StandardCharsets.UTF_8);
    }
    JsonNode example =
        operation.node().at("/requestBody/content").path("application/json").path("example");
    return (example.isMissingNode() ? "" : example.toString()).getBytes(StandardCharsets.UTF_8);
  }
}

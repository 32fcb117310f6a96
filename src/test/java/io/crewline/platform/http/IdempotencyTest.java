package io.crewline.platform.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.platform.Database;
import io.crewline.testing.Rest;
import io.crewline.testing.Rest.Answer;
import io.crewline.testing.TestNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class IdempotencyTest {
  private static final String KEY = "Idempotency-Key";

  private final Crewline node = TestNode.start();
  private final Rest rest = new Rest(node);
  private final Database database = node.context().getBean(Database.class);

  @BeforeAll
  void createTable() {
    database.transaction(
        () ->
            database.update(
                "CREATE TABLE probe (number int GENERATED ALWAYS AS IDENTITY, name text)"));
  }

  @AfterAll
  void stop() {
    node.close();
  }

  @Test
  void aRepeatGetsTheFirstAnswer() {
    Answer first = post("plain", "first", "key-1");
    Answer repeat = post("plain", "first", "key-1");
    assertThat(first.status()).isEqualTo(201);
    assertThat(first.header("Idempotency-Replayed")).isEmpty();
    assertThat(repeat.status()).isEqualTo(201);
    assertThat(repeat.body()).isEqualTo(first.body()).contains("\"name\":\"first\"");
    assertThat(repeat.header("Idempotency-Replayed")).isEqualTo("true");
    assertThat(repeat.header("Location")).isEqualTo(first.header("Location")).isNotEmpty();
    assertThat(repeat.header("Content-Type")).isEqualTo(first.header("Content-Type"));
    assertThat(effects("first")).isEqualTo(1);
  }

  @Test
  void aTrailingSlashIsTheSamePath() {
    post("plain", "slash", "key-slash");
    Answer repeat = post("plain/", "slash", "key-slash");
    assertThat(repeat.header("Idempotency-Replayed")).isEqualTo("true");
  }

  @Test
  void withoutKeyEveryCallRuns() {
    String body = "{\"name\":\"none\"}";
    rest.post("/api/probe/effects/plain", body, "Probe-User", "ada");
    rest.post("/api/probe/effects/plain", body, "Probe-User", "ada");
    assertThat(effects("none")).isEqualTo(2);
  }

  @Test
  void anotherBodyIsRefused() {
    post("plain", "one", "key-2");
    Answer other = post("plain", "two", "key-2");
    assertThat(other.status()).isEqualTo(422);
    assertThat(other.text("code")).isEqualTo("unprocessable");
    assertThat(effects("two")).isZero();
  }

  @Test
  void keysOfOthersAreOthers() {
    post("plain", "mine", "key-3");
    Answer other =
        rest.post(
            "/api/probe/effects/plain", "{\"name\":\"mine\"}", "Probe-User", "dave", KEY, "key-3");
    assertThat(other.status()).isEqualTo(201);
    assertThat(effects("mine")).isEqualTo(2);
  }

  @Test
  void repeatsAtTheSameTimeRunOnce() throws Exception {
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        answers.add(clients.submit(() -> post("slow", "together", "key-4")));
      }
      for (Future<Answer> answer : answers) {
        assertThat(answer.get().status()).isEqualTo(201);
        assertThat(answer.get().body()).isEqualTo(answers.getFirst().get().body());
      }
    }
    assertThat(effects("together")).isEqualTo(1);
  }

  @Test
  void aFailureBeforeTheEffectCanBeRepeated() {
    assertThat(post("failsOnce", "later", "key-5").status()).isEqualTo(500);
    assertThat(post("failsOnce", "later", "key-5").status()).isEqualTo(201);
    assertThat(effects("later")).isEqualTo(1);
  }

  @Test
  void aFailureAfterTheEffectNeverRunsAgain() {
    assertThat(post("failsAfter", "lost", "key-6").status()).isEqualTo(500);
    Answer repeat = post("failsAfter", "lost", "key-6");
    assertThat(repeat.status()).isEqualTo(409);
    assertThat(repeat.text("detail")).contains("took effect");
    assertThat(effects("lost")).isEqualTo(1);
  }

  @Test
  void refusalsAreRecordedToo() {
    assertThat(post("refused", "refused", "key-7").status()).isEqualTo(403);
    Answer repeat = post("refused", "refused", "key-7");
    assertThat(repeat.status()).isEqualTo(403);
    assertThat(repeat.header("Content-Type")).isEqualTo("application/problem+json");
    assertThat(repeat.header("Idempotency-Replayed")).isEqualTo("true");
    assertThat(effects("refused")).isEqualTo(1);
  }

  @Test
  void anEmptyAnswerIsRepeatedEmpty() {
    assertThat(post("empty", "empty", "key-8").status()).isEqualTo(204);
    Answer repeat = post("empty", "empty", "key-8");
    assertThat(repeat.status()).isEqualTo(204);
    assertThat(repeat.header("Idempotency-Replayed")).isEqualTo("true");
    assertThat(effects("empty")).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api/token", "/api/token/", "/api/%74oken"})
  void tokensAreNeverRecorded(String path) {
    String login = "{\"username\":\"admin\",\"password\":\"" + TestNode.ADMIN_PASSWORD + "\"}";
    rest.post(path, login, KEY, path);
    Answer repeat = rest.post(path, login, KEY, path);
    assertThat(repeat.status()).isIn(200, 404);
    assertThat(repeat.header("Idempotency-Replayed"))
        .isEqualTo(repeat.status() == 200 ? "true" : "");
    assertThat(
            database.transaction(
                () ->
                    database
                        .query(
                            "SELECT 1 FROM idempotency_key WHERE encode(body, 'escape') LIKE ?",
                            row -> true,
                            "%refresh%")
                        .size()))
        .isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 256})
  void keysOfAnImpossibleLengthAreRefused(int length) {
    Answer answer = post("plain", "length", "k".repeat(length));
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).contains(KEY);
    assertThat(effects("length")).isZero();
  }

  @Test
  void twoKeysAreRefused() {
    Answer answer =
        rest.post(
            "/api/probe/effects/plain",
            "{\"name\":\"two keys\"}",
            "Probe-User",
            "ada",
            KEY,
            "a",
            KEY,
            "b");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(effects("two keys")).isZero();
  }

  @Test
  void theLongestKeyIsAccepted() {
    assertThat(post("plain", "long", "k".repeat(255)).status()).isEqualTo(201);
    assertThat(post("plain", "long", "k".repeat(255)).status()).isEqualTo(201);
    assertThat(effects("long")).isEqualTo(1);
  }

  private Answer post(String how, String name, String key) {
    return rest.post(
        "/api/probe/effects/" + how, "{\"name\":\"" + name + "\"}", "Probe-User", "ada", KEY, key);
  }

  private long effects(String name) {
    return database.transaction(
        () ->
            database
                .queryOne(
                    "SELECT count(*) AS n FROM probe WHERE name = ?", row -> row.getLong("n"), name)
                .orElseThrow());
  }
}

package io.crewline.platform.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crewline.Crewline;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.Ids;
import io.crewline.platform.Watchdog;
import io.crewline.platform.http.IdempotentCalls.Outcome;
import io.crewline.testing.TestNode;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class IdempotentCallsTest {
  private final Crewline node = TestNode.start();
  private final Database database = node.context().getBean(Database.class);
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final Clock clock = ((InstantSource) () -> now).withZone(ZoneOffset.UTC);
  private final IdempotentCalls calls =
      new IdempotentCalls(database, clock, new Ids(), node.context().getBean(Watchdog.class));
  private final byte[] request = bytes("request");

  @BeforeAll
  void createTable() {
    database.transaction(() -> database.update("CREATE TABLE probe (name text)"));
  }

  @AfterAll
  void stop() {
    node.close();
  }

  @Test
  void aCallThatDiedBeforeItsCommitCanRunAgainAfterItsLease() {
    byte[] id = bytes("died-before");
    assertThat(calls.claim(id, request)).isInstanceOf(Outcome.Claimed.class);
    assertThat(calls.claim(id, request)).isInstanceOf(Outcome.Running.class);
    pass(IdempotentCalls.LEASE);
    assertThat(calls.claim(id, request)).isInstanceOf(Outcome.Claimed.class);
  }

  @Test
  void aCallThatDiedAfterItsCommitNeverRunsAgain() {
    byte[] id = bytes("died-after");
    commitEffect(id, owner(id));
    assertThat(calls.claim(id, request)).isInstanceOf(Outcome.Running.class);
    pass(IdempotentCalls.LEASE);
    assertThat(calls.claim(id, request)).isInstanceOf(Outcome.AnswerLost.class);
  }

  @Test
  void aCallThatLostItsLeaseCannotCommit() {
    byte[] id = bytes("overtaken");
    String first = owner(id);
    pass(IdempotentCalls.LEASE);
    String second = owner(id);
    long before = effects();
    assertThatThrownBy(() -> commitEffect(id, first)).isInstanceOf(ApiException.class);
    assertThat(effects()).isEqualTo(before);
    commitEffect(id, second);
    assertThat(effects()).isEqualTo(before + 1);
  }

  @Test
  void aTransactionThatOnlyReadsDoesNotCountAsEffect() {
    byte[] id = bytes("reads");
    String owner = owner(id);
    database.transaction(
        () -> {
          effects();
          calls.markCommitted(id, owner);
        });
    pass(IdempotentCalls.LEASE);
    assertThat(calls.claim(id, request)).isInstanceOf(Outcome.Claimed.class);
  }

  @Test
  void anAnswerIsKeptForADay() {
    byte[] id = bytes("kept");
    calls.record(
        id, owner(id), new Outcome.Answered(201, "application/json", "/here", bytes("{}")));
    pass(IdempotentCalls.KEPT.minusSeconds(1));
    assertThat(calls.claim(id, request))
        .isInstanceOfSatisfying(
            Outcome.Answered.class, answer -> assertThat(answer.location()).isEqualTo("/here"));
    assertThat(calls.claim(id, bytes("other"))).isInstanceOf(Outcome.OtherRequest.class);
    pass(Duration.ofSeconds(1));
    assertThat(calls.claim(id, bytes("other"))).isInstanceOf(Outcome.Claimed.class);
  }

  @Test
  void expiredKeysAreRemoved() {
    owner(bytes("expired"));
    pass(Duration.ofSeconds(1));
    String young = owner(bytes("a second younger"));
    pass(IdempotentCalls.KEPT.minusSeconds(1));
    assertThat(calls.removeExpired()).isPositive();
    assertThat(calls.removeExpired()).isZero();
    assertThat(owners("expired")).isEmpty();
    assertThat(owners("a second younger")).containsExactly(young);
    pass(Duration.ofSeconds(1));
    assertThat(calls.removeExpired()).isOne();
  }

  private String owner(byte[] id) {
    assertThat(calls.claim(id, request)).isInstanceOf(Outcome.Claimed.class);
    return owners(id).getFirst();
  }

  private List<String> owners(String id) {
    return owners(bytes(id));
  }

  private List<String> owners(byte[] id) {
    return database.transaction(
        () ->
            database.query(
                "SELECT owner FROM idempotency_key WHERE id = ?",
                row -> row.getString("owner"),
                id));
  }

  private void commitEffect(byte[] id, String owner) {
    database.transaction(
        () -> {
          database.update("INSERT INTO probe (name) VALUES ('effect')");
          calls.markCommitted(id, owner);
        });
  }

  private long effects() {
    return database.transaction(
        () ->
            database
                .queryOne("SELECT count(*) AS n FROM probe", row -> row.getLong("n"))
                .orElseThrow());
  }

  private void pass(Duration time) {
    now = now.plus(time);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}

package io.crewline.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crewline.Crewline;
import io.crewline.account.AccountService;
import io.crewline.account.Identity;
import io.crewline.platform.Database;
import io.crewline.platform.InputErrors;
import io.crewline.testing.Person;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Mentions in messages that share a commit. */
final class MentionBatchTest {
  private static Crewline node;
  private static Database database;
  private static MessageBatch batch;
  private static Identity dave;

  @BeforeAll
  static void start() {
    String url = TestPostgres.createDatabase();
    // Then the session counts how often each of its statements runs, from the first time on.
    String counted = url + (url.contains("?") ? "&" : "?") + "prepareThreshold=1";
    node = TestNode.start(Map.of("DATABASE_URL", counted));
    database = node.context().getBean(Database.class);
    batch = node.context().getBean(MessageBatch.class);
    for (String name : List.of("dave", "ada", "kim", "lin")) {
      Person.member(node, name);
    }
    Person.member(node, "dave").post("/api/rooms", "{\"id\":\"open\"}");
    Person.member(node, "dave")
        .post("/api/rooms", "{\"id\":\"closed\",\"private\":true,\"members\":[\"ada\"]}");
    dave = node.context().getBean(AccountService.class).identifyOrCreate("dave");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static PostMessage send(String room, String text) {
    return PostMessage.of(
        dave, Cid.parse("cid", "messaging:" + room), text, null, null, null, new InputErrors());
  }

  /** Statements of the current session so far. */
  private static long statements() {
    return database
        .queryOne(
            "SELECT sum(generic_plans + custom_plans)::bigint AS n FROM pg_prepared_statements",
            row -> row.getLong("n"))
        .orElseThrow();
  }

  private static long statementsOf(List<PostMessage> sends) {
    return database.transaction(
        () -> {
          statements();
          long before = statements();
          assertThat(batch.commit(sends, null)).hasSize(sends.size());
          return statements() - before;
        });
  }

  @Test
  void aBatchAsksOnceWhoIsMentionedHoweverManyMessagesMentionSomebody() {
    List<PostMessage> many =
        IntStream.range(0, 40)
            .mapToObj(i -> send(i % 2 == 0 ? "open" : "closed", "hello @ada and @kim " + i))
            .toList();
    assertThat(statementsOf(many)).isEqualTo(statementsOf(many.subList(0, 2)));
  }

  /** What notifies the mentioned asks who is a member when the work of the transaction is done. */
  @Test
  void aMessageWithAMentionIsCommittedWithItsEventOrNotAtAll() {
    database.transaction(
        () -> {
          database.update(
              """
              CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
              BEGIN RAISE 'no event today'; END $$
              """);
          database.update(
              """
              CREATE TRIGGER refuse BEFORE INSERT ON event FOR EACH ROW
              WHEN (NEW.data LIKE '%never to be seen%') EXECUTE FUNCTION refuse()
              """);
        });
    List<PostMessage> sends = List.of(send("open", "never to be seen @ada"));
    assertThatThrownBy(() -> batch.commit(sends, null)).hasStackTraceContaining("no event today");
    long stored =
        database.transaction(
            () ->
                database
                    .queryOne(
                        "SELECT count(*) AS n FROM message WHERE text LIKE 'never to be seen%'",
                        row -> row.getLong("n"))
                    .orElseThrow());
    assertThat(stored).isZero();
  }

  @Test
  void eachMessageOfABatchMentionsItsOwnThatMaySeeItsRoom() {
    List<MessageBatch.Outcome> outcomes =
        batch.commit(
            List.of(
                send("open", "@kim @nobody @ada"),
                send("closed", "@kim @ada"),
                send("open", "nobody"),
                send("closed", "@lin"),
                send("open", "@lin @lin")),
            null);
    assertThat(
            outcomes.stream()
                .map(each -> ((MessageBatch.Outcome.Accepted) each).posted().message().mentions()))
        .containsExactly(
            List.of("ada", "kim"), List.of("ada"), List.of(), List.of(), List.of("lin"));
  }
}

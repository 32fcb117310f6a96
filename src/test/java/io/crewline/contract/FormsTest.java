package io.crewline.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.Rest;
import io.crewline.testing.Rest.Answer;
import io.crewline.testing.TestNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Forms, cursors and times are read and written alike on every route. */
final class FormsTest {
  private static final Pattern TIME = Pattern.compile("\"(\\d{4}-\\d\\d-\\d\\dT[^\"]+)\"");

  private static Crewline node;
  private static Person admin;

  @BeforeAll
  static void start() {
    node = TestNode.start(Map.of("CREWLINE_LIMITS", "off"));
    admin = Person.admin(node);
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'private':1}|private: 1 (expected: true or false)",
        "{'members':'ada'}|members: \"ada\" (expected: a list)",
        "{'members':['ada','No']}|members[1]: must be 1 to 64 of",
      })
  void aWrongFieldIsNamedAsItStandsInTheForm(String body, String detail) {
    Answer answer = admin.post("/api/rooms", body.replace('\'', '"'));
    assertThat(answer.status()).as(answer.body()).isEqualTo(400);
    assertThat(answer.text("detail")).startsWith(detail);
  }

  @Test
  void everyWrongMemberIsNamed() {
    Answer answer = admin.post("/api/rooms", "{\"members\":[\"A\",\"ada\",\"B\"]}");
    assertThat(answer.body()).contains("members[0]", "members[2]").doesNotContain("members[1]");
  }

  @Test
  void aCursorOfAnotherListIsRefused() {
    Map<String, String> cursors = new LinkedHashMap<>();
    for (String id : List.of("one", "two")) {
      admin.post("/api/rooms", "{\"id\":\"" + id + "\",\"members\":[\"admin\"]}");
      for (int i = 0; i < 3; i++) {
        admin.say("messaging:" + id, "text " + i);
      }
    }
    for (String list : List.of("systems", "employees")) {
      for (int i = 0; i < 3; i++) {
        admin.post("/api/" + list, "{\"name\":\"x\"}");
      }
    }
    for (int i = 0; i < 3; i++) {
      admin.post("/api/tasks", "{\"title\":\"x\"}");
      Person.member(node, "person-" + i);
    }
    for (String list :
        List.of(
            "systems",
            "employees",
            "tasks",
            "rooms",
            "users",
            "rooms/messaging:one/messages",
            "rooms/messaging:two/messages")) {
      String cursor = admin.get("/api/" + list + "?limit=1").text("nextCursor");
      assertThat(cursor).as(list).isNotEqualTo("null");
      cursors.put(list, cursor);
    }
    cursors.forEach(
        (from, cursor) ->
            cursors
                .keySet()
                .forEach(
                    list ->
                        assertThat(admin.get("/api/" + list + "?limit=1&cursor=" + cursor).status())
                            .as(from + " in " + list)
                            .isEqualTo(from.equals(list) ? 200 : 400)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/api/me|{'displayName':'Boss'}|password",
        "/api/users/admin|{'displayName':'Boss'}|role",
        "/api/rooms/messaging:patched|{'name':'Patched'}|private",
        "/api/notifications/settings|{'mention':true}|mention",
      })
  void everyPatchTakesAMergePatchInWhichNullIsNotAbsent(String path, String body, String field) {
    admin.post("/api/rooms", "{\"id\":\"patched\"}");
    Answer changed = merge(path, body.replace('\'', '"'));
    assertThat(changed.status()).as(changed.body()).isEqualTo(200);
    Answer removed = merge(path, "{\"" + field + "\":null}");
    assertThat(removed.status()).isEqualTo(400);
    assertThat(removed.text("detail")).isEqualTo(field + ": cannot be removed");
  }

  private static Answer merge(String path, String body) {
    return new Rest(node)
        .call(
            "PATCH",
            path,
            body,
            "Authorization",
            "Bearer " + admin.token(),
            "Content-Type",
            "application/merge-patch+json");
  }

  /** Zero stands for the place before the first message. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "before=0|200|0",
        "after=0|200|2",
        "after=0&limit=1|200|1",
        "around=0|400|0",
        "before=-1|400|0",
        "after=-1|400|0",
        "around=-1|400|0",
        "before=9223372036854775808|400|0",
        "after=99999999999999999999|400|0",
        "after=9223372036854775807|400|0",
        "after=1.5|400|0",
        "after=|200|2",
      })
  void aPageOfMessagesBeginsWhereItIsAskedTo(String query, int status, int messages) {
    if (admin.post("/api/rooms", "{\"id\":\"edges\"}").status() == 201) {
      admin.say("messaging:edges", "first");
      admin.say("messaging:edges", "second");
    }
    Answer answer = admin.get("/api/rooms/messaging:edges/messages?" + query);
    assertThat(answer.status()).as(answer.body()).isEqualTo(status);
    if (status == 200) {
      assertThat(admin.items("/api/rooms/messaging:edges/messages?" + query)).hasSize(messages);
    } else {
      assertThat(answer.text("detail")).startsWith(query.replaceAll("=.*", ": "));
    }
  }

  @Test
  void everyTimeHasThreeDigitsForMilliseconds() {
    Answer task = admin.post("/api/tasks", "{\"title\":\"x\",\"dueAt\":\"2030-01-01T00:00:00Z\"}");
    assertThat(task.text("dueAt")).isEqualTo("2030-01-01T00:00:00.000Z");
    String all =
        task.body()
            + admin.get("/api/me").body()
            + admin.get("/api/users").body()
            + admin.get("/api/rooms").body()
            + admin.get("/api/events?topic=tasks").body();
    Matcher times = TIME.matcher(all);
    assertThat(times.results().map(found -> found.group(1)).toList())
        .isNotEmpty()
        .allMatch(time -> time.matches(".*T\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z"));
  }
}

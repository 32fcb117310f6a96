package io.crewline.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.Rest;
import io.crewline.testing.Rest.Answer;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One answer names everything that is wrong with a form, by REST and on sockets. */
final class FormFaultsTest {
  private static final String ROOM = "/api/rooms/messaging:forms";

  private static Crewline node;
  private static Person admin;
  private static SocketClient socket;
  private static long messageId;

  @BeforeAll
  static void start() {
    node = TestNode.start(Map.of("CREWLINE_LIMITS", "off", "CREWLINE_WEBHOOK_ALLOW", "127.0.0.9"));
    admin = Person.admin(node);
    Person.member(node, "ada");
    admin.post("/api/rooms", "{\"id\":\"forms\"}");
    messageId = admin.say("messaging:forms", "here");
    socket = SocketClient.connect(node.port(), admin.token());
    socket.call("connect");
  }

  @AfterAll
  static void stop() {
    socket.close();
    node.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "POST /api/token|{}|username password",
        "POST /api/token|{'username':1,'password':[]}|username password",
        "POST /api/token/refresh|{'refresh':1}|refresh",
        "POST /api/users|{'username':'No','password':1,'displayName':'a\\nb','role':'boss',"
            + "'disabled':'x'}|username password displayName role disabled",
        "POST /api/users|{}|username password",
        "PATCH /api/users/ada|{'username':'eve','password':'short','displayName':' ','role':1,"
            + "'disabled':0}|username password displayName role disabled",
        "PATCH /api/me|{'displayName':1,'password':'short','currentPassword':2}"
            + "|displayName password currentPassword",
        "PATCH /api/me|{'displayName':' ','password':'new-password'}|displayName currentPassword",
        "POST /api/rooms|{'type':'No','id':'NO','name':1,'private':'x','members':['ada',1,'No',null]}|type"
            + " id name private members[1] members[2] members[3]",
        "POST /api/rooms|{'members':['eve','ada','kim']}|members[0] members[2]",
        "PATCH {room}|{'name':[],'private':1}|name private",
        "POST {room}/members|{'username':'No','members':[1,{}]}|username members[0] members[1]",
        "POST {room}/members|{'username':'eve','members':['kim']}|username members[0]",
        "POST {room}/messages|{'text':1,'clientId':'','replyTo':'x','attachments':[1,'a',1]}"
            + "|text clientId replyTo attachments[1] attachments[2]",
        "PATCH /api/messages/{message}|{'text':1}|text",
        "POST {room}/read|{'messageId':'x'}|messageId",
        "POST /api/systems|{'description':1}|name description",
        "POST /api/employees|{'name':1,'username':'No','email':'x','phone':'x','locale':'!'}"
            + "|name username email phone locale",
        "POST /api/tasks|{'title':'','description':1,'status':'x','priority':1,'systemId':'x',"
            + "'employee':1,'dueAt':'soon','version':'x'}"
            + "|title description status priority systemId employee dueAt version",
        "POST /api/tasks|{'title':'x','systemId':987654,'employeeId':987654}|systemId employeeId",
        "POST /api/tasks/1/notes|{'text':1}|text",
        "POST /api/confirmations|{'employeeId':'x','taskIds':[1,'a',null],'expiresAt':'never'}"
            + "|employeeId taskIds[1] taskIds[2] expiresAt",
        "POST /api/confirmations|{}|employeeId taskIds",
        "POST /api/confirmations|{'employeeId':987654,'taskIds':[987654]}|employeeId taskIds[0]",
        "POST /api/webhooks|{'events':['task:*',1,'!'],'description':1,'active':'x'}"
            + "|url events[1] events[2] description active",
        "PATCH /api/notifications/settings|{'mention':1,'taskDone':'x'}|mention taskDone",
      })
  void everyWrongFieldOfAFormIsNamed(String call, String form, String fields) {
    String[] parts = call.replace("{room}", ROOM).replace("{message}", "" + messageId).split(" ");
    Answer answer = admin.call(parts[0], parts[1], form.replace('\'', '"'));
    assertThat(answer.status()).as(answer.body()).isEqualTo(400);
    assertThat(fieldsOf(answer.json())).as(answer.body()).containsExactlyInAnyOrder(names(fields));
    assertThat(names(fields)).allMatch(answer.text("detail")::contains, answer.text("detail"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/api/tasks?status=x&employee=y&system=z&priority=p&dueBefore=soon&dueAfter=late&sort=s&limit=0|status"
            + " employee system priority dueBefore dueAfter sort limit",
        "{room}/messages?before=x&after=y&around=z&limit=a|before after around limit",
      })
  void everyWrongParameterOfACallIsNamed(String call, String parameters) {
    Answer answer = admin.get(call.replace("{room}", ROOM));
    assertThat(answer.status()).as(answer.body()).isEqualTo(400);
    assertThat(fieldsOf(answer.json()))
        .as(answer.body())
        .containsExactlyInAnyOrder(names(parameters));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'type':'sendMessage','channel':'x','text':1,'clientId':'','replyTo':'a',"
            + "'attachments':[1,'b',{}]}"
            + "|channel text clientId replyTo attachments[1] attachments[2]",
        "{'type':'sendMessage'}|channel text",
        "{'type':'updateMessage','messageId':'x','text':''}|messageId text",
        "{'type':'updateMessage'}|messageId text",
        "{'type':'addReaction'}|messageId reaction",
        "{'type':'removeReaction','messageId':'x','reaction':1}|messageId reaction",
        "{'type':'markRead','channel':'x','messageId':'y'}|channel messageId",
        "{'type':'channel.watch','channel':1,'after':'x','limit':-1}|channel after limit",
        "{'type':'tasks.watch','after':1,'limit':'x'}|after limit",
        "{'type':'presence','users':['ada',1,'No']}|users[1] users[2]",
        "{'type':'notifications.list','limit':0,'cursor':1,'unread':'x'}|limit cursor unread",
        "{'type':'notifications.markRead','ids':[1,'x',{}]}|ids[1] ids[2]",
        "{'type':'connect','token':1,'resume':{'tasks':1,'nothing':'a:1','room:a:b':'x'}}"
            + "|token resume.tasks resume.nothing resume.room:a:b",
      })
  void everyWrongFieldOfACommandIsNamed(String command, String fields) {
    Map<String, Object> parsed = SocketClient.parse(command.replace('\'', '"'));
    Map<String, Object> reply =
        "connect".equals(parsed.get("type")) ? newSocket(parsed) : socket.call(parsed);
    assertThat(reply.get("type")).isEqualTo("error");
    Map<?, ?> error = (Map<?, ?>) Objects.requireNonNull(reply.get("error"));
    assertThat(error.get("code")).isEqualTo("badRequest");
    assertThat(fieldsOf(error)).as(reply.toString()).containsExactlyInAnyOrder(names(fields));
    String message = String.valueOf(error.get("message"));
    assertThat(names(fields)).allMatch(message::contains, message);
  }

  private static Map<String, Object> newSocket(Map<String, Object> command) {
    try (SocketClient own = SocketClient.connect(node.port(), admin.token())) {
      return own.call(command);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'members':['ada',1]}|members[1]: 1 (expected: a string)",
        "{'members':[null]}|members[0]: null (expected: a string)",
        "{'members':[['ada']]}|members[0]: a list (expected: a string)",
        "{'members':{'a':1}}|members: an object (expected: a list)",
        "{'name':true}|name: true (expected: a string)",
        "{'private':'yes'}|private: \"yes\" (expected: true or false)",
      })
  void aValueOfTheWrongTypeIsToldWithWhatIsExpected(String form, String detail) {
    Answer answer = admin.post("/api/rooms", form.replace('\'', '"'));
    assertThat(answer.text("detail")).isEqualTo(detail);
  }

  @Test
  void aPasswordIsNeverRepeated() {
    Answer answer = admin.post("/api/users", "{\"username\":\"kay\",\"password\":20261124}");
    assertThat(answer.text("detail")).isEqualTo("password: a number (expected: a string)");
  }

  /** Of each PATCH every field, removed: what has a default goes back to it, the rest says no. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/api/me|displayName|admin",
        "/api/me|password|",
        "/api/me|currentPassword|",
        "/api/users/ada|displayName|ada",
        "/api/users/ada|username|",
        "/api/users/ada|password|",
        "/api/users/ada|role|",
        "/api/users/ada|disabled|",
        "{room}|name|forms",
        "{room}|private|",
        "/api/messages/{id}|text|",
        "/api/systems/{id}|name|",
        "/api/systems/{id}|description|''",
        "/api/employees/{id}|name|",
        "/api/employees/{id}|username|null",
        "/api/employees/{id}|email|null",
        "/api/employees/{id}|phone|null",
        "/api/employees/{id}|locale|null",
        "/api/tasks/{id}|title|",
        "/api/tasks/{id}|status|",
        "/api/tasks/{id}|description|''",
        "/api/tasks/{id}|priority|normal",
        "/api/tasks/{id}|systemId|null",
        "/api/tasks/{id}|employeeId|null",
        "/api/tasks/{id}|dueAt|null",
        "/api/webhooks/{id}|url|",
        "/api/webhooks/{id}|events|",
        "/api/webhooks/{id}|active|",
        "/api/webhooks/{id}|description|null",
        "/api/notifications/settings|mention|",
        "/api/notifications/settings|taskAssigned|",
        "/api/notifications/settings|taskDueSoon|",
        "/api/notifications/settings|taskOverdue|",
        "/api/notifications/settings|taskDone|",
        "/api/notifications/settings|confirmationAcknowledged|",
      })
  void nullInAMergePatchRemovesOrIsRefusedByName(
      String path, String field, @Nullable String removed) {
    Answer answer = patch(path, "{\"" + field + "\":null}");
    if (removed == null) {
      assertThat(answer.status()).as(answer.body()).isEqualTo(400);
      assertThat(answer.text("detail")).startsWith(field + ": cannot be removed");
    } else {
      assertThat(answer.status()).as(answer.body()).isEqualTo(200);
      String shown = field.endsWith("Id") ? field.substring(0, field.length() - 2) : field;
      assertThat(String.valueOf(answer.json().get(shown))).as(answer.body()).isEqualTo(removed);
    }
  }

  private static Answer patch(String path, String body) {
    String id = "/api/messages/{id}".equals(path) ? "" + messageId : create(path);
    return new Rest(node)
        .call(
            "PATCH",
            path.replace("{room}", ROOM).replace("{id}", id),
            body,
            "Authorization",
            "Bearer " + admin.token(),
            "Content-Type",
            "application/merge-patch+json");
  }

  /** Something of which every optional field is set; its id. */
  private static String create(String path) {
    String form =
        switch (path) {
          case "/api/systems/{id}" -> "{'name':'x','description':'x'}";
          case "/api/employees/{id}" ->
              "{'name':'x','email':'a@b','phone':'1','locale':'de','username':null}";
          case "/api/tasks/{id}" ->
              "{'title':'x','description':'x','priority':'high','dueAt':'2030-01-01T00:00:00Z'}";
          case "/api/webhooks/{id}" ->
              "{'url':'http://127.0.0.9/x','events':['*'],'description':'x','active':false}";
          case "{room}", "/api/users/ada" -> {
            admin.call("PATCH", ROOM, "{\"name\":\"Named\"}");
            admin.call("PATCH", "/api/users/ada", "{\"displayName\":\"Named\"}");
            yield "";
          }
          default -> "";
        };
    if (form.isEmpty()) {
      return "";
    }
    Answer made = admin.post(path.replace("/{id}", ""), form.replace('\'', '"'));
    assertThat(made.status()).as(made.body()).isEqualTo(201);
    return made.text("id");
  }

  private static String[] names(String fields) {
    return fields.split(" ");
  }

  private static List<String> fieldsOf(Map<?, ?> refusal) {
    Object errors = new HashMap<>(refusal).get("errors");
    return errors instanceof List<?> list
        ? list.stream().map(each -> String.valueOf(((Map<?, ?>) each).get("field"))).toList()
        : Arrays.asList("none");
  }
}

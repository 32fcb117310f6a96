package io.crewline.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.contract.RestJudge.Operation;
import io.crewline.testing.Rest.Answer;
import java.util.Set;
import java.util.function.Supplier;

/** What is refused everywhere in the same way, and the limits. */
final class FaultScenario extends RestScenario {
  FaultScenario(RestStage stage) {
    super(stage);
  }

  /** What is refused everywhere in the same way. */
  void faultsOfEveryOperation() {
    for (Operation operation : judge.operations()) {
      Set<String> statuses = Set.copyOf(ApiDocument.fieldNames(operation.node().path("responses")));
      String method = operation.method();
      String path = path(operation, "messaging:contract", Long.toString(stage.messageId));
      String bad = path(operation, "NOCID", Long.toString(stage.messageId)) + "?limit=0&topic=none";
      String body = operation.hasBody() ? "{}" : "";
      if (statuses.contains("401") && !operation.path().startsWith("/api/token")) {
        expect(401, judge.call(method, path, ""));
        if (!operation.isUpload()) {
          String[] json = {"Content-Type", "application/json"};
          expect(401, judge.call(method, bad, operation.hasBody() ? "{" : "", json));
        }
      }
      if (operation.isUpload()) {
        String[] key = {"Idempotency-Key", "contract-" + operation.id()};
        String[] text = {"Authorization", "Bearer " + admin, "Content-Type", "text/plain"};
        expect(415, judge.call(method, path, "x", text));
        if (operation.id().equals("uploadAttachment")) {
          upload(admin, "", new byte[0], key);
          expect(422, upload(admin, "?other", new byte[0], key));
        }
        continue;
      }
      if (statuses.contains("400") && method.equals("POST") && !operation.hasBody()) {
        String[] key = {"Authorization", "Bearer " + admin, "Idempotency-Key", "k".repeat(256)};
        expect(400, judge.call(method, path, "", key));
      } else if (statuses.contains("400")) {
        expect(400, call(admin, method, bad, operation.hasBody() ? "{" : ""));
      }
      if (operation.hasBody()) {
        String[] text = {"Authorization", "Bearer " + admin, "Content-Type", "text/plain"};
        expect(415, judge.call(method, path, "x", text));
        expect(413, call(admin, method, path, " ".repeat(1024 * 1024 + 1)));
      }
      if (statuses.contains("422") && method.equals("POST")) {
        String[] key = {
          "Authorization",
          "Bearer " + admin,
          "Content-Type",
          "application/json",
          "Idempotency-Key",
          "contract-" + operation.id()
        };
        judge.call(method, path, body, key);
        expect(422, judge.call(method, path, "{\"text\":\"another\"}", key));
      }
    }
  }

  void faultsOfNoOperation() {
    String[] html = {"Authorization", "Bearer " + dave, "Accept", "text/html"};
    expect(406, judge.refused("GET", "/api/me", html));
    expect(405, judge.refused("PUT", "/api/me", "Authorization", "Bearer " + dave));
  }

  /** At the end, for nobody can log in from here for a while. */
  void tooManyFailures() {
    String login = "{\"username\":\"una\",\"password\":\"wrong-password\"}";
    String change = "{\"password\":\"new-password\",\"currentPassword\":\"wrong-password\"}";
    untilLimited(() -> call("", "POST", "/api/token", login));
    untilLimited(() -> call(dave, "PATCH", "/api/me", change));
  }

  /** The limit refills while the calls run, which on a slow machine takes a while. */
  private void untilLimited(Supplier<Answer> call) {
    int tries = 0;
    while (call.get().status() != 429) {
      assertThat(++tries).isLessThan(1000);
    }
  }

  /** Links that do not exist are refused from here for a while. */
  void tooManyGuesses() {
    for (Operation operation : judge.operations()) {
      if (operation.path().startsWith("/api/confirm/")) {
        String[] json = {"Content-Type", "application/json"};
        String link = path(operation, "", Long.toString(stage.messageId));
        String path = link.replace(stage.link, "none");
        untilLimited(
            () ->
                operation.isUpload()
                    ? uploadTo(path, "", new byte[0])
                    : judge.call(operation.method(), path, operation.hasBody() ? "{}" : "", json));
      }
    }
  }

  private String path(Operation operation, String cid, String id) {
    return operation
        .path()
        .replace("{cid}", cid)
        .replace("{id}", id)
        .replace("{token}", stage.link)
        .replace("{taskId}", stage.linkTask)
        .replace("{imageId}", id)
        .replace("{deliveryId}", id)
        .replace("{username}", "ada");
  }
}

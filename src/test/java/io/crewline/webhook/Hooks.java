package io.crewline.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.Rest.Answer;
import java.util.List;
import java.util.Map;

/** What an administrator does with webhooks, by REST. */
final class Hooks {
  private final Person admin;

  Hooks(Crewline node) {
    this.admin = Person.admin(node);
  }

  /** A webhook that exists; deliveries of it. */
  record Hook(long id, String secret) {
    String path() {
      return "/api/webhooks/" + id;
    }
  }

  Hook create(String url, String... events) {
    Answer answer =
        admin.post(
            "/api/webhooks",
            "{\"url\":\"%s\",\"events\":[\"%s\"]}".formatted(url, String.join("\",\"", events)));
    assertThat(answer.status()).as(answer.body()).isEqualTo(201);
    return new Hook(((Number) answer.field("id")).longValue(), answer.text("secret"));
  }

  Map<String, Object> get(Hook hook) {
    return admin.get(hook.path()).json();
  }

  List<Map<String, Object>> deliveries(Hook hook, String state) {
    return admin.items(hook.path() + "/deliveries?limit=200&state=" + state);
  }

  Person admin() {
    return admin;
  }
}

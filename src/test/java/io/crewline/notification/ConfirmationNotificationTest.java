package io.crewline.notification;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.Rest;
import io.crewline.testing.Rest.Answer;
import io.crewline.testing.TestNode;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who made a confirmation is told of what its employee does by link. */
final class ConfirmationNotificationTest {
  @Test
  void anAcknowledgedConfirmationIsToldOnceToWhoMadeIt() {
    try (Crewline node = TestNode.start()) {
      Person boss = Person.manager(node, "boss");
      Person other = Person.manager(node, "other");
      Object employee = created(boss.post("/api/employees", "{\"name\":\"Kim\"}")).field("id");
      Object task =
          created(other.post("/api/tasks", "{\"title\":\"Pump\",\"employeeId\":" + employee + "}"))
              .field("id");
      Map<String, Object> made =
          created(
                  boss.post(
                      "/api/confirmations",
                      "{\"employeeId\":%s,\"taskIds\":[%s]}".formatted(employee, task)))
              .json();
      String link = "/api/confirm/" + made.get("token");
      Rest rest = new Rest(node);
      try (Device ofBoss = new Device(node, boss);
          Device ofOther = new Device(node, other)) {
        for (int i = 0; i < 3; i++) {
          assertThat(rest.post(link + "/acknowledge", "{}").status()).isEqualTo(200);
        }
        Map<String, Object> told = ofBoss.told(1);
        assertThat(told)
            .containsEntry("kind", "confirmationAcknowledged")
            .containsEntry("data", Map.of("confirmationId", made.get("id")))
            .containsEntry(
                "by", Map.of("kind", "employee", "id", employee.toString(), "name", "Kim"));
        Answer done =
            rest.call(
                "PUT",
                link + "/task/" + task,
                "{\"status\":\"done\"}",
                "Content-Type",
                "application/json");
        assertThat(done.status()).as(done.body()).isEqualTo(200);
        assertThat(ofOther.told(1)).containsEntry("kind", "taskDone");
        ofBoss.toldNothingMore(boss);
        ofOther.toldNothingMore(other);
      }
    }
  }

  private static Answer created(Answer answer) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(201);
    return answer;
  }
}

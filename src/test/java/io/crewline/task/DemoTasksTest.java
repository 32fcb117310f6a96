package io.crewline.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The demo has work for everybody, once. */
final class DemoTasksTest {
  @Test
  void theDemoHasTasksThatAStartDoesNotDouble() {
    Map<String, String> settings =
        Map.of("CREWLINE_DEMO", "true", "DATABASE_URL", TestPostgres.createDatabase());
    for (int start = 0; start < 2; start++) {
      try (Crewline node = TestNode.start(settings)) {
        Person dave = Person.member(node, "dave");
        assertThat(dave.items("/api/systems")).hasSize(2);
        assertThat(dave.items("/api/employees")).hasSize(2);
        assertThat(dave.items("/api/tasks")).hasSize(4);
        assertThat(Person.member(node, "ada").items("/api/tasks"))
            .hasSize(2)
            .allMatch(task -> "assigned".equals(task.get("status")));
      }
    }
  }
}

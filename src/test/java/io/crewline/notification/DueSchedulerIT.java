package io.crewline.notification;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.TestNode;
import io.crewline.testing.TestPostgres;
import io.crewline.testing.TestRedis;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The scheduler runs on every node and acts once. */
@Timeout(120)
final class DueSchedulerIT {
  private static final int TASKS = 250;

  @Test
  void twoNodesTellEachUserOnceAndBothOfTheirDevices() throws Exception {
    TestRedis redis = TestRedis.started();
    Map<String, String> settings =
        Map.of(
            "DATABASE_URL",
            TestPostgres.createDatabase(),
            "REDIS_URL",
            redis.url(),
            "CREWLINE_LIMITS",
            "off",
            "CREWLINE_DATABASE_POOL",
            "8");
    try (redis;
        Crewline a = TestNode.start(settings);
        Crewline b = TestNode.start(settings);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Person boss = Person.manager(a, "boss");
      Person ada = Person.member(b, "ada");
      Object employee =
          boss.post("/api/employees", "{\"name\":\"Ada\",\"username\":\"ada\"}").field("id");
      Instant past = Instant.now().minus(Duration.ofMinutes(1));
      try (Device onA = new Device(a, ada);
          Device onB = new Device(b, ada)) {
        for (int i = 0; i < TASKS; i++) {
          String task =
              "{\"title\":\"Task %d\",\"employeeId\":%s,\"dueAt\":\"%s\"}"
                  .formatted(i, employee, past);
          assertThat(boss.post("/api/tasks", task).status()).isEqualTo(201);
        }
        List<Future<?>> running =
            Stream.of(a, b, a, b)
                .map(node -> node.context().getBean(DueScheduler.class))
                .<Future<?>>map(scheduler -> threads.submit(scheduler::run))
                .toList();
        for (Future<?> each : running) {
          each.get();
        }
        for (Device device : List.of(onA, onB)) {
          Map<Long, Integer> overdue = new HashMap<>();
          for (int unread = 1; unread <= 2 * TASKS; unread++) {
            Map<String, Object> told = device.told(unread);
            if ("taskOverdue".equals(told.get("kind"))) {
              Map<String, Object> task = Device.object(Device.object(told, "data"), "task");
              overdue.merge(Device.number(task, "id"), 1, Integer::sum);
            }
          }
          assertThat(overdue).hasSize(TASKS);
          assertThat(overdue.values()).containsOnly(1);
        }
        onB.toldNothingMore(ada);
      }
    }
  }
}

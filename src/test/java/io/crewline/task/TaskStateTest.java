package io.crewline.task;

import static io.crewline.task.Crew.id;
import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** A snapshot and the events after it are the same as a fresh read, whatever one may see. */
final class TaskStateTest {
  private static final int WRITERS = 8;
  private static final int CHANGES = 40;

  private final List<Long> ids = new CopyOnWriteArrayList<>();
  private final List<Long> employees = new ArrayList<>();
  private final List<Long> systems = new ArrayList<>();

  @Test
  void snapshotPlusEventsEqualsAFreshReadForAManagerAndAMember() throws Exception {
    try (Crewline node = TestNode.start()) {
      Crew crew = new Crew(node);
      Person ada = Person.member(node, "ada");
      Person.member(node, "kim");
      employees.addAll(
          List.of(
              crew.employee("Ada", "ada"), crew.employee("Kim", "kim"), crew.employee("X", null)));
      systems.addAll(List.of(crew.system("One"), crew.system("Two")));
      for (int i = 0; i < 20; i++) {
        ids.add(id(crew.task("Before " + i, "\"employeeId\":" + employees.get(i % 3))));
      }
      try (SocketClient manager = SocketClient.connect(node.port(), crew.boss().token());
          SocketClient member = SocketClient.connect(node.port(), ada.token());
          ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Callable<Void>> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
          Random random = new Random(i);
          writers.add(() -> write(crew, ada, random));
        }
        List<Future<Void>> writing = writers.stream().map(threads::submit).toList();
        State all = new State(manager.call("tasks.watch"));
        State hers = new State(member.call("tasks.watch"));
        for (Future<Void> writer : writing) {
          writer.get();
        }
        crew.task("The end", "\"employeeId\":" + employees.getFirst());
        all.follow(manager, true);
        hers.follow(member, false);
        State freshAll = new State(manager.call("tasks.watch"));
        State freshHers = new State(member.call("tasks.watch"));
        assertThat(all.tasks).isEqualTo(freshAll.tasks);
        assertThat(all.seq).isEqualTo(freshAll.seq);
        assertThat(hers.tasks).isEqualTo(freshHers.tasks);
        assertThat(hers.tasks).isNotEmpty().hasSizeLessThan(all.tasks.size());
        assertThat(read(crew.boss())).isEqualTo(freshAll.tasks);
        assertThat(read(ada)).isEqualTo(freshHers.tasks);
      }
    }
  }

  private static Map<Long, Map<String, Object>> read(Person person) {
    Map<Long, Map<String, Object>> tasks = new TreeMap<>();
    String cursor = "";
    while (true) {
      String path = "/api/tasks?limit=200" + cursor;
      person.items(path).forEach(task -> tasks.put(id(task), task));
      Object next = person.get(path).json().get("nextCursor");
      if (next == null) {
        return tasks;
      }
      cursor = "&cursor=" + next;
    }
  }

  private Void write(Crew crew, Person ada, Random random) {
    for (int i = 0; i < CHANGES; i++) {
      long id = ids.get(random.nextInt(ids.size()));
      long employee = employees.get(random.nextInt(employees.size()));
      long system = systems.get(random.nextInt(systems.size()));
      switch (random.nextInt(12)) {
        case 0 -> ids.add(id(crew.task("New " + i, "\"employeeId\":" + employee)));
        case 1 -> crew.boss().call("DELETE", "/api/tasks/" + id, "");
        case 2, 3, 4 -> crew.patch(id, "{\"employeeId\":" + employee + "}");
        case 5 -> crew.patch(id, "{\"employeeId\":null,\"systemId\":" + system + "}");
        case 6 -> crew.boss().post("/api/tasks/" + id + "/notes", "{\"text\":\"" + i + "\"}");
        case 7 -> ada.call("PATCH", "/api/tasks/" + id, "{\"status\":\"inProgress\"}");
        case 8 -> crew.patch(id, "{\"status\":\"done\"}");
        case 9 -> rename(crew, "/api/systems/" + system, random);
        case 10 -> rename(crew, "/api/employees/" + employee, random);
        default -> crew.patch(id, "{\"title\":\"Title " + random.nextInt() + "\"}");
      }
    }
    return null;
  }

  private static void rename(Crew crew, String path, Random random) {
    crew.boss().call("PATCH", path, "{\"name\":\"Name " + random.nextInt() + "\"}");
  }

  /** What a client keeps of the tasks. */
  private static final class State {
    final Map<Long, Map<String, Object>> tasks = new TreeMap<>();
    long seq;

    @SuppressWarnings("unchecked")
    State(Map<String, Object> initialized) {
      assertThat(initialized).containsEntry("type", "initialized").containsEntry("more", false);
      for (Object task : (List<Object>) Objects.requireNonNull(initialized.get("tasks"))) {
        put((Map<String, Object>) task);
      }
      String position = String.valueOf(initialized.get("position"));
      seq = Long.parseLong(position.substring(position.indexOf(':') + 1));
    }

    /** Applies events until that of the last task. */
    void follow(SocketClient client, boolean everything) {
      boolean end = false;
      while (!end) {
        Map<String, Object> event =
            client.await(
                "an event",
                frame -> "tasks".equals(frame.get("topic")) && frame.containsKey("seq"));
        apply(event, everything);
        end = event.toString().contains("title=The end");
      }
    }

    @SuppressWarnings("unchecked")
    private void apply(Map<String, Object> event, boolean everything) {
      long next = ((Number) Objects.requireNonNull(event.get("seq"))).longValue();
      if (everything) {
        assertThat(next).isEqualTo(seq + 1);
      } else {
        assertThat(next).isGreaterThan(seq);
      }
      seq = next;
      Map<String, Object> data = (Map<String, Object>) Objects.requireNonNull(event.get("data"));
      Map<String, Object> task = (Map<String, Object>) Objects.requireNonNull(data.get("task"));
      if ("task:deleted".equals(event.get("type"))) {
        tasks.remove(id(task));
      } else {
        put(task);
      }
    }

    private void put(Map<String, Object> task) {
      tasks.put(id(task), task);
    }
  }
}

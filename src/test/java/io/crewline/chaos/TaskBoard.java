package io.crewline.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The tasks and links that those who change tasks share. Thread-safe. */
final class TaskBoard {
  private static final int MOST_LINKS = 30;

  private final List<Long> tasks = new ArrayList<>();
  private final List<LinkToken> links = new ArrayList<>();

  /**
   * A link as it was given to an employee.
   *
   * @param expiresAt by which it is known
   */
  record LinkToken(String token, String expiresAt) {}

  synchronized void add(long task) {
    tasks.add(task);
  }

  synchronized void remove(long task) {
    tasks.remove(task);
  }

  synchronized @Nullable Long anyTask(RandomGenerator random) {
    return tasks.isEmpty() ? null : tasks.get(random.nextInt(tasks.size()));
  }

  /** Hands a link out; the oldest is forgotten when there are many. */
  synchronized void add(LinkToken link) {
    links.add(link);
    if (links.size() > MOST_LINKS) {
      links.removeFirst();
    }
  }

  synchronized void remove(LinkToken link) {
    links.remove(link);
  }

  synchronized @Nullable LinkToken anyLink(RandomGenerator random) {
    return links.isEmpty() ? null : links.get(random.nextInt(links.size()));
  }
}

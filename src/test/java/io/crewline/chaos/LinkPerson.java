package io.crewline.chaos;

import io.crewline.chaos.TaskBoard.LinkToken;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A person without an account, with links: opens one, acknowledges it, and moves its tasks on, each
 * time with a note that has a mark.
 */
final class LinkPerson extends Caller {
  /** At most so many; another of the marks of each has a number so much higher. */
  private static final int PEOPLE = 10;

  private int number;
  private final int topic;
  private final TaskBoard board;
  private final Acknowledged acknowledged;
  private final Promises promises;

  /** The calls that follow from the link that it has opened. */
  private final List<Call> due = new ArrayList<>();

  private long changes;

  /**
   * @param number in its marks, different from those of all writers
   * @param topic the number of the topic of tasks among those of the acknowledgements
   */
  LinkPerson(
      int number,
      int topic,
      TaskBoard board,
      double perSecond,
      Acknowledged acknowledged,
      Promises promises,
      World world,
      RandomGenerator random) {
    super("link-person-" + number, perSecond, world, random);
    this.number = number;
    this.topic = topic;
    this.board = board;
    this.acknowledged = acknowledged;
    this.promises = promises;
  }

  @Override
  @Nullable Call next() {
    if (!due.isEmpty()) {
      return due.removeFirst();
    }
    LinkToken link = board.anyLink(random);
    return link == null
        ? null
        : new Call(
            "GET", path(link), null, List.of("Accept", "*/*"), answer -> opened(link, answer));
  }

  private static String path(LinkToken link) {
    return "/api/confirm/" + link.token();
  }

  private void opened(LinkToken link, Answer answer) {
    if (!answer.isGood()) {
      gone(link, answer);
      return;
    }
    if (answer.body().get("acknowledgedAt") == null && random.nextBoolean()) {
      due.add(
          new Call(
              "POST",
              path(link) + "/acknowledge",
              null,
              List.of("Accept", "*/*"),
              done -> {
                if (done.isGood()) {
                  promises.linkAcknowledged(link.expiresAt());
                } else {
                  gone(link, done);
                }
              }));
    }
    if (answer.body().get("tasks") instanceof List<?> tasks) {
      for (Object task : tasks) {
        if (task instanceof Map<?, ?> shown
            && shown.get("next") instanceof List<?> next
            && !next.isEmpty()) {
          due.add(move(link, Link.number(shown.get("id")), next.get(random.nextInt(next.size()))));
        }
      }
    }
  }

  private Call move(LinkToken link, long task, Object status) {
    long key = SendKey.of(number, ++changes);
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("status", status);
    body.put("note", SendKey.text(key));
    return new Call(
        "PUT",
        path(link) + "/task/" + task,
        body,
        List.of("Idempotency-Key", SendKey.text(key)),
        answer -> {
          if (answer.isGood()) {
            acknowledged.add(key, topic, task, answer.node());
            promises.saw(answer.body());
            return;
          }
          if (answer.first()) {
            promises.refused(key);
          } else {
            // The first try may be on its way still, and be done after those that follow.
            number += PEOPLE;
          }
          switch (answer.status()) {
            case 422 -> {} // another was quicker, or the notes are full
            case 404 -> gone(link, answer);
            default -> problem("a change by link was answered " + answer);
          }
        });
  }

  private void gone(LinkToken link, Answer answer) {
    if (answer.status() == 404) {
      board.remove(link);
    } else {
      problem("a link was answered " + answer);
    }
  }
}

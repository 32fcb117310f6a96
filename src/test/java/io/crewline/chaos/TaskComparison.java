package io.crewline.chaos;

import io.crewline.chaos.JournalCopy.TopicCopy;
import io.crewline.chaos.Promises.Change;
import io.crewline.chaos.Promises.Read;
import io.crewline.chaos.Promises.Seen;
import io.crewline.chaos.Verdict.Kind;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Compares what else was promised with the journal: changes of messages and reads, tasks with their
 * versions, and links. As {@link Comparison}, it knows nothing of how they came about.
 */
final class TaskComparison {
  static final String TASKS = "tasks";
  private static final Pattern VERSION = Pattern.compile("task (\\d+) at version (\\d+)");
  private static final Pattern DELETED = Pattern.compile("task (\\d+) deleted");
  private static final Pattern READ = Pattern.compile("message\\.read (\\S+) to (\\d+) in .*");

  private final JournalCopy journal;
  private final Verdict verdict;

  TaskComparison(JournalCopy journal, Verdict verdict) {
    this.journal = journal;
    this.verdict = verdict;
  }

  /** Whether each acknowledged change is in the journal, and nothing that was refused. */
  void promises(Promises promises) {
    Map<String, Map<String, Integer>> changes = new HashMap<>();
    Set<Long> keys = new HashSet<>();
    for (TopicCopy topic : journal.topics()) {
      Map<String, Integer> ofTopic = new HashMap<>();
      for (int i = 0; i < topic.size(); i++) {
        String change = topic.change(i);
        if (change != null) {
          ofTopic.put(change, i);
        }
        keys.add(topic.key(i));
      }
      changes.put(topic.name, ofTopic);
    }
    for (Change change : promises.changes()) {
      if (!changes.getOrDefault(change.topic(), Map.of()).containsKey(change.change())) {
        verdict.add(Kind.LOST_SEND, 1, change.change() + " of " + change.topic());
      }
    }
    for (long key : promises.refused()) {
      if (keys.contains(key)) {
        verdict.add(Kind.INVENTED, 1, SendKey.text(key) + " was refused and is in the journal");
      }
    }
    reads(promises.reads());
    seen(promises.seen(), changes.getOrDefault(TASKS, Map.of()));
  }

  /** Whether the journal has the reads of each user at least as far as was acknowledged. */
  private void reads(List<Read> reads) {
    for (Read read : reads) {
      TopicCopy topic = journal.topic(read.topic());
      long due = 0;
      long last = -1;
      for (int i = 0; topic != null && i < topic.size(); i++) {
        if (("message.new " + read.messageId()).equals(topic.change(i))) {
          due = topic.seq(i);
        }
        String change = topic.change(i);
        Matcher found = change == null ? null : READ.matcher(change);
        if (found != null && found.matches() && found.group(1).equals(read.username())) {
          long to = Long.parseLong(found.group(2));
          if (to < last) {
            verdict.add(Kind.REORDERED_SEND, 1, change + " after " + last);
          }
          last = to;
        }
      }
      if (due == 0 || last < due) {
        verdict.add(Kind.LOST_SEND, 1, read + ", at " + due + ": read to " + last);
      }
    }
  }

  /** Whether each state of a task that was answered is that of an event. */
  private void seen(List<Seen> seen, Map<String, Integer> changes) {
    TopicCopy tasks = journal.topic(TASKS);
    for (Seen state : seen) {
      Integer index = changes.get(Facts.task(state.task(), state.version()));
      if (tasks == null || index == null) {
        verdict.add(Kind.LOST_SEND, 1, state + " was answered and is not in the journal");
      } else if (tasks.state(index) != state.content()) {
        verdict.add(Kind.INVENTED, 1, state + " was answered; the journal has it otherwise");
      }
    }
  }

  /**
   * Whether the versions of each task follow one another in the journal, and whether those that are
   * left are as the last event of each says.
   *
   * @param left the content of each task, as it is read in the end
   */
  void tasks(Map<Long, Integer> left) {
    Map<Long, Long> versions = new HashMap<>();
    Map<Long, Integer> states = new LinkedHashMap<>();
    TopicCopy tasks = journal.topic(TASKS);
    for (int i = 0; tasks != null && i < tasks.size(); i++) {
      String change = String.valueOf(tasks.change(i));
      Matcher version = VERSION.matcher(change);
      Matcher deleted = DELETED.matcher(change);
      if (version.matches()) {
        long task = Long.parseLong(version.group(1));
        long now = Long.parseLong(version.group(2));
        Long before = versions.put(task, now);
        if (now != (before == null ? 1 : before + 1)) {
          Kind kind = before != null && now <= before ? Kind.REORDERED_SEND : Kind.HOLE;
          verdict.add(kind, 1, change + " after version " + before);
        }
        states.put(task, tasks.state(i));
      } else if (deleted.matches()) {
        long task = Long.parseLong(deleted.group(1));
        if (states.remove(task) == null) {
          verdict.add(Kind.HOLE, 1, change + ", which was not there");
        }
      }
    }
    states.forEach(
        (task, state) -> {
          Integer read = left.get(task);
          if (read == null) {
            verdict.add(Kind.LOST_SEND, 1, "task " + task + " is gone, without an event");
          } else if (!read.equals(state)) {
            verdict.add(Kind.INVENTED, 1, "task " + task + " is not as its last event says");
          }
        });
    for (Long task : left.keySet()) {
      if (!states.containsKey(task)) {
        verdict.add(Kind.HOLE, 1, "task " + task + " is there, its events are not");
      }
    }
  }

  /**
   * Whether each link is there once, and acknowledged where that was answered.
   *
   * @param promised the times at which links expire, and whether they are acknowledged
   * @param left the same of each link that is there in the end
   */
  void links(Map<String, Boolean> promised, List<Map.Entry<String, Boolean>> left) {
    Map<String, Boolean> found = new HashMap<>();
    for (Map.Entry<String, Boolean> link : left) {
      if (found.put(link.getKey(), link.getValue()) != null) {
        verdict.add(Kind.DUPLICATED_SEND, 1, "the link until " + link.getKey());
      }
    }
    promised.forEach(
        (link, acknowledged) -> {
          if (!found.containsKey(link)) {
            verdict.add(Kind.LOST_SEND, 1, "the link until " + link);
          } else if (acknowledged && !Boolean.TRUE.equals(found.get(link))) {
            verdict.add(Kind.LOST_SEND, 1, "the acknowledgement by the link until " + link);
          }
        });
  }
}

package io.crewline.chaos;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What a writer does to messages of its own: it reacts, takes reactions back, edits and deletes,
 * one change after the other. What is not answered it asks for again, and then lets the message be:
 * the first try may still be on its way.
 */
final class MessageChanges {
  /** The id of its commands. */
  static final String ID = "change";

  private final Promises promises;
  private final RandomGenerator random;
  private @Nullable Target target;
  private @Nullable Change open;

  private static final class Target {
    final String topic;
    final long message;
    @Nullable String reaction;

    Target(String topic, long message) {
      this.topic = topic;
      this.message = message;
    }
  }

  private static final class Change {
    final Target of;
    final String command;
    final String event;
    final @Nullable String mark;
    int attempts;
    long sentAt;
    long retryAt;

    Change(Target of, String command, String event, @Nullable String mark) {
      this.of = of;
      this.command = command;
      this.event = event;
      this.mark = mark;
    }
  }

  MessageChanges(Promises promises, RandomGenerator random) {
    this.promises = promises;
    this.random = random;
  }

  /** A message was acknowledged: changes are made to it from now on. */
  void sent(String topic, long message) {
    if (open == null) {
      target = new Target(topic, message);
    }
  }

  boolean isOpen() {
    return open != null;
  }

  /** The change that is open, in words. */
  String text() {
    Change change = open;
    return change == null ? "" : change.event + " of " + change.of.message;
  }

  /** Whether an answer is overdue. */
  boolean isLate(long now, long patienceMs) {
    Change change = open;
    return change != null && change.sentAt > 0 && now - change.sentAt > patienceMs;
  }

  /** Begins a change, if there is something to be changed and nothing open. */
  void begin(Link link, String mark) {
    Target of = target;
    if (open != null || of == null) {
      return;
    }
    int dice = random.nextInt(10);
    if (dice == 0) {
      open = new Change(of, "deleteMessage", "message.deleted", null);
    } else if (dice < 5) {
      open = new Change(of, "updateMessage", "message.updated", mark);
    } else if (of.reaction == null || dice < 8) {
      open = new Change(of, "addReaction", "reaction.new", mark);
    } else {
      open = new Change(of, "removeReaction", "reaction.deleted", of.reaction);
    }
    again(link);
  }

  /** Sends what is open on a connection that is ready. */
  void again(Link link) {
    Change change = open;
    if (change == null) {
      return;
    }
    change.attempts++;
    change.sentAt = System.currentTimeMillis();
    change.retryAt = 0;
    Map<String, Object> frame = new LinkedHashMap<>();
    frame.put("type", change.command);
    frame.put("id", ID);
    frame.put("messageId", change.of.message);
    if (change.mark != null) {
      frame.put(change.command.equals("updateMessage") ? "text" : "reaction", change.mark);
    }
    link.send(frame);
  }

  void retryIfDue(Link link, long now) {
    Change change = open;
    if (change != null && change.retryAt > 0 && now >= change.retryAt) {
      again(link);
    }
  }

  /** The change was refused for now. */
  void retryAt(long time) {
    Change change = open;
    if (change != null) {
      change.sentAt = 0;
      change.retryAt = time;
    }
  }

  /** The change was acknowledged. */
  void done() {
    Change change = open;
    if (change == null) {
      return;
    }
    open = null;
    promises.changed(
        change.of.topic,
        change.event + " " + (change.mark == null ? change.of.message : change.mark));
    if (change.attempts > 1 || change.command.equals("deleteMessage")) {
      target = null;
    } else if (change.command.equals("addReaction")) {
      change.of.reaction = change.mark;
    } else if (change.command.equals("removeReaction")) {
      change.of.reaction = null;
    }
  }

  /** The change was refused for good. */
  void failed() {
    open = null;
    target = null;
  }
}

package io.crewline.realtime;

import io.crewline.journal.JournalEntry;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One session's place in one topic.
 *
 * <p>Guarantee: from the position it is started at, the session is written every later event once
 * and in order, whatever its speed, until the subscription ends.
 *
 * <p>All state belongs to the session's loop. A subscription begins <em>waiting</em>: live events
 * are only remembered, the newest few of them. Started at a position, it goes <em>live</em> when
 * what it remembers joins that position without a gap, and otherwise <em>catches up</em> from the
 * journal until it does. A live one whose session is not writable falls back to catching up, at the
 * client's own pace.
 *
 * <p>The topic may begin a new epoch at any time. Who is in the old one is reset. Who waits has a
 * place only when started: in the old epoch it is reset then, in the new one it goes live. The
 * client may even be <em>ahead</em>, in an epoch that its node has yet to learn of: then it goes
 * live when the node has. An end that comes while it waits is told after the start, unless the
 * position is of a time after it.
 *
 * <p>Of an event with an {@link io.crewline.journal.Audience} the session is written what its user
 * may see. What is withheld moves the cursor all the same, and a {@code position} notice tells the
 * client so, before long. An event after which the user has another sight of the topic ends the
 * subscription with {@code reset}.
 */
public final class Subscription {
  private static final int REMEMBERED = 256;

  private enum State {
    WAITING,
    AHEAD,
    CATCHING_UP,
    LIVE,
    MUTED,
    ENDED
  }

  /**
   * Why a subscription ends, once it has been started.
   *
   * @param by the event that ends it; null for something else, which ends it wherever it is
   */
  private record End(@Nullable Position by, Notice notice) {}

  private final Session session;
  private final ServedTopic served;
  private final TopicHub hub;
  private final String username;
  private final ArrayDeque<JournalEntry> recent = new ArrayDeque<>();
  private State state = State.WAITING;
  private volatile boolean ended;
  private boolean seesAll;
  private boolean stale;
  private boolean withheld;

  /** The epoch of the events that are offered. */
  private String offered = "";

  /** Epochs that ended, and where, while this waited. */
  private Map<String, Long> over = Map.of();

  private @Nullable End end;

  /** Where the client is. */
  private String epoch = "";

  private long cursor;

  /** What took a right away up to this number is settled; see {@link #startFromSnapshot}. */
  private long settled = -1;

  private long newest;

  Subscription(Session session, ServedTopic served, TopicHub hub, boolean seesAll) {
    this.session = session;
    this.served = served;
    this.hub = hub;
    this.username = session.identity().username();
    this.seesAll = seesAll;
  }

  public Session session() {
    return session;
  }

  public Topic topic() {
    return served.topic();
  }

  ServedTopic served() {
    return served;
  }

  /** Tells the epoch of the events that will be offered. Before the loop knows the subscription. */
  void offered(String epoch) {
    offered = epoch;
  }

  /**
   * Lets events flow: everything after {@code position}, which the client has by now. Call it after
   * the reply that tells the client the position has been sent.
   *
   * @param head the topic's head as far as the caller knows; behind it the journal is read
   */
  public void start(Position position, Position head) {
    onLoop(() -> begin(position, head, -1));
  }

  /**
   * As {@link #start}, for a caller who has read the head, what the client is told, and the user's
   * right to watch in one snapshot of the database: an event up to that head which takes the right
   * away no longer ends the subscription, because it was seen.
   */
  public void startFromSnapshot(Position position, Position head) {
    onLoop(() -> begin(position, head, head.seq()));
  }

  private void begin(Position position, Position head, long settledUpTo) {
    if (state != State.WAITING) {
      return;
    }
    epoch = position.epoch();
    cursor = position.seq();
    settled = settledUpTo;
    if (end != null && concerns(end.by())) {
      hub.end(this, end.notice());
    } else if (stale || isOver()) {
      hub.reset(this);
    } else if (epoch.equals(offered)) {
      newest = Math.max(newest, head.seq());
      proceed();
    } else {
      state = State.AHEAD;
      recent.clear();
      newest = head.seq();
      hub.heal(served);
    }
    over = Map.of();
    session.transport().flush();
  }

  /** Whether the client is where the journal has nothing more to give. */
  private boolean isOver() {
    Long last = over.get(epoch);
    return last != null && (!epoch.equals(offered) || cursor <= last);
  }

  private boolean concerns(@Nullable Position event) {
    return event == null || event.epoch().equals(epoch) && event.seq() > settled;
  }

  /**
   * Ends it with a notice, at the latest when it would start. On the loop.
   *
   * @param event what ends it; null for something else
   */
  void revoke(@Nullable Position event, Notice notice) {
    switch (state) {
      case WAITING -> {
        if (end == null || end.by() != null) {
          end = new End(event, notice);
        }
      }
      case AHEAD, CATCHING_UP, LIVE -> {
        if (concerns(event)) {
          end(notice);
        }
      }
      case MUTED -> end(notice);
      case ENDED -> {}
    }
  }

  /**
   * Whoever is reset comes back for a snapshot, and not all at once; who is sent away, does not.
   */
  private void end(Notice notice) {
    if (notice.isReset()) {
      hub.endInTime(this, notice);
    } else {
      hub.end(this, notice);
    }
  }

  /**
   * Takes note that the topic goes on from another place: mostly in a new epoch, or in the same one
   * when the journal no longer holds what is missing. On the loop, between the events.
   *
   * @param from where the topic was
   * @param head where it goes on
   */
  void jumped(Position from, Position head) {
    offered = head.epoch();
    recent.clear();
    switch (state) {
      case WAITING -> {
        over = new HashMap<>(over);
        over.put(from.epoch(), from.seq());
        newest = head.seq();
      }
      case AHEAD -> {
        if (epoch.equals(offered)) {
          newest = Math.max(newest, head.seq());
          proceed();
          session.transport().flush();
        } else {
          hub.resetInTime(this);
        }
      }
      case CATCHING_UP, LIVE -> {
        if (!epoch.equals(offered) || cursor <= from.seq()) {
          hub.resetInTime(this);
        } else if (cursor < head.seq()) {
          newest = head.seq();
          catchUp();
        }
      }
      case MUTED -> hub.resetInTime(this);
      case ENDED -> {}
    }
  }

  /** Lets no events flow, ever: the topic is served for its listeners alone. */
  void mute() {
    onLoop(
        () -> {
          if (state == State.WAITING) {
            state = State.MUTED;
            recent.clear();
            over = Map.of();
          }
        });
  }

  /** Takes live events. On the loop. Returns how many were written. */
  int offer(Stretch stretch) {
    List<JournalEntry> entries = stretch.entries();
    if (state == State.ENDED || state == State.MUTED || state == State.AHEAD) {
      return 0;
    }
    if (state != State.LIVE) {
      entries.forEach(this::remember);
      return 0;
    }
    Encoding encoding = session.transport().encoding();
    if (stretch.isShort()
        && stretch.isFor(seesAll)
        && continues(entries.getFirst())
        && session.transport().isWritable()) {
      session.transport().write(stretch.joined(encoding));
      cursor = entries.getLast().seq();
      withheld = false;
      return entries.size();
    }
    int written = 0;
    for (int i = 0; i < entries.size() && state != State.ENDED; i++) {
      JournalEntry entry = entries.get(i);
      if (state == State.LIVE && continues(entry) && session.transport().isWritable()) {
        JournalEntry seen = pass(entry);
        if (seen != null) {
          session.transport().write(stretch.frame(encoding, i, seen));
          written++;
        }
      } else if (state != State.LIVE || entry.seq() > cursor || !entry.epoch().equals(epoch)) {
        remember(entry);
        if (state == State.LIVE) {
          catchUp();
        }
      }
    }
    return written;
  }

  /**
   * Writes what the journal gave. On the loop.
   *
   * @return whether there is more to read
   */
  boolean backfill(List<JournalEntry> entries) {
    if (state != State.CATCHING_UP) {
      return false;
    }
    for (JournalEntry entry : entries) {
      if (continues(entry)) {
        if (!session.transport().isWritable()) {
          session.transport().flush();
          return true;
        }
        write(entry);
        if (state == State.ENDED) {
          return false;
        }
      }
    }
    if (!joins()) {
      session.transport().flush();
      return true;
    }
    goLive();
    session.transport().flush();
    return state == State.CATCHING_UP;
  }

  /** Where the session is. On the loop. Null when there is nothing more to catch up with. */
  @Nullable Position behind() {
    return state == State.CATCHING_UP ? position() : null;
  }

  /** Tells the client where it is if the newest events were withheld from it. On the loop. */
  void tellPosition() {
    if (withheld && state == State.LIVE && session.transport().isWritable()) {
      withheld = false;
      write(session.transport().encoding().notice(Notice.position(topic(), position())));
      session.transport().flush();
    }
  }

  /**
   * Notes whether the user sees all of the topic. If that is new, what the client has no longer
   * holds, and the subscription ends with a reset, at the latest when it would start. Any thread.
   */
  void seesAll(boolean all) {
    onLoop(
        () -> {
          if (all != seesAll) {
            seesAll = all;
            stale = true;
            if (state != State.WAITING && state != State.MUTED) {
              hub.reset(this);
            }
          }
        });
  }

  /** A session for which something fails on the loop is closed, and resumes. */
  private void onLoop(Runnable action) {
    session
        .transport()
        .loop()
        .execute(
            () -> {
              try {
                action.run();
              } catch (Throwable e) {
                session.fail("a subscription to " + topic(), e);
              }
            });
  }

  /** Where the client is. On the loop. */
  Position position() {
    return new Position(epoch, cursor);
  }

  /** Whether nothing stands between the session and what happens now. On the loop. */
  boolean isLive() {
    return state == State.LIVE;
  }

  /** Ends it. On the loop. Returns whether it had not ended before. */
  boolean end() {
    boolean first = !ended;
    state = State.ENDED;
    ended = true;
    recent.clear();
    return first;
  }

  /** Whether it has ended, also if the client has yet to be told. Any thread. */
  public boolean hasEnded() {
    return ended;
  }

  private boolean continues(JournalEntry entry) {
    return entry.seq() == cursor + 1 && entry.epoch().equals(epoch);
  }

  private void remember(JournalEntry entry) {
    recent.addLast(entry);
    newest = entry.seq();
    if (recent.size() > REMEMBERED) {
      recent.removeFirst();
    }
  }

  /** Goes live if what is remembered joins the cursor, otherwise begins to catch up. */
  private void proceed() {
    if (joins()) {
      goLive();
    } else {
      catchUp();
    }
  }

  /** Whether nothing lies between the cursor and what is remembered. */
  private boolean joins() {
    while (!recent.isEmpty()
        && recent.getFirst().epoch().equals(epoch)
        && recent.getFirst().seq() <= cursor) {
      recent.removeFirst();
    }
    return recent.isEmpty() ? newest <= cursor : continues(recent.getFirst());
  }

  private void goLive() {
    while (!recent.isEmpty()) {
      JournalEntry entry = recent.getFirst();
      if (!continues(entry) || !session.transport().isWritable()) {
        catchUp();
        return;
      }
      write(entry);
      if (state == State.ENDED) {
        return;
      }
      recent.removeFirst();
    }
    state = State.LIVE;
    tellPosition();
  }

  private void catchUp() {
    if (state != State.CATCHING_UP) {
      state = State.CATCHING_UP;
      hub.catchUp(this);
    }
  }

  private void write(JournalEntry entry) {
    JournalEntry seen = pass(entry);
    if (seen != null) {
      write(session.transport().encoding().event(seen));
    }
  }

  private void write(Frame frame) {
    try {
      session.transport().write(frame);
    } finally {
      frame.release();
    }
  }

  /** Moves the cursor past the event that continues it. Returns what is to be written for it. */
  private @Nullable JournalEntry pass(JournalEntry entry) {
    cursor = entry.seq();
    if (entry.changesSightOf(username)) {
      hub.reset(this);
      return null;
    }
    JournalEntry seen = entry.seenBy(seesAll ? null : username);
    withheld = seen == null;
    return seen;
  }
}

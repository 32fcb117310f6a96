package io.crewline.chat;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.crewline.account.Identity;
import io.crewline.chat.RoomSnapshots.Snapshot;
import io.crewline.journal.Position;
import io.crewline.platform.ApiException;
import io.crewline.platform.InputErrors;
import io.crewline.platform.Json;
import io.crewline.platform.JsonText;
import io.crewline.realtime.Command;
import io.crewline.realtime.CommandHandler;
import io.crewline.realtime.Reply;
import io.crewline.realtime.Session;
import io.crewline.realtime.Subscription;
import io.crewline.realtime.Subscriptions;
import io.micronaut.serde.annotation.Serdeable;
import jakarta.inject.Singleton;
import org.jspecify.annotations.Nullable;

/**
 * {@code channel.watch}: joins a room, creating a missing one as public, and answers with a
 * snapshot that the events of the room then continue without a gap. With {@code after}, and if the
 * position still fits, the missed events follow instead.
 */
@Singleton
final class WatchHandler implements CommandHandler {
  private static final int MESSAGES = 50;
  private static final int MESSAGES_AT_MOST = 200;

  private final Subscriptions subscriptions;
  private final RoomService rooms;
  private final RoomSnapshots snapshots;
  private final Json json;

  WatchHandler(Subscriptions subscriptions, RoomService rooms, RoomSnapshots snapshots, Json json) {
    this.subscriptions = subscriptions;
    this.rooms = rooms;
    this.snapshots = snapshots;
    this.json = json;
  }

  @Override
  public String type() {
    return "channel.watch";
  }

  @Override
  public Reply handle(Session session, Command command) {
    Identity caller = session.identity();
    InputErrors errors = new InputErrors();
    Cid cid = errors.read(() -> Cid.parse("channel", command.fields().text("channel")), Cid.NONE);
    Position after =
        errors.<@Nullable Position>read(() -> command.fields().position("after"), null);
    int limit = errors.read(() -> limit(command.fields().number("limit")), 0);
    errors.check();
    rooms.joinOrCreate(caller, cid);
    Subscription subscription = subscriptions.open(session, cid.topic());
    try {
      // After the subscription: what is committed from now on is in the snapshot or follows it.
      Snapshot snapshot = snapshots.of(caller.username(), cid.toString(), limit);
      return answer(subscription, snapshot, after);
    } catch (RuntimeException e) {
      subscriptions.abandon(subscription);
      throw e;
    }
  }

  private static int limit(@Nullable Long limit) {
    if (limit == null) {
      return MESSAGES;
    }
    if (limit < 0 || limit > MESSAGES_AT_MOST) {
      throw ApiException.badField("limit", limit + " (expected: 0 to " + MESSAGES_AT_MOST + ")");
    }
    return limit.intValue();
  }

  private Reply answer(Subscription subscription, Snapshot snapshot, @Nullable Position after) {
    Position head = snapshot.state().head();
    boolean recovered = after != null && snapshot.state().continues(after);
    Position from = recovered && after != null ? after : head;
    String own =
        json.write(
            new Own(
                snapshot.unread(),
                subscription.topic().name(),
                from.toString(),
                after == null ? null : recovered));
    return Reply.of("initialized", joined(snapshot.room().text(!recovered), own))
        .then(() -> subscription.startFromSnapshot(from, head));
  }

  /** One JSON object with the fields of two. */
  private static JsonText joined(String first, String second) {
    return new JsonText(
        new StringBuilder(first.length() + second.length())
            .append(first, 0, first.length() - 1)
            .append(',')
            .append(second, 1, second.length())
            .toString());
  }

  /**
   * The fields of {@code initialized} that differ from one watcher to the next; those that all have
   * alike come before them.
   *
   * @param unread the caller's unread messages
   * @param position events after this one follow
   * @param recovered whether {@code after} was accepted; absent when there was none
   */
  @Serdeable
  record Own(
      long unread,
      String topic,
      String position,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean recovered) {}
}

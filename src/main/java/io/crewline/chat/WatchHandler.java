package io.crewline.chat;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.crewline.account.Identity;
import io.crewline.journal.Journal;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.InputErrors;
import io.crewline.realtime.Command;
import io.crewline.realtime.CommandHandler;
import io.crewline.realtime.Reply;
import io.crewline.realtime.Session;
import io.crewline.realtime.Subscription;
import io.crewline.realtime.Subscriptions;
import io.micronaut.serde.annotation.Serdeable;
import jakarta.inject.Singleton;
import java.util.List;
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
  private static final int MEMBERS = 100;

  private final Subscriptions subscriptions;
  private final RoomService rooms;
  private final MessageService messages;
  private final UnreadService unread;
  private final Journal journal;
  private final Database database;

  WatchHandler(
      Subscriptions subscriptions,
      RoomService rooms,
      MessageService messages,
      UnreadService unread,
      Journal journal,
      Database database) {
    this.subscriptions = subscriptions;
    this.rooms = rooms;
    this.messages = messages;
    this.unread = unread;
    this.journal = journal;
    this.database = database;
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
      return database.snapshot(() -> answer(subscription, caller, cid, after, limit));
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

  private Reply answer(
      Subscription subscription, Identity caller, Cid cid, @Nullable Position after, int limit) {
    Topic topic = cid.topic();
    Room room = rooms.require(caller, cid.toString()).room();
    Position head = journal.head(topic);
    boolean recovered = after != null && !journal.readAfter(topic, after, 0).reset();
    Position from = recovered && after != null ? after : head;
    Initialized body =
        new Initialized(
            room,
            rooms.members(caller, cid.toString(), "", MEMBERS),
            recovered ? List.of() : messages.newest(cid.toString(), limit),
            unread.positions(cid.toString(), MEMBERS),
            unread.of(caller.username(), cid.toString()),
            topic.name(),
            from.toString(),
            after == null ? null : recovered);
    return Reply.of("initialized", body).then(() -> subscription.startFromSnapshot(from, head));
  }

  /**
   * @param members the first 100, by username
   * @param messages the newest, in order; none when {@code recovered}
   * @param read read positions of the first 100 members
   * @param unread the caller's unread messages
   * @param position events after this one follow
   * @param recovered whether {@code after} was accepted; absent when there was none
   */
  @Serdeable
  record Initialized(
      Room channel,
      List<Member> members,
      List<Message> messages,
      List<UnreadService.ReadPosition> read,
      long unread,
      String topic,
      String position,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean recovered) {}
}

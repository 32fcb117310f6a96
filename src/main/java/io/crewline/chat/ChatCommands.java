package io.crewline.chat;

import io.crewline.account.Identity;
import io.crewline.journal.Topic;
import io.crewline.platform.ApiException;
import io.crewline.platform.InputErrors;
import io.crewline.platform.Text;
import io.crewline.realtime.Command;
import io.crewline.realtime.CommandHandler;
import io.crewline.realtime.Reply;
import io.crewline.realtime.Session;
import io.crewline.realtime.Subscription;
import io.crewline.realtime.Subscriptions;
import io.crewline.realtime.presence.Typing;
import io.micronaut.context.annotation.Factory;
import io.micronaut.serde.annotation.Serdeable;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** The commands of chat that are one call of a service each. */
@Factory
final class ChatCommands {
  private final MessageService messages;
  private final UnreadService unread;
  private final RoomService rooms;

  ChatCommands(MessageService messages, UnreadService unread, RoomService rooms) {
    this.messages = messages;
    this.unread = unread;
    this.rooms = rooms;
  }

  private record Simple(String type, BiFunction<Session, Command, Reply> work)
      implements CommandHandler {
    @Override
    public Reply handle(Session session, Command command) {
      return work.apply(session, command);
    }
  }

  @Singleton
  @Named("channel.unwatch")
  CommandHandler unwatch(Subscriptions subscriptions) {
    return new Simple(
        "channel.unwatch",
        (session, command) -> {
          session.identity();
          subscriptions.close(session, topic(command));
          return Reply.ok();
        });
  }

  @Singleton
  @Named("typing.start")
  CommandHandler typingStart(Subscriptions subscriptions, Typing typing) {
    return new Simple(
        "typing.start",
        (session, command) -> {
          requireSight(subscriptions, session, topic(command));
          typing.start(session, topic(command));
          return Reply.ok();
        });
  }

  @Singleton
  @Named("typing.stop")
  CommandHandler typingStop(Subscriptions subscriptions, Typing typing) {
    return new Simple(
        "typing.stop",
        (session, command) -> {
          requireSight(subscriptions, session, topic(command));
          typing.stop(session.identity().username(), topic(command));
          return Reply.ok();
        });
  }

  /** Whoever watches a room may see it; only others are worth a query. */
  private static void requireSight(Subscriptions subscriptions, Session session, Topic room) {
    Identity caller = session.identity();
    Subscription watching = session.subscription(room);
    if ((watching == null || watching.hasEnded()) && !subscriptions.mayWatch(caller, room)) {
      throw ApiException.notFound("room");
    }
  }

  @Singleton
  @Named("updateMessage")
  CommandHandler updateMessage() {
    return new Simple(
        "updateMessage",
        (session, command) -> {
          InputErrors errors = new InputErrors();
          long id = errors.read(() -> messageId(command), 0L);
          String text =
              errors.read(
                  () ->
                      Text.required("text", command.fields().text("text"), PostMessage.TEXT_LENGTH),
                  "");
          errors.check();
          return Reply.ok(Map.of("message", messages.update(session.identity(), id, text)));
        });
  }

  @Singleton
  @Named("deleteMessage")
  CommandHandler deleteMessage() {
    return new Simple(
        "deleteMessage",
        (session, command) ->
            Reply.ok(Map.of("message", messages.delete(session.identity(), messageId(command)))));
  }

  @Singleton
  @Named("addReaction")
  CommandHandler addReaction() {
    return new Simple(
        "addReaction",
        (session, command) -> {
          Reaction wanted = reaction(command);
          messages.addReaction(session.identity(), wanted.messageId(), wanted.reaction());
          return Reply.ok();
        });
  }

  @Singleton
  @Named("removeReaction")
  CommandHandler removeReaction() {
    return new Simple(
        "removeReaction",
        (session, command) -> {
          Reaction wanted = reaction(command);
          messages.removeReaction(session.identity(), wanted.messageId(), wanted.reaction());
          return Reply.ok();
        });
  }

  @Singleton
  @Named("markRead")
  CommandHandler markRead() {
    return new Simple(
        "markRead",
        (session, command) -> {
          InputErrors errors = new InputErrors();
          Cid cid = errors.read(() -> channel(command), Cid.NONE);
          Long messageId =
              errors.<@Nullable Long>read(() -> command.fields().number("messageId"), null);
          errors.check();
          return Reply.ok(
              Map.of("unread", unread.markRead(session.identity(), cid.toString(), messageId)));
        });
  }

  @Singleton
  @Named("countUnread")
  CommandHandler countUnread() {
    return new Simple(
        "countUnread",
        (session, command) -> {
          String username = session.identity().username();
          if (!command.fields().has("channel")) {
            return Reply.ok(Counts.of(unread.counts(username)));
          }
          String cid = channel(command).toString();
          rooms.require(session.identity(), cid);
          return Reply.ok(Counts.of(Map.of(cid, unread.of(username, cid))));
        });
  }

  /**
   * @param channels unread messages by cid
   */
  @Serdeable
  record Counts(long total, Map<String, Long> channels) {
    static Counts of(Map<String, Long> channels) {
      return new Counts(channels.values().stream().mapToLong(n -> n).sum(), channels);
    }
  }

  private static Topic topic(Command command) {
    return channel(command).topic();
  }

  private static Cid channel(Command command) {
    return Cid.parse("channel", command.fields().text("channel"));
  }

  private static long messageId(Command command) {
    return command.fields().requiredNumber("messageId");
  }

  private record Reaction(long messageId, String reaction) {}

  private static Reaction reaction(Command command) {
    InputErrors errors = new InputErrors();
    long id = errors.read(() -> messageId(command), 0L);
    String reaction =
        errors.read(
            () ->
                Text.required(
                    "reaction", command.fields().text("reaction"), MessageService.REACTION_LENGTH),
            "");
    errors.check();
    return new Reaction(id, reaction);
  }
}

package io.crewline.chat;

import io.crewline.account.Identity;
import io.crewline.account.Role;
import io.crewline.attachment.AttachmentService;
import io.crewline.attachment.Owner;
import io.crewline.chat.ChatEvent.MessageDeleted;
import io.crewline.chat.ChatEvent.MessageUpdated;
import io.crewline.chat.ChatEvent.ReactionAdded;
import io.crewline.chat.ChatEvent.ReactionData;
import io.crewline.chat.ChatEvent.ReactionRemoved;
import io.crewline.journal.DomainEvent;
import io.crewline.journal.Topic;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.LockWaits;
import io.crewline.platform.Text;
import io.crewline.platform.Watchdog;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.context.event.ApplicationEventPublisher;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Sends, changes and reads messages.
 *
 * <p>Guarantee: a send that completes is committed, with its event, exactly once for a {@code
 * clientId}; sends of one caller to one room are committed in the order of calling.
 */
@Singleton
public final class MessageService {
  /** Rooms share this many lanes; one lane commits one batch at a time. */
  private static final int LANES = 4;

  static final int REACTION_LENGTH = 32;

  private final Database database;
  private final MessageRepository messages;
  private final MessageBatch batch;
  private final RoomService rooms;
  private final AttachmentService attachments;
  private final ApplicationEventPublisher<DomainEvent> events;
  private final Clock clock;
  private final List<MessageLane> lanes;

  MessageService(
      Database database,
      MessageRepository messages,
      MessageBatch batch,
      RoomService rooms,
      AttachmentService attachments,
      ApplicationEventPublisher<DomainEvent> events,
      Clock clock,
      LockWaits lockWaits,
      MeterRegistry registry,
      Watchdog watchdog) {
    this.database = database;
    this.messages = messages;
    this.batch = batch;
    this.rooms = rooms;
    this.attachments = attachments;
    this.events = events;
    this.clock = clock;
    DistributionSummary sizes =
        DistributionSummary.builder("crewline.batch.size")
            .description("Messages that shared one commit")
            .serviceLevelObjectives(1, 2, 4, 8, 16, 32, 64, 128, 256)
            .register(registry);
    this.lanes =
        IntStream.range(0, LANES)
            .mapToObj(i -> new MessageLane(batch, sizes, lockWaits, watchdog, MessageLane.WAITING))
            .toList();
  }

  /**
   * Sends a message. The future completes after the commit, in order for one lane. Inside a
   * transaction the message is a part of that, and nothing is waited for.
   */
  CompletableFuture<Posted> post(PostMessage send) {
    return database.inTransaction()
        ? CompletableFuture.completedFuture(join(send))
        : lane(send.cid()).post(send);
  }

  private Posted join(PostMessage send) {
    return switch (batch.commit(List.of(send), null).getFirst()) {
      case MessageBatch.Outcome.Accepted accepted -> accepted.posted();
      case MessageBatch.Outcome.Refused refusal -> throw refusal.reason();
    };
  }

  /** Rooms with equal lanes are committed in the order of {@link #post}. */
  MessageLane lane(Cid cid) {
    return lanes.get(Math.floorMod(cid.hashCode(), LANES));
  }

  /** Changes the text. Authors only; the same text again makes no event. */
  Message update(Identity caller, long id, @Nullable String text) {
    String checked = Text.required("text", text, PostMessage.TEXT_LENGTH);
    return database.transaction(
        () -> {
          Message before = requireLive(caller, id);
          if (!before.user().id().equals(caller.username())) {
            throw ApiException.forbidden("only the author changes a message");
          }
          if (before.text().equals(checked)) {
            return before;
          }
          List<String> mentions = messages.mentionable(before.channel(), Mentions.in(checked));
          Message after = changed(before, checked, mentions, now(), null);
          messages.updateText(after);
          events.publishEvent(new MessageUpdated(Topic.room(after.channel()), before, after));
          return after;
        });
  }

  /** Deletes a message. Authors and managers; deleting again changes nothing. */
  Message delete(Identity caller, long id) {
    return database.transaction(
        () -> {
          Message before = require(caller, id);
          if (!before.user().id().equals(caller.username())
              && !caller.role().atLeast(Role.MANAGER)) {
            throw ApiException.forbidden("only the author or a manager deletes a message");
          }
          if (before.deletedAt() != null) {
            return before;
          }
          Message after =
              changed(before, "", List.of(), before.editedAt(), now())
                  .with(Map.of())
                  .withoutAttachments();
          messages.updateText(after);
          messages.deleteReactions(id);
          if (!before.attachments().isEmpty()) {
            messages.deleteAttachments(id);
            attachments.unlink(Owner.of(MessageAttachments.KIND, id));
          }
          events.publishEvent(new MessageDeleted(Topic.room(after.channel()), after));
          return after;
        });
  }

  /** Adds the caller's reaction; the same one again makes no event. */
  void addReaction(Identity caller, long id, String reaction) {
    String checked = Text.required("reaction", reaction, REACTION_LENGTH);
    database.transaction(
        () -> {
          Message message = requireLive(caller, id);
          if (messages.addReaction(id, caller.username(), checked, now())) {
            events.publishEvent(
                new ReactionAdded(
                    Topic.room(message.channel()), reactionData(caller, id, checked)));
          }
        });
  }

  /** Takes the caller's reaction back; one that is not there makes no event. */
  void removeReaction(Identity caller, long id, String reaction) {
    String checked = Text.required("reaction", reaction, REACTION_LENGTH);
    database.transaction(
        () -> {
          Message message = requireLive(caller, id);
          if (messages.removeReaction(id, caller.username(), checked)) {
            events.publishEvent(
                new ReactionRemoved(
                    Topic.room(message.channel()), reactionData(caller, id, checked)));
          }
        });
  }

  /**
   * One message.
   *
   * @throws ApiException NOT_FOUND, also in a room that the caller may not see
   */
  Message get(Identity caller, long id) {
    return database.transaction(
        () ->
            messages
                .find(id)
                .filter(message -> rooms.sees(caller.username(), message.channel()))
                .orElseThrow(() -> ApiException.notFound("message")));
  }

  /**
   * Messages around, before or after one message, in order; without any of them the newest.
   *
   * @throws ApiException NOT_FOUND for a room that the caller may not see, BAD_REQUEST for a
   *     message that is not of the room
   */
  List<Message> history(Identity caller, String cid, Span span, int limit) {
    return database.snapshot(
        () -> {
          rooms.require(caller, cid);
          return switch (span) {
            case Span.Newest newest -> messages.before(cid, Long.MAX_VALUE, limit);
            case Span.Before before ->
                messages.before(cid, edge(cid, "before", before.id()), limit);
            case Span.After after -> messages.after(cid, edge(cid, "after", after.id()), limit);
            case Span.Around around -> {
              long seq = seq(cid, "around", around.id());
              int newer = limit / 2;
              List<Message> found =
                  new java.util.ArrayList<>(messages.before(cid, seq + 1, limit - newer));
              found.addAll(messages.after(cid, seq, newer));
              yield found;
            }
          };
        });
  }

  /** Which part of a room's history. */
  sealed interface Span {
    record Newest() implements Span {}

    record Before(long id) implements Span {}

    record After(long id) implements Span {}

    record Around(long id) implements Span {}
  }

  /** As {@link #seq}; 0 stands for the place before the first message. */
  private long edge(String cid, String field, long id) {
    if (id < 0) {
      throw ApiException.badField(field, id + " (expected: the id of a message, or 0)");
    }
    return id == 0 ? 0 : seq(cid, field, id);
  }

  private long seq(String cid, String field, long id) {
    return messages
        .find(id)
        .filter(message -> message.channel().equals(cid))
        .map(Message::seq)
        .orElseThrow(() -> ApiException.badField(field, "is not a message of this room"));
  }

  private Message require(Identity caller, long id) {
    Message message = messages.lock(id).orElseThrow(() -> ApiException.notFound("message"));
    if (!rooms.sees(caller.username(), message.channel())) {
      throw ApiException.notFound("message");
    }
    return message;
  }

  private Message requireLive(Identity caller, long id) {
    Message message = require(caller, id);
    if (message.deletedAt() != null) {
      throw ApiException.conflict("the message is deleted");
    }
    return message;
  }

  private ReactionData reactionData(Identity caller, long id, String reaction) {
    Message message = messages.find(id).orElseThrow(() -> ApiException.notFound("message"));
    return new ReactionData(id, reaction, UserRef.of(caller), message.reactions());
  }

  private static Message changed(
      Message before,
      String text,
      List<String> mentions,
      @Nullable Instant editedAt,
      @Nullable Instant deletedAt) {
    return new Message(
        before.id(),
        before.channel(),
        before.seq(),
        before.user(),
        text,
        before.clientId(),
        before.replyTo(),
        before.threadCount(),
        before.attachments(),
        before.reactions(),
        mentions,
        before.createdAt(),
        editedAt,
        deletedAt);
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }
}

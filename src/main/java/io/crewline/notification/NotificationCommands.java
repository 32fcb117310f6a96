package io.crewline.notification;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.crewline.platform.ApiException;
import io.crewline.platform.InputErrors;
import io.crewline.platform.Paging;
import io.crewline.realtime.Command;
import io.crewline.realtime.CommandHandler;
import io.crewline.realtime.Fields;
import io.crewline.realtime.Reply;
import io.crewline.realtime.Session;
import io.micronaut.context.annotation.Factory;
import io.micronaut.serde.annotation.Serdeable;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** The commands of notifications. */
@Factory
final class NotificationCommands {
  private static final long PAGE = 50;
  private static final int IDS_AT_ONCE = 1_000;

  private final NotificationService notifications;
  private final NotificationPaging paging;

  NotificationCommands(NotificationService notifications, NotificationPaging paging) {
    this.notifications = notifications;
    this.paging = paging;
  }

  private record Simple(String type, BiFunction<Session, Fields, Reply> work)
      implements CommandHandler {
    @Override
    public Reply handle(Session session, Command command) {
      return work.apply(session, command.fields());
    }
  }

  /**
   * @param nextCursor leads to older ones; absent at the end
   */
  @Serdeable
  record Listed(
      List<Notification> notifications,
      long unread,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String nextCursor) {}

  @Singleton
  @Named("notifications.list")
  CommandHandler list() {
    return new Simple(
        "notifications.list",
        (session, fields) -> {
          InputErrors errors = new InputErrors();
          int limit = errors.read(() -> limit(fields), 0);
          String cursor = errors.<@Nullable String>read(() -> fields.text("cursor"), null);
          boolean unread = errors.read(() -> fields.flag("unread"), false);
          errors.check();
          NotificationPaging.Page page = paging.page(session.identity(), limit, cursor, unread);
          return Reply.ok(new Listed(page.items(), page.unread(), page.next()));
        });
  }

  private static int limit(Fields fields) {
    Long limit = fields.number("limit");
    return Paging.limit((int) Math.clamp(limit == null ? PAGE : limit, 0, Integer.MAX_VALUE));
  }

  @Singleton
  @Named("notifications.markRead")
  CommandHandler markRead() {
    return new Simple(
        "notifications.markRead",
        (session, fields) -> {
          boolean all = fields.flag("all");
          if (all == fields.has("ids")) {
            throw ApiException.badField("ids", "either ids, or all, is required");
          }
          List<Long> ids = fields.list("ids", IDS_AT_ONCE, Fields::number);
          return Reply.ok(
              Map.of("unread", notifications.markRead(session.identity(), all ? null : ids)));
        });
  }
}

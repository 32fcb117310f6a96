package io.crewline.notification;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.crewline.platform.ApiException;
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
          Long limit = fields.number("limit");
          NotificationPaging.Page page =
              paging.page(
                  session.identity(),
                  (int) Math.clamp(limit == null ? PAGE : limit, 0, Integer.MAX_VALUE),
                  fields.text("cursor"),
                  fields.flag("unread"));
          return Reply.ok(new Listed(page.items(), page.unread(), page.next()));
        });
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
          List<Long> ids = fields.numberList("ids");
          if (ids.size() > IDS_AT_ONCE) {
            throw ApiException.badField("ids", "at most " + IDS_AT_ONCE);
          }
          return Reply.ok(
              Map.of("unread", notifications.markRead(session.identity(), all ? null : ids)));
        });
  }
}

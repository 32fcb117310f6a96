package io.crewline.chat;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.crewline.account.Identity;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.JsonValues;
import io.crewline.realtime.Command;
import io.crewline.realtime.CommandHandler;
import io.crewline.realtime.Fields;
import io.crewline.realtime.Reply;
import io.crewline.realtime.Session;
import io.crewline.realtime.presence.Presence;
import io.crewline.realtime.presence.Roster;
import io.micronaut.serde.annotation.Serdeable;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * {@code presence}: who is online, of some users or of a room's members. The session is told from
 * then on when one of them comes or goes. Of a large room the first are named, all are counted, and
 * nobody is followed; the answer may be {@link #FRESH} old.
 */
@Singleton
final class PresenceHandler implements CommandHandler {
  private static final int USERS = 200;
  private static final Duration FRESH = Duration.ofSeconds(2);
  private static final int REMEMBERED = 1000;

  private final RoomService rooms;
  private final RoomRepository repository;
  private final Presence presence;
  private final Database database;
  private final Clock clock;
  private final Map<String, Large> large = new ConcurrentHashMap<>();

  PresenceHandler(
      RoomService rooms,
      RoomRepository repository,
      Presence presence,
      Database database,
      Clock clock) {
    this.rooms = rooms;
    this.repository = repository;
    this.presence = presence;
    this.database = database;
    this.clock = clock;
  }

  /**
   * @param online usernames; of a room in order, and at most the first 100
   * @param count how many members of the room are online; absent where users were asked for
   */
  @Serdeable
  record Online(
      List<String> online, @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer count) {}

  private record Large(Online online, Instant at) {}

  @Override
  public String type() {
    return "presence";
  }

  @Override
  public Reply handle(Session session, Command command) {
    Identity caller = session.identity();
    Fields fields = command.fields();
    if (fields.has("users") == fields.has("channel")) {
      throw ApiException.badRequest("presence needs either users or channel");
    }
    if (fields.has("users")) {
      List<String> users =
          fields.list(
              "users", USERS, (field, value) -> Cid.part(field, JsonValues.string(field, value)));
      return Reply.ok(new Online(presence.follow(session, users), null));
    }
    String cid = Cid.parse("channel", fields.text("channel")).toString();
    List<String> members =
        database.transaction(
            () -> {
              rooms.require(caller, cid);
              return repository.usernames(cid, Roster.SMALL + 1);
            });
    if (members.size() > Roster.SMALL) {
      return Reply.ok(large(cid));
    }
    List<String> online = presence.follow(session, members);
    return Reply.ok(new Online(online, online.size()));
  }

  /** Asked once in a while for all who ask: the query is one over everybody who is online. */
  private Online large(String cid) {
    Instant now = clock.instant();
    Large known = large.get(cid);
    if (known != null && now.isBefore(known.at().plus(FRESH))) {
      return known.online();
    }
    List<String> everybody = presence.online();
    Online online =
        database.transaction(
            () ->
                new Online(
                    repository.firstAmong(cid, everybody, Roster.SMALL),
                    repository.countAmong(List.of(cid), everybody).getOrDefault(cid, 0)));
    if (large.size() >= REMEMBERED) {
      large.clear();
    }
    large.put(cid, new Large(online, now));
    return online;
  }
}

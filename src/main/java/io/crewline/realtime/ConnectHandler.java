package io.crewline.realtime;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.crewline.account.AccessTokens;
import io.crewline.account.Identity;
import io.crewline.account.VerifiedToken;
import io.crewline.journal.Journal;
import io.crewline.journal.JournalPage;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import io.crewline.platform.LimitSettings;
import io.crewline.platform.Settings;
import io.micronaut.serde.annotation.Serdeable;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code connect}: logs the session in, turns its own topic on and resumes what it watched before.
 * The reply comes first, then the missed events of each resumed topic in order, then live ones.
 */
@Singleton
final class ConnectHandler implements CommandHandler {
  private final Sessions sessions;
  private final Subscriptions subscriptions;
  private final Journal journal;
  private final AccessTokens tokens;
  private final Settings settings;
  private final Clock clock;
  private final List<ConnectedField> fields;

  ConnectHandler(
      Sessions sessions,
      Subscriptions subscriptions,
      Journal journal,
      AccessTokens tokens,
      Settings settings,
      Clock clock,
      List<ConnectedField> fields) {
    this.sessions = sessions;
    this.subscriptions = subscriptions;
    this.journal = journal;
    this.tokens = tokens;
    this.settings = settings;
    this.clock = clock;
    this.fields = fields;
  }

  @Override
  public String type() {
    return "connect";
  }

  @Override
  public Reply handle(Session session, Command command) {
    if (session.welcomed()) {
      throw ApiException.badRequest("this session is connected already");
    }
    Map<Topic, Position> resume = resume(command.fields());
    try {
      login(session, command.fields());
    } catch (ApiException e) {
      if (e.code() == ErrorCode.FORBIDDEN) {
        return Reply.error(e).then(() -> session.close(CloseReason.FORBIDDEN));
      }
      throw e;
    }
    Identity identity = session.identity();
    Topic own = Topic.user(identity.username());
    Map<String, String> resumed = new LinkedHashMap<>();
    List<Runnable> after = new ArrayList<>();
    resume.forEach(
        (topic, position) -> {
          Subscription subscription = subscriptions.openIfAllowed(session, topic);
          if (subscription == null) {
            after.add(() -> session.send(Notice.removed(topic)));
          } else {
            boolean fits = resume(subscription, position, after);
            resumed.put(topic.name(), fits ? "ok" : "reset");
          }
        });
    Position ownPosition = resume.get(own);
    if (!"ok".equals(resumed.get(own.name()))) {
      Subscription subscription = subscriptions.open(session, own);
      Position head = journal.open(own);
      ownPosition = head;
      after.add(() -> subscription.start(head, head));
    }
    session.welcome();
    Map<String, Object> body = new LinkedHashMap<>();
    body.put(
        "user", new User(identity.username(), identity.displayName(), identity.role().wireName()));
    body.put("sessionId", session.id());
    body.put("serverTime", clock.instant().truncatedTo(ChronoUnit.MILLIS).toString());
    body.put("pingIntervalMs", settings.pingInterval().toMillis());
    body.put("limits", Limits.of(settings.limits()));
    body.put("resumed", resumed);
    body.put("positions", Map.of(own.name(), String.valueOf(ownPosition)));
    for (ConnectedField field : fields) {
      body.put(field.name(), field.value(identity));
    }
    Session.Login login = session.login();
    Instant expiresAt = login == null ? null : login.expiresAt();
    if (expiresAt != null) {
      body.put("expiresAt", expiresAt.toString());
    }
    return Reply.of("connected", body).then(() -> after.forEach(Runnable::run));
  }

  private void login(Session session, Fields fields) {
    String token = fields.text("token");
    String userID = fields.text("userID");
    if (token != null) {
      VerifiedToken verified = tokens.verify(token);
      Session.Login before = session.login();
      if (before != null && !before.identity().username().equals(verified.username())) {
        throw ApiException.badField("token", "is another user's than that of the upgrade");
      }
      sessions.login(session, verified);
    } else if (session.login() == null) {
      if (settings.authRequired()) {
        throw ApiException.of(ErrorCode.UNAUTHENTICATED, "a token is required");
      }
      sessions.loginByName(session, userID == null ? "guest" : userID);
    }
  }

  private Map<Topic, Position> resume(Fields fields) {
    Map<Topic, Position> resume = new LinkedHashMap<>();
    fields
        .texts("resume")
        .forEach(
            (topic, position) ->
                resume.put(Topic.parse(topic), Position.parse("resume." + topic, position)));
    int most = settings.limits().watches();
    if (resume.size() > most) {
      throw ApiException.badField("resume", "at most " + most + " topics");
    }
    return resume;
  }

  /** Plans the start of a resumed subscription. Returns false for a reset. */
  private boolean resume(Subscription subscription, Position position, List<Runnable> after) {
    JournalPage page = journal.readAfter(subscription.topic(), position, 0);
    if (page.reset()) {
      subscriptions.abandon(subscription);
      return false;
    }
    after.add(() -> subscription.start(position, page.head()));
    return true;
  }

  @Serdeable
  record User(String id, String name, String role) {}

  /**
   * @param maxFrameBytes the longest message a client may send, fragments included
   * @param maxWatches topics that one session may watch
   * @param maxInFlight commands without a reply, past which the server stops reading
   * @param commandsPerSecond commands a second of one session; null for no limit
   * @param bytesPerSecond bytes a second that a client may send; null for no limit
   */
  @Serdeable
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Limits(
      int maxFrameBytes,
      int maxWatches,
      int maxInFlight,
      @Nullable Integer commandsPerSecond,
      @Nullable Integer bytesPerSecond) {
    static Limits of(LimitSettings limits) {
      return new Limits(65536, limits.watches(), 128, rate(limits.session()), rate(limits.bytes()));
    }

    private static @Nullable Integer rate(int perSecond) {
      return perSecond == 0 ? null : perSecond;
    }
  }
}

package io.crewline.realtime;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.crewline.account.AccessTokens;
import io.crewline.account.Identity;
import io.crewline.account.VerifiedToken;
import io.crewline.journal.Position;
import io.crewline.journal.Topic;
import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import io.crewline.platform.InputErrors;
import io.crewline.platform.LimitSettings;
import io.crewline.platform.Settings;
import io.crewline.platform.WireTime;
import io.micronaut.serde.annotation.Serdeable;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * {@code connect}: logs the session in, turns its own topic on and resumes what it watched before.
 * The reply comes first, then the missed events of each resumed topic in order, then live ones.
 */
@Singleton
final class ConnectHandler implements CommandHandler {
  private final Sessions sessions;
  private final LiveAccess access;
  private final Subscriptions subscriptions;
  private final TopicHub hub;
  private final AccessTokens tokens;
  private final Settings settings;
  private final Clock clock;
  private final List<ConnectedField> fields;

  ConnectHandler(
      Sessions sessions,
      LiveAccess access,
      Subscriptions subscriptions,
      TopicHub hub,
      AccessTokens tokens,
      Settings settings,
      Clock clock,
      List<ConnectedField> fields) {
    this.sessions = sessions;
    this.access = access;
    this.subscriptions = subscriptions;
    this.hub = hub;
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
  public boolean needsLogin() {
    return false;
  }

  @Override
  public Reply handle(Session session, Command command) {
    if (session.welcomed()) {
      throw ApiException.badRequest("this session is connected already");
    }
    Map<Topic, Position> resume;
    try {
      resume = login(session, command.fields());
    } catch (ApiException e) {
      if (e.code() == ErrorCode.FORBIDDEN) {
        return Reply.error(e).then(() -> session.close(CloseReason.FORBIDDEN));
      }
      throw e;
    }
    Map<Topic, Opened> opened = new LinkedHashMap<>();
    try {
      openAll(session, resume, opened);
      Reply reply = connected(session, resume, opened);
      session.welcome();
      return reply;
    } catch (ApiException e) {
      opened.forEach(this::abandon);
      return Reply.error(e).then(() -> keepWatch(session));
    } catch (RuntimeException | Error e) {
      opened.forEach(this::abandon);
      keepWatch(session);
      throw e;
    }
  }

  /** The session is logged in, and so must hear what its user may no longer do. */
  private void keepWatch(Session session) {
    Session.Login login = session.login();
    if (login == null || session.subscription(Topic.user(login.identity().username())) != null) {
      return;
    }
    try {
      access.watchOver(session);
    } catch (ApiException e) {
      session.close(e);
    } catch (RuntimeException | Error e) {
      session.fail("connect", e);
    }
  }

  private Reply connected(Session session, Map<Topic, Position> resume, Map<Topic, Opened> all) {
    Topic own = Topic.user(session.identity().username());
    Map<String, String> resumed = new LinkedHashMap<>();
    List<Runnable> after = new ArrayList<>();
    all.forEach(
        (topic, opened) -> {
          if (opened.subscription() == null) {
            after.add(() -> session.send(Notice.removed(topic)));
          } else {
            resumed.put(topic.name(), opened.start() == null ? "reset" : "ok");
            opened.addStart(after);
          }
        });
    Position ownPosition = resume.get(own);
    if (!"ok".equals(resumed.get(own.name()))) {
      Subscription subscription = subscriptions.open(session, own);
      Position head = hub.position(subscription);
      ownPosition = head;
      after.add(() -> subscription.start(head, head));
    }
    access.watchOver(session);
    Identity identity = session.identity();
    Map<String, Object> body = new LinkedHashMap<>();
    body.put(
        "user", new User(identity.username(), identity.displayName(), identity.role().wireName()));
    body.put("sessionId", session.id());
    body.put("serverTime", WireTime.of(clock.instant()));
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
      body.put("expiresAt", WireTime.of(expiresAt));
    }
    return Reply.of("connected", body).then(() -> after.forEach(Runnable::run));
  }

  /** Logs in, if nothing is wrong with the fields; returns what to resume. */
  private Map<Topic, Position> login(Session session, Fields fields) {
    InputErrors errors = new InputErrors();
    String token = errors.<@Nullable String>read(() -> fields.text("token"), null);
    String userID = errors.<@Nullable String>read(() -> fields.text("userID"), null);
    VerifiedToken verified = token == null ? null : tokens.verify(token);
    boolean anonymous = verified == null && session.login() == null;
    if (anonymous && settings.authRequired() && !errors.names("token")) {
      throw ApiException.of(ErrorCode.UNAUTHENTICATED, "a token is required");
    }
    Map<Topic, Position> resume = errors.read(() -> resume(fields), Map.of());
    errors.check();
    if (verified != null) {
      Session.Login before = session.login();
      if (before != null && !before.identity().username().equals(verified.username())) {
        throw ApiException.badField("token", "is another user's than that of the upgrade");
      }
      sessions.login(session, verified);
    } else if (anonymous) {
      sessions.loginByName(session, userID == null ? "guest" : userID);
    }
    return resume;
  }

  private Map<Topic, Position> resume(Fields fields) {
    InputErrors errors = new InputErrors();
    Map<Topic, Position> resume = new LinkedHashMap<>();
    fields
        .texts("resume", errors)
        .forEach(
            (name, text) -> {
              String field = "resume." + name;
              errors.<@Nullable Position>read(
                  () -> resume.put(Topic.parse(field, name), Position.parse(field, text)), null);
            });
    errors.check();
    int most = settings.limits().watches();
    if (resume.size() > most) {
      throw ApiException.badField(
          "resume", "%d topics (expected: at most %d)".formatted(resume.size(), most));
    }
    return resume;
  }

  /**
   * What became of a topic to resume.
   *
   * @param subscription null when the user may not watch the topic
   * @param start lets the events flow; null for a reset
   */
  private record Opened(@Nullable Subscription subscription, @Nullable Runnable start) {
    void addStart(List<Runnable> after) {
      if (start != null) {
        after.add(start);
      }
    }
  }

  /**
   * Opens topics at the same time, so that what they ask the database goes in few queries. Nothing
   * of it is under way any more when this returns or throws: it would take a topic from a later
   * {@code connect}.
   *
   * @param opened is given those that were opened, also when another one fails
   */
  private void openAll(Session session, Map<Topic, Position> resume, Map<Topic, Opened> opened) {
    Map<Topic, CompletableFuture<Opened>> opening = new LinkedHashMap<>();
    resume.forEach(
        (topic, position) ->
            opening.put(
                topic,
                CompletableFuture.supplyAsync(
                    () -> open(session, topic, position),
                    task -> Thread.ofVirtual().name("resume").start(task))));
    List<CompletionException> failures = new ArrayList<>();
    opening.forEach(
        (topic, future) -> {
          try {
            opened.put(topic, future.join());
          } catch (CompletionException e) {
            failures.add(e);
          }
        });
    if (!failures.isEmpty()) {
      CompletionException first = failures.getFirst();
      throw first.getCause() instanceof RuntimeException cause ? cause : first;
    }
  }

  /** The own topic stays, waiting, until the next {@code connect} takes its place. */
  private void abandon(Topic topic, Opened opened) {
    Subscription subscription = opened.subscription();
    if (subscription != null && topic.username() == null) {
      subscriptions.abandon(subscription);
    }
  }

  private Opened open(Session session, Topic topic, Position position) {
    Subscription subscription = subscriptions.openIfAllowed(session, topic);
    if (subscription == null) {
      return new Opened(null, null);
    }
    Position head;
    try {
      head = hub.resume(subscription, position);
    } catch (RuntimeException | Error e) {
      subscriptions.abandon(subscription);
      throw e;
    }
    if (head == null) {
      subscriptions.abandon(subscription);
      return new Opened(subscription, null);
    }
    return new Opened(subscription, () -> subscription.start(position, head));
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

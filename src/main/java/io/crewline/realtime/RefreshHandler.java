package io.crewline.realtime;

import io.crewline.account.AccessTokens;
import io.crewline.account.VerifiedToken;
import io.crewline.platform.ApiException;
import io.crewline.platform.WireTime;
import jakarta.inject.Singleton;
import java.util.Map;

/** {@code refresh}: a newer token for the same user; the session goes on. */
@Singleton
final class RefreshHandler implements CommandHandler {
  private final Sessions sessions;
  private final AccessTokens tokens;

  RefreshHandler(Sessions sessions, AccessTokens tokens) {
    this.sessions = sessions;
    this.tokens = tokens;
  }

  @Override
  public String type() {
    return "refresh";
  }

  @Override
  public Reply handle(Session session, Command command) {
    VerifiedToken token = tokens.verify(command.fields().requiredText("token"));
    if (!token.username().equals(session.identity().username())) {
      throw ApiException.forbidden("the token is another user's");
    }
    sessions.login(session, token);
    return Reply.ok(Map.of("expiresAt", WireTime.of(token.expiresAt())));
  }
}

package io.crewline.realtime;

import io.crewline.account.AccountService;
import io.crewline.account.Identity;
import io.crewline.account.VerifiedToken;
import io.crewline.journal.JournalEntry;
import io.crewline.journal.Topic;
import io.crewline.platform.ApiException;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets what changes about a user take effect on their open sessions, on every node that has any:
 * each such node serves the user's own topic and so hears of the change. The event is only the
 * occasion; what counts is what the database says then, so repeated or late events do no harm.
 */
@Singleton
public final class LiveAccess implements DeliveryListener {
  private static final Logger LOG = LoggerFactory.getLogger(LiveAccess.class);

  private final AccountService accounts;
  private final Provider<Sessions> sessions;
  private final Provider<Subscriptions> subscriptions;
  private final Provider<TopicHub> hub;

  LiveAccess(
      AccountService accounts,
      Provider<Sessions> sessions,
      Provider<Subscriptions> subscriptions,
      Provider<TopicHub> hub) {
    this.accounts = accounts;
    this.sessions = sessions;
    this.subscriptions = subscriptions;
    this.hub = hub;
  }

  @Override
  public boolean wants(JournalEntry entry) {
    return entry.type().equals(AccountEvents.USER_UPDATED)
        || entry.type().equals(AccountEvents.LOGIN_ENDED);
  }

  @Override
  public void delivered(JournalEntry entry) {
    String username = Objects.requireNonNull(entry.topic().username());
    accounts.forget(username);
    for (Session session : sessions.get().all()) {
      Session.Login login = session.login();
      if (login != null && login.identity().username().equals(username)) {
        Thread.ofVirtual().name("access").start(() -> checkOrClose(session));
      }
    }
  }

  /**
   * Watches over a session that has just logged in. What changes about its user from now on reaches
   * it; what has changed since the login was checked is seen here. Blocks.
   *
   * @throws ApiException if the user may not go on; the session is closed then
   */
  public void watchOver(Session session) {
    Topic own = Topic.user(session.identity().username());
    if (session.subscription(own) == null) {
      subscriptions.get().open(session, own).mute();
    }
    check(session);
  }

  private void checkOrClose(Session session) {
    try {
      check(session);
    } catch (ApiException e) {
      LOG.debug("Session {} may not go on: {}", session, e.detail());
    } catch (RuntimeException e) {
      LOG.error("Session {} could not be checked", session, e);
      session.close(CloseReason.INTERNAL);
    }
  }

  /** Asks again who is on the line and what they may watch, until nobody came in between. */
  private void check(Session session) {
    boolean settled = false;
    while (!settled) {
      Session.Login login = session.login();
      settled = login == null || check(session, login);
    }
  }

  private boolean check(Session session, Session.Login login) {
    try {
      VerifiedToken token = login.token();
      Identity known = login.identity();
      Identity identity =
          token == null ? accounts.identify(known.username()) : accounts.identify(token);
      if (identity.equals(known)) {
        return true;
      }
      if (!session.login(login, new Session.Login(identity, token))) {
        return false;
      }
      if (identity.role() != known.role()) {
        changeSight(session, identity);
      }
      return true;
    } catch (ApiException e) {
      if (session.login() != login) {
        // The session has been given another token meanwhile, which is to be judged instead.
        return false;
      }
      session.close(e);
      throw e;
    }
  }

  /** Ends what a user in another role may not watch, or sees differently. */
  private void changeSight(Session session, Identity identity) {
    for (Subscription subscription : session.subscriptions()) {
      Topic topic = subscription.topic();
      if (!subscriptions.get().mayWatch(identity, topic)) {
        hub.get().revoke(topic, each -> each == session, Notice.removed(topic));
      } else {
        subscription.seesAll(subscriptions.get().seesAll(identity, topic));
      }
    }
  }
}

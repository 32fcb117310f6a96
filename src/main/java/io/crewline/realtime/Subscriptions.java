package io.crewline.realtime;

import io.crewline.account.Identity;
import io.crewline.journal.Topic;
import io.crewline.platform.ApiException;
import io.crewline.platform.Settings;
import jakarta.inject.Singleton;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a session may watch, and does. */
@Singleton
public final class Subscriptions {

  private final TopicHub hub;
  private final List<TopicAuthorizer> authorizers;
  private final int most;

  Subscriptions(TopicHub hub, List<TopicAuthorizer> authorizers, Settings settings) {
    this.hub = hub;
    this.authorizers = authorizers;
    this.most = settings.limits().watches();
  }

  /** Whether the user may watch the topic at present. May block. */
  public boolean mayWatch(Identity identity, Topic topic) {
    return authorizers.stream()
        .anyMatch(authorizer -> authorizer.owns(topic) && authorizer.mayWatch(identity, topic));
  }

  /** Whether the user, who may watch the topic, sees all of it. */
  public boolean seesAll(Identity identity, Topic topic) {
    return authorizers.stream()
        .allMatch(authorizer -> !authorizer.owns(topic) || authorizer.seesAll(identity, topic));
  }

  /**
   * Subscribes a session to a topic, in place of an earlier subscription to it. Events wait for
   * {@link Subscription#start}. The caller has checked that the user may; the check is repeated by
   * events that take the right away. Blocks.
   */
  public Subscription open(Session session, Topic topic) {
    Subscription before = session.subscription(topic);
    if (before == null && session.subscriptions().size() >= most) {
      throw ApiException.conflict(
          "a session watches at most " + most + " topics; unwatch one of them first");
    }
    Subscription subscription = hub.subscribe(session, topic, seesAll(session.identity(), topic));
    Subscription replaced = session.remember(subscription);
    if (replaced != null) {
      hub.unsubscribe(replaced);
    }
    // Asked again: a change that came before the subscription was there did not find it.
    subscription.seesAll(seesAll(session.identity(), topic));
    if (!session.isOpen() && session.forget(subscription)) {
      hub.unsubscribe(subscription);
    }
    return subscription;
  }

  /**
   * As {@link #open}, for a topic that nobody has checked yet; null when the user may not watch it.
   */
  @Nullable Subscription openIfAllowed(Session session, Topic topic) {
    Identity identity = session.identity();
    if (!mayWatch(identity, topic)) {
      return null;
    }
    Subscription subscription = open(session, topic);
    // Asked again: a right that was taken away before the subscription was there did not end it.
    if (!mayWatch(session.identity(), topic)) {
      abandon(subscription);
      return null;
    }
    return subscription;
  }

  /** Ends the subscription to a topic. Returns whether there was one. */
  public boolean close(Session session, Topic topic) {
    Subscription subscription = session.subscription(topic);
    if (subscription == null || !session.forget(subscription)) {
      return false;
    }
    hub.unsubscribe(subscription);
    return true;
  }

  /** Ends a subscription that was opened and cannot be started. */
  public void abandon(Subscription subscription) {
    if (subscription.session().forget(subscription)) {
      hub.unsubscribe(subscription);
    }
  }
}

package io.crewline.realtime;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.crewline.account.AccountChanged;
import io.crewline.account.Identity;
import io.crewline.account.LoginEnded;
import io.crewline.journal.DomainEvent;
import io.crewline.journal.Topic;
import io.micronaut.context.event.ApplicationEventPublisher;
import io.micronaut.runtime.event.annotation.EventListener;
import io.micronaut.serde.annotation.Serdeable;
import jakarta.inject.Singleton;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Records what changes about a user in their own topic, in the transaction of the change: so every
 * node that serves one of their sessions hears of it, and so do their devices.
 */
@Singleton
final class AccountEvents {
  static final String USER_UPDATED = "user.updated";
  static final String LOGIN_ENDED = "login.ended";

  private final ApplicationEventPublisher<DomainEvent> events;

  AccountEvents(ApplicationEventPublisher<DomainEvent> events) {
    this.events = events;
  }

  @EventListener
  void changed(AccountChanged change) {
    Identity user = change.identity();
    publish(
        user.username(),
        USER_UPDATED,
        new UserChange(
            new User(
                user.username(), user.displayName(), user.role().wireName(), change.disabled()),
            change.changed()));
  }

  @EventListener
  void ended(LoginEnded end) {
    publish(end.username(), LOGIN_ENDED, new LoginEndedData(end.login(), end.reason().wireName()));
  }

  private void publish(String username, String type, Object data) {
    events.publishEvent(new AccountEvent(Topic.user(username), type, data));
  }

  private record AccountEvent(Topic topic, String type, Object data) implements DomainEvent {}

  @Serdeable
  record User(String id, String name, String role, boolean disabled) {}

  /**
   * @param user as they are now
   * @param changed some of {@code name}, {@code role} and {@code disabled}
   */
  @Serdeable
  record UserChange(User user, List<String> changed) {}

  /**
   * @param login which; absent for all of the user
   * @param reason {@code loggedOut}, {@code tokenReused} or {@code passwordChanged}
   */
  @Serdeable
  record LoginEndedData(
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String login, String reason) {}
}

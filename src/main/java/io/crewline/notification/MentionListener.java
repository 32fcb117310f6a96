package io.crewline.notification;

import io.crewline.chat.ChatEvent.MessagePosted;
import io.crewline.chat.ChatEvent.MessageUpdated;
import io.crewline.chat.Message;
import io.crewline.journal.DomainEvent;
import io.micronaut.runtime.event.annotation.EventListener;
import jakarta.inject.Singleton;
import java.util.List;

/**
 * Tells members who is mentioned in a message, once for each message, however often it is edited. A
 * message that mentions nobody costs a look at an empty list.
 */
@Singleton
final class MentionListener {
  private final Notifier notifier;

  MentionListener(Notifier notifier) {
    this.notifier = notifier;
  }

  @EventListener
  void on(DomainEvent event) {
    switch (event) {
      case MessagePosted posted -> tell(posted.message(), List.of());
      case MessageUpdated updated -> tell(updated.message(), updated.before().mentions());
      default -> {}
    }
  }

  private void tell(Message message, List<String> before) {
    for (String username : message.mentions()) {
      if (!username.equals(message.user().id()) && !before.contains(username)) {
        notifier.tellLater(
            new Cause(
                username,
                NotificationKind.MENTION,
                "mention:" + message.id(),
                new NotificationBy(NotificationBy.USER, message.user().id(), message.user().name()),
                NotificationData.mention(message.channel(), message.id())));
      }
    }
  }
}

package io.crewline.chat;

import io.crewline.account.Identity;
import io.crewline.attachment.AttachmentAuthorizer;
import io.crewline.platform.Database;
import jakarta.inject.Singleton;

/** Whoever may see a room may read the attachments of its messages. */
@Singleton
final class MessageAttachments implements AttachmentAuthorizer {
  /** What messages are called as owners of attachments. */
  static final String KIND = "message";

  private final Database database;
  private final MessageRepository messages;
  private final RoomService rooms;

  MessageAttachments(Database database, MessageRepository messages, RoomService rooms) {
    this.database = database;
    this.messages = messages;
    this.rooms = rooms;
  }

  @Override
  public String kind() {
    return KIND;
  }

  @Override
  public boolean mayRead(Identity identity, String ownerId) {
    return database.transaction(
        () ->
            messages
                .find(Long.parseLong(ownerId))
                .filter(message -> rooms.sees(identity.username(), message.channel()))
                .isPresent());
  }
}

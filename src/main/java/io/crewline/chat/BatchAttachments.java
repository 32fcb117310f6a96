package io.crewline.chat;

import io.crewline.attachment.Attachment;
import io.crewline.attachment.AttachmentService;
import io.crewline.attachment.AttachmentService.Pending;
import io.crewline.platform.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The attachments of the sends of one batch: locked first, taken by one send each, and linked to
 * its message. Where no send names any, the database is not asked.
 */
final class BatchAttachments {
  private final AttachmentService attachments;
  private final Json json;
  private final Map<Long, Pending> locked = new HashMap<>();
  private final Map<Long, Attachment> taken = new HashMap<>();
  private final List<Long> ids = new ArrayList<>();
  private final List<String> messages = new ArrayList<>();

  /** Locks those that may be used. Needs a transaction. */
  BatchAttachments(AttachmentService attachments, Json json, List<PostMessage> sends) {
    this.attachments = attachments;
    this.json = json;
    List<Long> named = sends.stream().flatMap(send -> send.attachments().stream()).toList();
    if (!named.isEmpty()) {
      locked.putAll(attachments.lockPending(named));
    }
  }

  /** Takes a send's attachments, so that no other of the batch can; false if one is not to have. */
  boolean take(PostMessage send) {
    String author = send.author().username();
    for (long id : send.attachments()) {
      Pending found = locked.get(id);
      if (found == null || !author.equals(found.uploader())) {
        return false;
      }
    }
    for (long id : send.attachments()) {
      Pending found = locked.remove(id);
      if (found != null) {
        taken.put(id, found.attachment());
      }
    }
    return true;
  }

  /** Those of a send that has taken its own. */
  List<Attachment> of(PostMessage send) {
    List<Attachment> own = new ArrayList<>();
    for (long id : send.attachments()) {
      Attachment attachment = taken.get(id);
      if (attachment == null) {
        throw new IllegalStateException("attachment " + id + " was not taken");
      }
      own.add(attachment);
    }
    return own;
  }

  /** The same, as they are kept with the message; null for none. */
  @Nullable String json(PostMessage send) {
    return send.attachments().isEmpty() ? null : json.write(of(send).toArray(Attachment[]::new));
  }

  /** Notes which message the attachments of a send belong to. */
  void belong(PostMessage send, long messageId) {
    for (long id : send.attachments()) {
      ids.add(id);
      messages.add(Long.toString(messageId));
    }
  }

  /** Links all to their messages. */
  void link() {
    if (!ids.isEmpty()) {
      attachments.linkAll(MessageAttachments.KIND, ids, messages);
    }
  }
}

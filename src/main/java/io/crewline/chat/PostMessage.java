package io.crewline.chat;

import io.crewline.account.Identity;
import io.crewline.attachment.Attachment;
import io.crewline.platform.ApiException;
import io.crewline.platform.InputErrors;
import io.crewline.platform.Text;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A wish to send a message; made by {@link #of}, its texts are within the rules.
 *
 * @param clientId what the sender names it, 1 to 128 characters, unique for sender and room; a
 *     repeated send with the same one returns the first message
 * @param attachments ids of pending attachments of the author, without repeats
 * @param callId names the call that sends it, for one that has no client id; as that, but nobody is
 *     shown it
 */
record PostMessage(
    Identity author,
    Cid cid,
    String text,
    @Nullable String clientId,
    @Nullable Long replyTo,
    List<Long> attachments,
    @Nullable String callId) {
  /** No client can send it: it begins with a control character, which {@link Text} refuses. */
  private static final String CALL = "\u0001call:";

  static final int ATTACHMENTS = 10;
  static final int TEXT_LENGTH = 20_000;
  static final int CLIENT_ID_LENGTH = 128;

  /**
   * Checks what was read of a form or a command.
   *
   * @param errors what was wrong with it so far
   * @throws ApiException naming each field that breaks a rule
   */
  static PostMessage of(
      Identity author,
      Cid cid,
      @Nullable String text,
      @Nullable String clientId,
      @Nullable Long replyTo,
      @Nullable List<Long> attachments,
      InputErrors errors) {
    String checkedId =
        clientId == null
            ? null
            : errors.read(() -> Text.required("clientId", clientId, CLIENT_ID_LENGTH), "");
    // An image says enough.
    boolean maySayNothing =
        attachments != null && !attachments.isEmpty() || errors.names("attachments");
    String checkedText =
        errors.<String>read(
            () ->
                maySayNothing
                    ? Objects.requireNonNullElse(Text.optional("text", text, TEXT_LENGTH), "")
                    : Text.required("text", text, TEXT_LENGTH),
            "");
    errors.check();
    return new PostMessage(
        author,
        cid,
        checkedText,
        checkedId,
        replyTo,
        attachments == null ? List.of() : List.copyOf(attachments),
        null);
  }

  /** The same message, sent once however often the call is made. Its own client id comes first. */
  PostMessage repeatable(@Nullable String call) {
    return call == null || clientId != null
        ? this
        : new PostMessage(author, cid, text, null, replyTo, attachments, CALL + call);
  }

  /** What is unique for author and room, as it is stored; null for a message that never repeats. */
  @Nullable String storedId() {
    return clientId == null ? callId : clientId;
  }

  /** The client id of a stored message, which may be that of a call. */
  static @Nullable String clientId(@Nullable String storedId) {
    return storedId == null || storedId.startsWith(CALL) ? null : storedId;
  }

  /**
   * Whether this asks for that message. Of one that was edited or deleted since, only what is still
   * as it was sent is compared.
   */
  boolean repeats(Message message) {
    boolean asSent = message.editedAt() == null && message.deletedAt() == null;
    return Objects.equals(replyTo, message.replyTo())
        && (!asSent || text.equals(message.text()))
        && (message.deletedAt() != null
            || attachments.equals(message.attachments().stream().map(Attachment::id).toList()));
  }
}

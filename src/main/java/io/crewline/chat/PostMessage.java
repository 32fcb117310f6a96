package io.crewline.chat;

import io.crewline.account.Identity;
import io.crewline.platform.ApiException;
import io.crewline.platform.Text;
import org.jspecify.annotations.Nullable;

/**
 * A wish to send a message; made by {@link #of}, its texts are within the rules.
 *
 * @param clientId what the sender names it, 1 to 128 characters, unique for sender and room; a
 *     repeated send with the same one returns the first message
 */
record PostMessage(
    Identity author, Cid cid, String text, @Nullable String clientId, @Nullable Long replyTo) {
  static final int TEXT_LENGTH = 20_000;
  static final int CLIENT_ID_LENGTH = 128;

  static PostMessage of(
      Identity author,
      Cid cid,
      @Nullable String text,
      @Nullable String clientId,
      @Nullable Long replyTo,
      boolean hasAttachments) {
    if (hasAttachments) {
      throw ApiException.badField("attachments", "are not supported by this version");
    }
    String checkedId =
        clientId == null ? null : Text.required("clientId", clientId, CLIENT_ID_LENGTH);
    return new PostMessage(
        author, cid, Text.required("text", text, TEXT_LENGTH), checkedId, replyTo);
  }
}

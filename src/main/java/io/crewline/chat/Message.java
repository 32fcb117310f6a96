package io.crewline.chat;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.crewline.attachment.Attachment;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message as clients see it. A deleted one keeps its place, without text, attachments and
 * reactions.
 *
 * @param id unique in the installation, growing
 * @param channel the room's cid
 * @param seq the sequence number of its {@code message.new} event
 * @param text at most 20,000 characters
 * @param clientId what the sender named it, unique for sender and room
 * @param replyTo the message that it answers
 * @param threadCount how many messages answer this one; absent for none
 * @param attachments its images, at most 10
 * @param reactions usernames by reaction
 * @param mentions usernames mentioned in the text that may see the room, at most 50
 * @param editedAt when its text was last changed; absent for never
 * @param deletedAt when it was deleted; absent while it is not
 */
@Serdeable
@Schema(example = ChatExamples.MESSAGE)
public record Message(
    long id,
    @Schema(pattern = ChatExamples.CID) String channel,
    @Schema(minimum = "1") long seq,
    UserRef user,
    @Schema(maxLength = 20_000) String text,
    @JsonInclude(JsonInclude.Include.NON_NULL)
        @Schema(nullable = false, minLength = 1, maxLength = 128)
        @Nullable String clientId,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Schema(nullable = false) @Nullable Long replyTo,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Schema(nullable = false)
        @Nullable Integer threadCount,
    List<Attachment> attachments,
    Map<String, List<String>> reactions,
    List<String> mentions,
    Instant createdAt,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Schema(nullable = false) @Nullable Instant editedAt,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Schema(nullable = false)
        @Nullable Instant deletedAt) {

  Message with(Map<String, List<String>> newReactions) {
    return new Message(
        id,
        channel,
        seq,
        user,
        text,
        clientId,
        replyTo,
        threadCount,
        attachments,
        newReactions,
        mentions,
        createdAt,
        editedAt,
        deletedAt);
  }

  Message withoutAttachments() {
    return new Message(
        id,
        channel,
        seq,
        user,
        text,
        clientId,
        replyTo,
        threadCount,
        List.of(),
        reactions,
        mentions,
        createdAt,
        editedAt,
        deletedAt);
  }
}

package io.crewline.chat;

import io.crewline.platform.InputErrors;
import io.crewline.platform.JsonValues;
import io.crewline.realtime.Command;
import io.crewline.realtime.Fields;
import io.crewline.realtime.PipelinedCommandHandler;
import io.crewline.realtime.Reply;
import io.crewline.realtime.Session;
import io.crewline.realtime.presence.Typing;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** {@code sendMessage}: answered after the commit. Whoever has sent no longer types. */
@Singleton
final class SendMessageHandler implements PipelinedCommandHandler {
  private final MessageService messages;
  private final Typing typing;

  SendMessageHandler(MessageService messages, Typing typing) {
    this.messages = messages;
    this.typing = typing;
  }

  @Override
  public String type() {
    return "sendMessage";
  }

  /**
   * Sends to one room are committed in their order, and those to different rooms have nothing to do
   * with each other unless they carry the same image, which only the first may have.
   */
  @Override
  public boolean mayPipeline(Command command) {
    return !command.fields().hasItems("attachments");
  }

  private static List<Long> attachments(Fields fields) {
    return fields.list(
        "attachments", PostMessage.ATTACHMENTS, JsonValues.different(Fields::number));
  }

  @Override
  public CompletableFuture<Reply> begin(Session session, Command command) {
    Fields fields = command.fields();
    InputErrors errors = new InputErrors();
    Cid cid = errors.read(() -> Cid.parse("channel", fields.text("channel")), Cid.NONE);
    PostMessage send =
        PostMessage.of(
            session.identity(),
            cid,
            errors.<@Nullable String>read(() -> fields.text("text"), null),
            errors.<@Nullable String>read(() -> fields.text("clientId"), null),
            errors.<@Nullable Long>read(() -> fields.number("replyTo"), null),
            errors.read(() -> attachments(fields), List.of()),
            errors);
    String username = session.identity().username();
    return messages
        .post(send)
        .thenApply(
            posted -> {
              typing.stop(username, cid.topic());
              return Reply.ok(posted.body());
            });
  }
}

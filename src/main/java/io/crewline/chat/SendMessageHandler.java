package io.crewline.chat;

import io.crewline.realtime.Command;
import io.crewline.realtime.Fields;
import io.crewline.realtime.PipelinedCommandHandler;
import io.crewline.realtime.Reply;
import io.crewline.realtime.Session;
import io.crewline.realtime.presence.Typing;
import jakarta.inject.Singleton;
import java.util.concurrent.CompletableFuture;

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

  @Override
  public CompletableFuture<Reply> begin(Session session, Command command) {
    Fields fields = command.fields();
    Cid cid = Cid.parse("channel", fields.text("channel"));
    PostMessage send =
        PostMessage.of(
            session.identity(),
            cid,
            fields.text("text"),
            fields.text("clientId"),
            fields.number("replyTo"),
            fields.numberList("attachments"));
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

package io.crewline.chat;

import io.crewline.realtime.Command;
import io.crewline.realtime.Fields;
import io.crewline.realtime.PipelinedCommandHandler;
import io.crewline.realtime.Reply;
import io.crewline.realtime.Session;
import jakarta.inject.Singleton;
import java.util.concurrent.CompletableFuture;

/** {@code sendMessage}: answered after the commit. */
@Singleton
final class SendMessageHandler implements PipelinedCommandHandler {
  private final MessageService messages;

  SendMessageHandler(MessageService messages) {
    this.messages = messages;
  }

  @Override
  public String type() {
    return "sendMessage";
  }

  @Override
  public Object lane(Command command) {
    return messages.lane(Cid.parse("channel", command.fields().text("channel")));
  }

  @Override
  public CompletableFuture<Reply> begin(Session session, Command command) {
    Fields fields = command.fields();
    PostMessage send =
        PostMessage.of(
            session.identity(),
            Cid.parse("channel", fields.text("channel")),
            fields.text("text"),
            fields.text("clientId"),
            fields.number("replyTo"),
            !fields.textList("attachments").isEmpty());
    return messages.post(send).thenApply(posted -> Reply.ok(posted.body()));
  }
}

package io.crewline.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The deadlines, on a clock that the test moves. The codec behind it is played by the test. */
final class RequestDeadlineTest {
  private final RequestDeadline deadline = new RequestDeadline();
  private EmbeddedChannel channel = new EmbeddedChannel();

  @BeforeEach
  void open() {
    channel = new EmbeddedChannel(deadline);
    channel.freezeTime();
  }

  private void pass(long seconds) {
    channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
  }

  private void receive(int bytes) {
    channel.writeInbound(Unpooled.wrappedBuffer(new byte[bytes]));
    channel.releaseInbound();
  }

  /** The head of a request arrives, and the codec has read it. */
  private void head() {
    channel.pipeline().fireChannelRead(Unpooled.wrappedBuffer(new byte[10]));
    deadline.begun();
    channel.pipeline().fireChannelReadComplete();
    channel.releaseInbound();
  }

  @Test
  void aHeadThatDripsIsCutOffAfterTenSeconds() {
    for (int i = 0; i < 9; i++) {
      pass(1);
      receive(1);
    }
    assertThat(channel.isOpen()).isTrue();
    pass(2);
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aBodyThatDripsIsCutOffAfterThirtySeconds() {
    head();
    for (int i = 0; i < 29; i++) {
      pass(1);
      receive(1);
    }
    assertThat(channel.isOpen()).isTrue();
    pass(2);
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void aSlowBodyThatComesAlongHasItsTime() {
    head();
    for (int i = 0; i < 300; i++) {
      receive(8192);
      pass(1);
    }
    assertThat(channel.isOpen()).isTrue();
    deadline.ended();
    pass(3600);
    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  void aBodyThatStopsIsCutOffHoweverMuchHasCome() {
    head();
    receive(10 * 1024 * 1024);
    pass(29);
    assertThat(channel.isOpen()).isTrue();
    pass(2);
    pass(30);
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void timeInWhichNothingIsReadDoesNotCount() {
    channel.config().setAutoRead(false);
    head();
    for (int i = 0; i < 10; i++) {
      channel.read();
      pass(1);
      receive(100);
      pass(3600);
    }
    assertThat(channel.isOpen()).isTrue();
    channel.read();
    pass(31);
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void laterRequestsHaveTheirOwnDeadlines() {
    head();
    deadline.ended();
    pass(3600);
    receive(1);
    pass(11);
    assertThat(channel.isOpen()).isFalse();
  }
}

package io.crewline.gateway.sse;

import io.crewline.realtime.CloseReason;
import io.crewline.realtime.Encoding;
import io.crewline.realtime.Frame;
import io.crewline.realtime.Session;
import io.crewline.realtime.Transport;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * A stream of blocks that the framework takes as fast as the client reads. What it has not asked
 * for yet waits in a bounded queue; over the bound the session counts as not writable. All state
 * belongs to the loop of the connection.
 */
final class EventStream implements Transport, Publisher<byte[]> {
  private static final int HIGH = 256 * 1024;
  private static final int LOW = 64 * 1024;

  private static final long STUCK_MS = 2000;

  private final Channel channel;
  private final EventLoop loop;
  private final Encoding encoding;
  private final String remoteAddress;
  private final Consumer<EventStream> whenTaken;
  private final Runnable whenOver;
  private final ArrayDeque<SseFrame> queue = new ArrayDeque<>();
  private long queued;
  private long demand;
  private boolean ending;
  private volatile boolean over;
  private boolean emitting;
  private volatile boolean writable = true;
  private @Nullable Subscriber<? super byte[]> subscriber;
  private volatile @Nullable Session session;

  /**
   * @param whenTaken called once when the answer begins; must not block
   * @param whenOver called once, on the loop, when nothing more is sent
   */
  EventStream(
      Channel channel,
      Encoding encoding,
      String remoteAddress,
      Consumer<EventStream> whenTaken,
      Runnable whenOver) {
    this.channel = channel;
    this.loop = channel.eventLoop();
    this.encoding = encoding;
    this.remoteAddress = remoteAddress;
    this.whenTaken = whenTaken;
    this.whenOver = whenOver;
  }

  /** Tells the stream whose it is, before anything is written. */
  void session(Session opened) {
    session = opened;
  }

  @Override
  public void subscribe(Subscriber<? super byte[]> taker) {
    onLoop(
        () -> {
          if (subscriber != null) {
            throw new IllegalStateException("a stream is read once");
          }
          subscriber = taker;
          taker.onSubscribe(
              new Subscription() {
                @Override
                public void request(long n) {
                  onLoop(() -> more(n));
                }

                @Override
                public void cancel() {
                  onLoop(EventStream.this::end);
                }
              });
          whenTaken.accept(this);
        });
  }

  /** Whether nothing more is sent. Any thread; true before {@code whenOver} is called. */
  boolean isOver() {
    return over;
  }

  /** Ends the stream with an error; before the first block it becomes the answer. */
  void fail(RuntimeException cause) {
    onLoop(
        () -> {
          Subscriber<? super byte[]> taker = subscriber;
          if (!over && taker != null) {
            end();
            taker.onError(cause);
          }
        });
  }

  @Override
  public Executor loop() {
    return loop;
  }

  @Override
  public Encoding encoding() {
    return encoding;
  }

  @Override
  public void write(Frame frame) {
    SseFrame block = (SseFrame) frame;
    if (ending || over) {
      return;
    }
    queue.addLast(block);
    queued += block.bytes().length;
    ending = block.last();
    writable = queued <= HIGH;
  }

  @Override
  public void flush() {
    emit();
  }

  private void more(long n) {
    demand = Math.min(Long.MAX_VALUE - n, demand) + n;
    emit();
  }

  private void emit() {
    Subscriber<? super byte[]> taker = subscriber;
    // The taker asks for more from within onNext.
    if (taker == null || emitting) {
      return;
    }
    emitting = true;
    try {
      while (!over && demand > 0 && !queue.isEmpty()) {
        SseFrame block = queue.removeFirst();
        queued -= block.bytes().length;
        demand--;
        taker.onNext(block.bytes());
        if (block.last()) {
          end();
          taker.onComplete();
        }
      }
    } finally {
      emitting = false;
    }
    Session mine = session;
    if (over || mine == null) {
      return;
    }
    if (queue.isEmpty()) {
      // The client sends nothing; that it takes everything is its sign of life.
      mine.signOfLife();
    }
    if (!writable && queued <= LOW) {
      writable = true;
      mine.writabilityChanged();
    }
  }

  private void end() {
    if (!over) {
      over = true;
      queue.clear();
      queued = 0;
      whenOver.run();
    }
  }

  @Override
  public boolean isWritable() {
    return writable;
  }

  @Override
  public boolean isOpen() {
    return !over;
  }

  @Override
  public void setReading(boolean reading) {}

  @Override
  public void close(CloseReason reason) {
    onLoop(
        () -> {
          if (over || ending) {
            return;
          }
          if (reason == CloseReason.RESTART) {
            // What waits is the client's, and tells it when to come back.
            write(SseEncoding.close(reason));
            emit();
            loop.schedule(this::endUnread, STUCK_MS, TimeUnit.MILLISECONDS);
          } else if (!queue.isEmpty() || demand == 0) {
            // It does not read: what waits cannot be put before the end.
            endUnread();
          } else {
            write(SseEncoding.close(reason));
            emit();
          }
        });
  }

  private void endUnread() {
    if (over) {
      return;
    }
    Subscriber<? super byte[]> taker = subscriber;
    end();
    if (taker != null) {
      taker.onComplete();
    }
    loop.schedule(() -> channel.close(), STUCK_MS, TimeUnit.MILLISECONDS);
  }

  private void onLoop(Runnable action) {
    if (loop.inEventLoop()) {
      action.run();
    } else {
      try {
        loop.execute(action);
      } catch (RejectedExecutionException e) {
        // The node has stopped, and the connection with it.
      }
    }
  }

  @Override
  public String remoteAddress() {
    return remoteAddress;
  }

  @Override
  public String protocol() {
    return "sse";
  }
}

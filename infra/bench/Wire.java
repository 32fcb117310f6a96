import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A WebSocket client that costs next to nothing, because it shares the machine with what it
 * measures: it reads frame headers and a few bytes of each payload, copies nothing, and flushes once
 * for each read. Not a client to learn from: it trusts the server.
 */
final class Wire extends ByteToMessageDecoder {
  /** Masking is required of clients (RFC 6455 §5.3); a fixed key lets frames be prepared. */
  private static final byte[] MASK = {0x37, (byte) 0xfa, 0x21, 0x3d};

  private static final int PATIENCE_S = 30;

  /** Where the room's id begins in a frame. */
  private static final int ROOM_AT =
      "{\"type\":\"message.new\",\"topic\":\"room:messaging:".length();

  private final CompletableFuture<Wire> upgraded = new CompletableFuture<>();
  private final Listener listener;
  private final String path;
  private volatile CompletableFuture<String> awaited;
  private ChannelHandlerContext context;
  private boolean open;
  private boolean dirty;
  private volatile String closed;

  /** What comes in, on the event loop. Buffers are valid during the call only. */
  interface Listener {
    /** Before the frames of one read; {@code now} is the time for all of them. */
    void reading(long now);

    /** A reply to a numbered command. */
    void reply(Wire wire, long id, boolean ok);

    /** {@code message.new}. */
    default void message(Wire wire, long seq) {}

    /**
     * {@code message.new}, with the room told apart.
     *
     * @param room the first character of the room's id
     */
    default void message(Wire wire, char room, long seq) {
      message(wire, seq);
    }

    /** The receive buffer to ask the system for, in bytes; 0 for its own choice. */
    default int receiveBuffer() {
      return 0;
    }

    /** Whether every text is a {@link #notice}: the server is not Crewline. */
    default boolean raw() {
      return false;
    }

    /** The connection is over. */
    default void closed(Wire wire) {}

    /** Anything else that is neither ping nor reply. */
    default void notice(Wire wire, String text) {}
  }

  private Wire(String path, Listener listener) {
    this.path = path;
    this.listener = listener;
    // Half a megabyte of frames may come in one read; copying the rest of them must stay rare.
    setCumulator(MERGE_CUMULATOR);
  }

  static EventLoopGroup loops(int threads) {
    IoHandlerFactory factory = Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    return new MultiThreadIoEventLoopGroup(threads, factory);
  }

  /** Connects, upgrades and logs in. */
  static Wire connect(EventLoopGroup loops, int port, String token, Listener listener) {
    return connect(loops, port, token, "{}", listener);
  }

  /**
   * As above.
   *
   * @param resume positions by topic, as JSON
   */
  static Wire connect(
      EventLoopGroup loops, int port, String token, String resume, Listener listener) {
    Wire wire = open(loops, port, listener);
    String reply =
        wire.call(
            "{\"id\":\"c\",\"type\":\"connect\",\"token\":\"%s\",\"resume\":%s}"
                .formatted(token, resume));
    if (!reply.contains("\"type\":\"connected\"")) {
      throw new IllegalStateException("connect was answered with " + reply);
    }
    return wire;
  }

  private static Wire open(EventLoopGroup loops, int port, Listener listener) {
    return await(opening(loops, port, listener), "the upgrade");
  }

  /** Connects and upgrades. Completes on the event loop, or fails. */
  static CompletableFuture<Wire> opening(EventLoopGroup loops, int port, Listener listener) {
    return opening(loops, port, "/ws", listener);
  }

  /** As above, at another path. */
  static CompletableFuture<Wire> opening(
      EventLoopGroup loops, int port, String path, Listener listener) {
    Wire wire = new Wire(path, listener);
    Bootstrap bootstrap = new Bootstrap();
    if (listener.receiveBuffer() > 0) {
      bootstrap.option(ChannelOption.SO_RCVBUF, listener.receiveBuffer());
    }
    bootstrap
        .group(loops)
        .channel(Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class)
        .option(ChannelOption.TCP_NODELAY, true)
        .handler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel channel) {
                channel.pipeline().addLast(wire);
              }
            })
        .connect("127.0.0.1", port)
        .addListener(
            connected -> {
              if (!connected.isSuccess()) {
                wire.upgraded.completeExceptionally(connected.cause());
              }
            });
    return wire.upgraded;
  }

  /** Sends a command with the id {@code "c"} and waits for its reply. One at a time. */
  String call(String json) {
    try {
      return await(ask(json), "the reply to " + json);
    } finally {
      awaited = null;
    }
  }

  /** As {@link #call}, without waiting. */
  CompletableFuture<String> ask(String json) {
    CompletableFuture<String> reply = new CompletableFuture<>();
    awaited = reply;
    byte[] frame = frame(json);
    channel().eventLoop().execute(() -> context.writeAndFlush(context.alloc().buffer(frame.length).writeBytes(frame)));
    return reply;
  }

  /** Sends a text. In a {@link Listener} call. */
  void say(String text) {
    byte[] frame = frame(text);
    write(context.alloc().buffer(frame.length).writeBytes(frame));
  }

  /** Writes without a flush; on the loop. Inside a {@link Listener} call the flush follows by itself. */
  void write(ByteBuf frame) {
    context.write(frame, context.voidPromise());
    dirty = true;
  }

  void flush() {
    dirty = false;
    context.flush();
  }

  Channel channel() {
    return context.channel();
  }

  /** Stops or goes on reading what comes in. */
  void setReading(boolean reading) {
    channel().config().setAutoRead(reading);
  }

  /** Why the connection is over, or null. */
  String closed() {
    return closed;
  }

  void close() {
    channel().close();
  }

  /** A text frame of a client, masked. */
  static byte[] frame(String json) {
    byte[] text = json.getBytes(StandardCharsets.UTF_8);
    int header = text.length < 126 ? 2 : 4;
    if (text.length > 0xffff) {
      throw new IllegalArgumentException("too long");
    }
    byte[] frame = new byte[header + 4 + text.length];
    frame[0] = (byte) 0x81;
    if (header == 2) {
      frame[1] = (byte) (0x80 | text.length);
    } else {
      frame[1] = (byte) 0xfe;
      frame[2] = (byte) (text.length >>> 8);
      frame[3] = (byte) text.length;
    }
    System.arraycopy(MASK, 0, frame, header, 4);
    for (int i = 0; i < text.length; i++) {
      frame[header + 4 + i] = (byte) (text[i] ^ MASK[i & 3]);
    }
    return frame;
  }

  /** Writes digits over those that stand in a prepared frame. {@code at} counts in its payload. */
  static void patch(byte[] frame, int at, int digits, long number) {
    int payload = ((frame[1] & 0x7f) == 126 ? 4 : 2) + 4;
    for (int i = at + digits - 1; i >= at; i--) {
      frame[payload + i] = (byte) (('0' + number % 10) ^ MASK[i & 3]);
      number /= 10;
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    context = ctx;
    String request =
        "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    ctx.writeAndFlush(ByteBufUtil.writeAscii(ctx.alloc(), request));
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object input) throws Exception {
    listener.reading(System.nanoTime());
    super.channelRead(ctx, input);
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    if (!open && !readUpgrade(in)) {
      return;
    }
    while (in.readableBytes() >= 2) {
      int start = in.readerIndex();
      int opcode = in.getByte(start) & 0x0f;
      int length = in.getByte(start + 1) & 0x7f;
      int header = 2;
      if (length == 126) {
        header = 4;
        if (in.readableBytes() < header) {
          return;
        }
        length = in.getUnsignedShort(start + 2);
      } else if (length == 127) {
        header = 10;
        if (in.readableBytes() < header) {
          return;
        }
        length = Math.toIntExact(in.getLong(start + 2));
      }
      if (in.readableBytes() < header + length) {
        return;
      }
      in.readerIndex(start + header + length);
      if (opcode == 1) {
        text(in, start + header, length);
      } else if (opcode == 8) {
        closed = length < 2 ? "close" : "close " + in.getUnsignedShort(start + header);
      }
    }
  }

  private boolean readUpgrade(ByteBuf in) {
    String answer = in.toString(StandardCharsets.US_ASCII);
    int end = answer.indexOf("\r\n\r\n");
    if (end < 0) {
      return false;
    }
    in.skipBytes(end + 4);
    open = answer.startsWith("HTTP/1.1 101");
    if (open) {
      upgraded.complete(this);
    } else {
      upgraded.completeExceptionally(
          new IllegalStateException("no upgrade: " + answer.lines().findFirst().orElse("")));
    }
    return open;
  }

  /** {@code {"id":100000001,"type":"ok",…}}, {@code {"type":"message.new",…"seq":42,…}}, others. */
  private void text(ByteBuf in, int at, int length) {
    if (listener.raw()) {
      listener.notice(this, in.toString(at, length, StandardCharsets.UTF_8));
      return;
    }
    CompletableFuture<String> reply = awaited;
    if (length > 16 && in.getByte(at + 2) == 'i' && in.getByte(at + 3) == 'd') {
      if (in.getByte(at + 6) == '"') {
        if (reply != null) {
          reply.complete(in.toString(at, length, StandardCharsets.UTF_8));
        }
        return;
      }
      int i = at + 6;
      long id = 0;
      for (byte digit = in.getByte(i); digit >= '0' && digit <= '9'; digit = in.getByte(++i)) {
        id = id * 10 + digit - '0';
      }
      // ,"type":"ok"
      listener.reply(this, id, in.getByte(i + 9) == 'o' && in.getByte(i + 10) == 'k');
    } else if (length > 24 && in.getByte(at + 9) == 'm' && in.getByte(at + 17) == 'n') {
      int i = at + 21;
      while (in.getByte(i) != 's' || in.getByte(i + 4) != ':' || in.getByte(i + 2) != 'q') {
        i++;
      }
      i += 5;
      long seq = 0;
      for (byte digit = in.getByte(i); digit >= '0' && digit <= '9'; digit = in.getByte(++i)) {
        seq = seq * 10 + digit - '0';
      }
      listener.message(this, (char) in.getByte(at + ROOM_AT), seq);
    } else if (length > 12 && in.getByte(at + 9) == 'p' && in.getByte(at + 10) == 'i') {
      write(context.alloc().buffer().writeBytes(frame("{\"type\":\"pong\"}")));
    } else {
      listener.notice(this, in.toString(at, length, StandardCharsets.UTF_8));
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
    // The decoder would ask for more by itself.
    if (channel().config().isAutoRead()) {
      super.channelReadComplete(ctx);
    }
    if (dirty) {
      flush();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    if (closed == null) {
      closed = "connection lost";
    }
    IllegalStateException over = new IllegalStateException(closed);
    upgraded.completeExceptionally(over);
    CompletableFuture<String> reply = awaited;
    if (reply != null) {
      reply.completeExceptionally(over);
    }
    if (open) {
      listener.closed(this);
    }
    super.channelInactive(ctx);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    closed = cause.toString();
    ctx.close();
  }

  private static <T> T await(CompletableFuture<T> future, String what) {
    try {
      return future.get(PATIENCE_S, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException(what + " did not come within " + PATIENCE_S + " s");
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    } catch (java.util.concurrent.ExecutionException e) {
      throw new IllegalStateException(what + " did not come: " + e.getCause().getMessage(), e.getCause());
    }
  }
}

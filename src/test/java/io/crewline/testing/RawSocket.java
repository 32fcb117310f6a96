package io.crewline.testing;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A TCP connection that writes what no decent client would: broken upgrades, broken frames, bytes
 * one by one. Every read ends after {@value #PATIENCE_MS} ms with a failure.
 */
public final class RawSocket implements AutoCloseable {
  /** Opcodes with the final bit. */
  public static final int TEXT = 0x81;

  public static final int BINARY = 0x82;
  public static final int CLOSE = 0x88;
  public static final int PING = 0x89;
  public static final int PONG = 0x8a;

  /** The code that {@link #awaitClose} gives when the connection ended without a close frame. */
  public static final int NO_CLOSE_FRAME = 1006;

  /** The code that {@link #awaitClose} gives for a close frame without a code. */
  public static final int NO_CODE = 1005;

  private static final int PATIENCE_MS = 15_000;

  private final Socket socket;
  private final DataInputStream in;

  /** A frame of the server; {@code first} is its first byte. */
  public record Frame(int first, byte[] payload) {
    public String text() {
      return new String(payload, StandardCharsets.UTF_8);
    }

    public Map<String, Object> json() {
      return SocketClient.parse(text());
    }
  }

  /** An HTTP answer; header names in lower case. */
  public record Answer(int status, Map<String, String> headers, String body) {}

  private RawSocket(int port) throws IOException {
    this.socket = new Socket("127.0.0.1", port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MS);
    this.in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream()));
  }

  /** A connection on which nothing has been said yet. */
  public static RawSocket open(int port) {
    try {
      return new RawSocket(port);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lets every read from now on wait so long. */
  public RawSocket patience(Duration patience) {
    try {
      socket.setSoTimeout((int) patience.toMillis());
    } catch (SocketException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** The request lines of a good upgrade, without the empty line at their end. */
  public static List<String> upgrade(String... more) {
    List<String> lines =
        new java.util.ArrayList<>(
            List.of(
                "GET /ws HTTP/1.1",
                "Host: localhost",
                "Connection: Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw=="));
    lines.addAll(List.of(more));
    return lines;
  }

  /** An upgraded connection. */
  public static RawSocket upgraded(int port, @Nullable String token) {
    RawSocket raw = open(port);
    Answer answer =
        raw.request(token == null ? upgrade() : upgrade("Authorization: Bearer " + token));
    if (answer.status() != 101) {
      throw new AssertionError(answer);
    }
    return raw;
  }

  /** Sends a request and reads the answer. */
  public Answer request(List<String> lines) {
    send((String.join("\r\n", lines) + "\r\n\r\n").getBytes(StandardCharsets.UTF_8));
    return readAnswer();
  }

  /** Sends bytes as they are, at once. */
  public void send(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends bytes until the server does not take any more. */
  public void sendIfOpen(byte[] bytes) {
    try {
      send(bytes);
    } catch (UncheckedIOException e) {
      // what the server said before it closed can still be read
    }
  }

  /** Sends a masked frame. */
  public RawSocket frame(int first, byte[] payload) {
    send(masked(first, payload));
    return this;
  }

  /** Sends a masked text frame. */
  public RawSocket text(String text) {
    return frame(TEXT, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Sends a close frame with a code and a reason. */
  public RawSocket goodbye(int code, String reason) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.write(code >> 8);
    body.write(code);
    body.writeBytes(reason.getBytes(StandardCharsets.UTF_8));
    return frame(CLOSE, body.toByteArray());
  }

  /** The bytes of a masked frame. */
  public static byte[] masked(int first, byte[] payload) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(first);
    if (payload.length < 126) {
      out.write(0x80 | payload.length);
    } else if (payload.length <= 0xffff) {
      out.write(0x80 | 126);
      out.write(payload.length >> 8);
      out.write(payload.length);
    } else {
      out.write(0x80 | 127);
      out.writeBytes(java.nio.ByteBuffer.allocate(8).putLong(payload.length).array());
    }
    byte[] mask = {0x12, 0x34, 0x56, 0x78};
    out.writeBytes(mask);
    for (int i = 0; i < payload.length; i++) {
      out.write(payload[i] ^ mask[i % 4]);
    }
    return out.toByteArray();
  }

  /** Reads the next frame, whatever it is. */
  public Frame readFrame() {
    try {
      int first = in.readUnsignedByte();
      int second = in.readUnsignedByte();
      if ((second & 0x80) != 0) {
        throw new AssertionError("the server masks");
      }
      long length = second;
      if (length == 126) {
        length = in.readUnsignedShort();
      } else if (length == 127) {
        length = in.readLong();
      }
      return new Frame(first, in.readNBytes((int) length));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads text frames up to the close frame, or to the end of the connection. */
  public SocketClient.Close awaitClose() {
    try {
      while (true) {
        Frame frame = readFrame();
        if (frame.first() == CLOSE) {
          byte[] body = frame.payload();
          return body.length == 0
              ? new SocketClient.Close(NO_CODE, "")
              : new SocketClient.Close(
                  (body[0] & 0xff) << 8 | body[1] & 0xff,
                  new String(body, 2, body.length - 2, StandardCharsets.UTF_8));
        }
      }
    } catch (UncheckedIOException e) {
      if (e.getCause() instanceof EOFException || e.getCause() instanceof SocketException) {
        return new SocketClient.Close(NO_CLOSE_FRAME, "");
      }
      throw e;
    }
  }

  /** Reads until the server closes the connection; returns how many bytes came. */
  public int awaitEnd() {
    try {
      return in.readAllBytes().length;
    } catch (SocketException e) {
      return -1;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads everything up to the end of the connection as it is. */
  public String readAll() {
    try {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads until the server closes or resets the connection; returns what came, byte by char. */
  public String readToEnd() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try {
      for (int b = in.read(); b >= 0; b = in.read()) {
        all.write(b);
      }
    } catch (SocketException e) {
      // what came before the reset counts
    } catch (IOException e) {
      throw new UncheckedIOException(all.toString(StandardCharsets.ISO_8859_1), e);
    }
    return all.toString(StandardCharsets.ISO_8859_1);
  }

  /** Reads an HTTP answer. */
  public Answer readAnswer() {
    try {
      String status = line();
      Map<String, String> headers = new LinkedHashMap<>();
      for (String line = line(); !line.isEmpty(); line = line()) {
        int colon = line.indexOf(':');
        headers.put(
            line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
      }
      int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
      return new Answer(
          Integer.parseInt(status.split(" ", -1)[1]),
          headers,
          new String(in.readNBytes(length), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("after: " + line);
      }
      if (b != '\r') {
        line.write(b);
      }
    }
    return line.toString(StandardCharsets.UTF_8);
  }

  /** Says that nothing more will be written (FIN); what the server writes can still be read. */
  public void endOutput() {
    try {
      socket.shutdownOutput();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Cuts the connection. */
  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

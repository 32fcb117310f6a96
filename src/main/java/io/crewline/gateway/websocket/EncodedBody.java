package io.crewline.gateway.websocket;

import io.crewline.platform.http.BodyFault;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.compression.SnappyFrameDecoder;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/** Decodes bodies by the content codings of RFC 9110 §8.4.1, and framed Snappy. */
final class EncodedBody {
  private static final int SLICE = 4096;

  private EncodedBody() {}

  /** Why a body does not decode. Carries no stack trace: it is an answer. */
  static final class Undecodable extends Exception {
    private static final long serialVersionUID = 1L;

    private final BodyFault fault;

    Undecodable(BodyFault fault) {
      super(fault.wireName(), null, false, false);
      this.fault = fault;
    }

    BodyFault fault() {
      return fault;
    }
  }

  static boolean isKnown(String coding) {
    return switch (coding) {
      case "gzip", "x-gzip", "deflate", "x-deflate", "snappy" -> true;
      default -> false;
    };
  }

  /**
   * Decodes a whole body.
   *
   * @param most how many bytes it may have when decoded; no more than that, and one buffer, are
   *     ever held
   */
  static byte[] decode(String coding, byte[] body, int most) throws Undecodable {
    try {
      return switch (coding) {
        case "gzip", "x-gzip" ->
            read(new GZIPInputStream(new ByteArrayInputStream(body), SLICE), most);
        case "deflate", "x-deflate" -> inflate(body, most);
        case "snappy" -> snappy(body, most);
        default -> throw new Undecodable(BodyFault.UNKNOWN);
      };
    } catch (IOException | DecoderException e) {
      throw new Undecodable(BodyFault.BROKEN);
    }
  }

  private static byte[] read(InputStream decoded, int most) throws IOException, Undecodable {
    try (decoded) {
      byte[] content = decoded.readNBytes(most + 1);
      if (content.length > most) {
        throw new Undecodable(BodyFault.TOO_LARGE);
      }
      return content;
    }
  }

  /** The zlib format, or what many clients send for it: deflate without its header. */
  private static byte[] inflate(byte[] body, int most) throws IOException, Undecodable {
    boolean hasHeader =
        body.length > 1
            && (body[0] & 0x0f) == 8
            && ((body[0] & 0xff) << 8 | body[1] & 0xff) % 31 == 0;
    Inflater inflater = new Inflater(!hasHeader);
    try {
      return read(new InflaterInputStream(new ByteArrayInputStream(body), inflater, SLICE), most);
    } finally {
      inflater.end();
    }
  }

  private static final class SnappyDecoder extends SnappyFrameDecoder {
    SnappyDecoder() {
      super(true);
    }

    boolean isBetweenFrames() {
      return actualReadableBytes() == 0;
    }
  }

  private static byte[] snappy(byte[] body, int most) throws Undecodable {
    SnappyDecoder decoder = new SnappyDecoder();
    EmbeddedChannel channel = new EmbeddedChannel(decoder);
    try {
      ByteArrayOutputStream content = new ByteArrayOutputStream();
      for (int at = 0; at < body.length; at += SLICE) {
        channel.writeInbound(Unpooled.copiedBuffer(body, at, Math.min(SLICE, body.length - at)));
        for (ByteBuf part = channel.readInbound(); part != null; part = channel.readInbound()) {
          try {
            if (content.size() + part.readableBytes() > most) {
              throw new Undecodable(BodyFault.TOO_LARGE);
            }
            byte[] bytes = new byte[part.readableBytes()];
            part.readBytes(bytes);
            content.writeBytes(bytes);
          } finally {
            part.release();
          }
        }
      }
      if (!decoder.isBetweenFrames()) {
        throw new Undecodable(BodyFault.BROKEN);
      }
      return content.toByteArray();
    } finally {
      channel.finishAndReleaseAll();
    }
  }
}

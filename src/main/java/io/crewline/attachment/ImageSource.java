package io.crewline.attachment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;

/** Reads the numbers of an image file, wherever they stand. What is behind its end is broken. */
final class ImageSource {
  private final FileChannel file;
  private final long size;
  private final ByteBuffer buffer = ByteBuffer.allocate(32 * 1024).limit(0);
  private long bufferAt;

  ImageSource(FileChannel file) throws IOException {
    this.file = file;
    this.size = file.size();
  }

  long size() {
    return size;
  }

  long position() {
    return bufferAt + buffer.position();
  }

  void seek(long position) throws BrokenImageException {
    if (position < 0 || position > size) {
      throw new BrokenImageException("it ends early");
    }
    long within = position - bufferAt;
    if (within >= 0 && within <= buffer.limit()) {
      buffer.position((int) within);
    } else {
      bufferAt = position;
      buffer.position(0).limit(0);
    }
  }

  void skip(long bytes) throws BrokenImageException {
    seek(position() + bytes);
  }

  int u8() throws IOException {
    if (!buffer.hasRemaining()) {
      bufferAt += buffer.limit();
      buffer.clear();
      int read = file.read(buffer, bufferAt);
      buffer.flip();
      if (read <= 0) {
        buffer.limit(0);
        throw new BrokenImageException("it ends early");
      }
    }
    return buffer.get() & 0xff;
  }

  /** Big-endian, as in JPEG and PNG. */
  int u16() throws IOException {
    return u8() << 8 | u8();
  }

  long u32() throws IOException {
    return (long) u16() << 16 | u16();
  }

  /** Little-endian, as in GIF and WebP. */
  int le16() throws IOException {
    return u8() | u8() << 8;
  }

  int le24() throws IOException {
    return le16() | u8() << 16;
  }

  long le32() throws IOException {
    return le16() | (long) le16() << 16;
  }

  byte[] bytes(int count) throws IOException {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) u8();
    }
    return bytes;
  }

  String ascii(int count) throws IOException {
    return new String(bytes(count), StandardCharsets.ISO_8859_1);
  }
}

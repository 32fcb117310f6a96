package io.crewline.attachment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;

/** A file made of stretches of another file and some bytes of our own. */
final class Pieces {
  private static final int MOST = 20_000;

  private sealed interface Piece {
    long length();
  }

  private record Stretch(long from, long to) implements Piece {
    @Override
    public long length() {
      return to - from;
    }
  }

  private record Own(ByteBuffer bytes) implements Piece {
    @Override
    public long length() {
      return bytes.remaining();
    }
  }

  private final List<Piece> pieces = new ArrayList<>();

  /** Keeps the bytes of the other file from one position up to, and without, the other. */
  void keep(long from, long to) throws BrokenImageException {
    if (!pieces.isEmpty() && pieces.getLast() instanceof Stretch last && last.to() == from) {
      pieces.set(pieces.size() - 1, new Stretch(last.from(), to));
    } else {
      add(new Stretch(from, to));
    }
  }

  void add(byte[] bytes) throws BrokenImageException {
    add(new Own(ByteBuffer.wrap(bytes)));
  }

  /** As {@code add}, of single bytes. */
  void add(int... bytes) throws BrokenImageException {
    byte[] own = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      own[i] = (byte) bytes[i];
    }
    add(own);
  }

  void addAll(Pieces others) throws BrokenImageException {
    for (Piece piece : others.pieces) {
      add(piece);
    }
  }

  void clear() {
    pieces.clear();
  }

  private void add(Piece piece) throws BrokenImageException {
    if (pieces.size() == MOST) {
      throw new BrokenImageException("it has too many parts");
    }
    pieces.add(piece);
  }

  long length() {
    return pieces.stream().mapToLong(Piece::length).sum();
  }

  void write(FileChannel from, FileChannel to) throws IOException {
    for (Piece piece : pieces) {
      switch (piece) {
        case Stretch(long begin, long end) -> {
          for (long at = begin; at < end; ) {
            long moved = from.transferTo(at, end - at, to);
            if (moved <= 0) {
              throw new BrokenImageException("it ends early");
            }
            at += moved;
          }
        }
        case Own(ByteBuffer bytes) -> {
          ByteBuffer rest = bytes.duplicate();
          while (rest.hasRemaining()) {
            to.write(rest);
          }
        }
      }
    }
  }
}

package io.crewline.attachment;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Files in a folder, spread over 256 folders within. */
final class LocalStorage implements Storage {
  private final Path root;

  LocalStorage(Path root) {
    this.root = root;
  }

  @Override
  public void put(String key, Path file, String contentType) throws IOException {
    Path folder = folder(key);
    Path target = folder.resolve(key);
    Files.createDirectories(folder);
    sync(file, StandardOpenOption.WRITE);
    try {
      Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      // Another file system: a copy under a name that nobody reads, then the move.
      Path copy = folder.resolve(key + ".part");
      Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
      sync(copy, StandardOpenOption.WRITE);
      Files.move(copy, target, StandardCopyOption.ATOMIC_MOVE);
    }
    syncFolder(folder);
  }

  private static void sync(Path file, StandardOpenOption option) throws IOException {
    try (FileChannel channel = FileChannel.open(file, option)) {
      channel.force(true);
    }
  }

  /** The new name is in the folder, and that is to survive too. Windows has no such thing. */
  private static void syncFolder(Path folder) {
    try {
      sync(folder, StandardOpenOption.READ);
    } catch (IOException e) {
      // then the file system sees to it in its own time
    }
  }

  @Override
  public InputStream read(String key, long from, long length) throws IOException {
    FileChannel channel = FileChannel.open(path(key), StandardOpenOption.READ);
    channel.position(from);
    return new Limited(Channels.newInputStream(channel), length);
  }

  @Override
  public void remove(String key) throws IOException {
    Files.deleteIfExists(path(key));
  }

  private Path path(String key) {
    return folder(key).resolve(key);
  }

  private Path folder(String key) {
    if (!key.matches("[\\w-]{4,64}(\\.[a-z]+)?")) {
      throw new IllegalArgumentException("no key: " + key);
    }
    return root.resolve("%02x".formatted(key.substring(0, 4).hashCode() & 0xff));
  }

  /** Ends after some bytes. */
  private static final class Limited extends FilterInputStream {
    private long left;

    Limited(InputStream in, long length) {
      super(in);
      this.left = length;
    }

    @Override
    public int read() throws IOException {
      int next = left == 0 ? -1 : super.read();
      left -= next < 0 ? 0 : 1;
      return next;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (left == 0) {
        return -1;
      }
      int read = super.read(into, offset, (int) Math.min(length, left));
      left -= Math.max(0, read);
      return read;
    }

    @Override
    public long skip(long bytes) throws IOException {
      long skipped = super.skip(Math.min(bytes, left));
      left -= skipped;
      return skipped;
    }

    @Override
    public int available() {
      return 0;
    }
  }
}

package io.crewline.attachment;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/**
 * Where the files of attachments are kept, under keys of letters, digits, {@code -}, {@code _} and
 * {@code .}. Thread-safe.
 */
interface Storage extends AutoCloseable {
  /** Stores a file; when this returns, it outlives a loss of power. The file may be moved away. */
  void put(String key, Path file, String contentType) throws IOException;

  /**
   * Reads a stretch of a file. The caller closes the stream, which never holds the whole of it.
   *
   * @throws java.nio.file.NoSuchFileException if there is none
   */
  InputStream read(String key, long from, long length) throws IOException;

  /** Removes a file; one that is not there is no fault. */
  void remove(String key) throws IOException;

  @Override
  default void close() {}
}

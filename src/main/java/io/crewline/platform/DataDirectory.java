package io.crewline.platform;

import io.crewline.platform.Settings.SettingsException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The directory of {@code CREWLINE_DATA_DIR}, which only the user who runs the node can enter. What
 * is in it must belong to that user and must not be a link: somebody else could exchange it. What
 * others could read is closed to them.
 */
final class DataDirectory {
  private static final int SECRET_BYTES = 36;
  private static final Set<PosixFilePermission> FOLDER =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");

  private final Path path;

  /** The id of the user who runs this; null where files have no such owners. */
  private final @Nullable Object user;

  private DataDirectory(Path path, @Nullable Object user) {
    this.path = path;
    this.user = user;
  }

  /**
   * Opens a directory, which is created when missing.
   *
   * @throws SettingsException when it belongs to somebody else
   */
  static DataDirectory open(Path path) throws IOException {
    boolean posix = path.getFileSystem().supportedFileAttributeViews().contains("unix");
    Files.createDirectories(path, attributes(posix, FOLDER));
    DataDirectory directory = new DataDirectory(path, posix ? currentUser(path) : null);
    // It may itself be a link of the same user, such as to another disk.
    directory.requireOwn(path);
    directory.close(path.toRealPath(), FOLDER);
    return directory;
  }

  private static Object currentUser(Path path) throws IOException {
    Path probe = Files.createTempFile(path, "owner", ".tmp");
    try {
      return Files.getAttribute(probe, "unix:uid");
    } finally {
      Files.delete(probe);
    }
  }

  private static FileAttribute<?>[] attributes(boolean posix, Set<PosixFilePermission> access) {
    return posix
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(access)}
        : new FileAttribute<?>[0];
  }

  /** Whether root runs this. */
  boolean isRoot() {
    return Integer.valueOf(0).equals(user);
  }

  Path path() {
    return path;
  }

  /** A folder in it, which need not exist. One that does is closed to others. */
  Path folder(String name) throws IOException {
    return claim(name, FOLDER);
  }

  /** A file in it, which need not exist. One that does is closed to others. */
  Path file(String name) throws IOException {
    return claim(name, FILE);
  }

  /** An empty folder, of a new name that begins as given. */
  Path newFolder(String prefix) throws IOException {
    return Files.createTempDirectory(path, prefix, attributes(user != null, FOLDER));
  }

  /** An empty file in place of the one that may be there. */
  Path newFile(String name) throws IOException {
    Path file = file(name);
    Files.deleteIfExists(file);
    return Files.createFile(file, attributes(user != null, FILE));
  }

  /**
   * Makes a file with this content, or replaces one: as a whole or, when this fails, not at all.
   */
  void write(String name, String content) throws IOException {
    Path file = file(name);
    Path draft = Files.createTempFile(path, name, ".tmp", attributes(user != null, FILE));
    try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** A random secret, made with the first call and kept in a file of this name. */
  String secret(String name) throws IOException {
    Path file = file(name);
    String kept = Files.exists(file) ? Files.readString(file).strip() : "";
    if (!kept.isEmpty()) {
      return kept;
    }
    byte[] bytes = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(bytes);
    String secret = Base64.getUrlEncoder().encodeToString(bytes);
    write(name, secret);
    return secret;
  }

  /**
   * Keeps other processes away until the channel is closed or this process ends.
   *
   * @throws SettingsException when another live node uses the directory
   */
  @SuppressWarnings("resource") // the channel is the lock; who called closes it
  FileChannel lock() throws IOException {
    FileChannel channel =
        FileChannel.open(
            file("crewline.lock"),
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
            attributes(user != null, FILE));
    FileLock held;
    try {
      held = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      held = null;
    }
    if (held == null) {
      channel.close();
      throw new SettingsException(
          "CREWLINE_DATA_DIR is "
              + path
              + " and another Crewline uses it: stop that one, or name another folder");
    }
    return channel;
  }

  /** Removes a file or a folder with all that is in it, if it is there. Follows no links. */
  void delete(Path file) throws IOException {
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        file,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            // In a folder of somebody else, names could change their meaning while we delete.
            requireOwn(folder);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path each, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(each);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private Path claim(String name, Set<PosixFilePermission> access) throws IOException {
    Path file = path.resolve(name);
    if (Files.isSymbolicLink(file)) {
      throw refusal(file + " is a link, which is not followed: remove it");
    }
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      requireOwn(file);
      close(file, access);
    }
    return file;
  }

  private void requireOwn(Path file) throws IOException {
    if (user != null
        && !user.equals(Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS))) {
      throw refusal(
          file
              + " belongs to "
              + Files.getOwner(file, LinkOption.NOFOLLOW_LINKS).getName()
              + ", another user than the one who runs Crewline: change its owner, or name another"
              + " folder");
    }
  }

  private void close(Path file, Set<PosixFilePermission> access) throws IOException {
    if (user == null) {
      return;
    }
    requireOwn(file);
    if (!access.containsAll(Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS))) {
      Files.setPosixFilePermissions(file, access);
    }
  }

  private SettingsException refusal(String reason) {
    return new SettingsException("CREWLINE_DATA_DIR is " + path + " and " + reason);
  }
}

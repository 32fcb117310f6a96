package io.crewline.platform;

import java.io.BufferedInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tukaani.xz.XZInputStream;

/**
 * The programs of PostgreSQL, unpacked from the archive in the class path into the data directory.
 *
 * <p>They are verified before each use. Beside the folder stands a seal: the SHA-256 of the archive
 * and that of everything that was unpacked from it. Whatever differs from its seal, or was unpacked
 * from another archive or by a version without seals, is replaced and never run.
 */
final class PostgresBinaries {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresBinaries.class);
  private static final String FOLDER = "postgres-binaries";
  private static final String SEAL = "postgres-binaries.sha256";
  private static final int BUFFER = 1 << 16;

  private final DataDirectory directory;
  private final String archive;

  private PostgresBinaries(DataDirectory directory, String archive) {
    this.directory = directory;
    this.archive = archive;
  }

  /** Returns the folder of the programs, with {@code bin} and {@code lib} in it. */
  static Path provide(DataDirectory directory) throws IOException {
    return new PostgresBinaries(directory, archiveName()).provide();
  }

  private Path provide() throws IOException {
    Path folder = directory.folder(FOLDER);
    String archiveHash = archiveHash();
    Path seal = directory.file(SEAL);
    boolean sealed = Files.exists(seal);
    if (sealed
        && Files.isDirectory(folder)
        && Files.readString(seal).equals(archiveHash + ' ' + treeHash(folder))) {
      return folder;
    }
    if (sealed) {
      LOG.warn("The PostgreSQL programs in {} are not those of this release: replaced", folder);
    }
    removeDrafts();
    Path draft = directory.newFolder(FOLDER + '.');
    unpack(draft);
    String treeHash = treeHash(draft);
    Files.deleteIfExists(seal);
    directory.delete(folder);
    Files.move(draft, folder, StandardCopyOption.ATOMIC_MOVE);
    directory.write(SEAL, archiveHash + ' ' + treeHash);
    return folder;
  }

  /** Removes what starts that were killed have left. */
  private void removeDrafts() throws IOException {
    try (Stream<Path> files = Files.list(directory.path())) {
      for (Path file : files.toList()) {
        if (file.getFileName().toString().startsWith(FOLDER + '.')
            && Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
          directory.delete(file);
        }
      }
    }
  }

  private static String archiveName() {
    String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String machine = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    return "postgres-%s-%s.txz"
        .formatted(
            system.startsWith("mac") ? "darwin" : system.startsWith("win") ? "windows" : "linux",
            List.of("aarch64", "arm64").contains(machine) ? "arm_64" : "x86_64");
  }

  private InputStream openArchive() throws IOException {
    InputStream stream = PostgresBinaries.class.getClassLoader().getResourceAsStream(archive);
    if (stream == null) {
      throw new FileNotFoundException("this build has no " + archive + " for this machine");
    }
    return stream;
  }

  private String archiveHash() throws IOException {
    MessageDigest digest = sha256();
    try (InputStream in = openArchive();
        OutputStream hash = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
      in.transferTo(hash);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private void unpack(Path folder) throws IOException {
    try (TarArchiveInputStream in =
        new TarArchiveInputStream(
            new XZInputStream(new BufferedInputStream(openArchive(), BUFFER)))) {
      for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        Path file = folder.resolve(entry.getName()).normalize();
        if (!file.startsWith(folder)) {
          throw new IOException(archive + " has a file outside of it: " + entry.getName());
        }
        if (entry.isDirectory()) {
          Files.createDirectories(file);
          continue;
        }
        Path parent = file.getParent();
        if (parent != null) {
          Files.createDirectories(parent);
        }
        if (entry.isSymbolicLink()) {
          Files.createSymbolicLink(file, Path.of(entry.getLinkName()));
        } else if (entry.isLink()) {
          Files.createLink(file, folder.resolve(entry.getLinkName()));
        } else {
          Files.copy(in, file);
        }
      }
    }
    closeAll(folder);
  }

  private static void closeAll(Path folder) throws IOException {
    if (!Files.getFileStore(folder).supportsFileAttributeView("posix")) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(each -> !Files.isSymbolicLink(each)).toList()) {
        boolean enterOrRun =
            Files.isDirectory(file) || folder.relativize(file).startsWith(Path.of("bin"));
        Files.setPosixFilePermissions(
            file, PosixFilePermissions.fromString(enterOrRun ? "rwx------" : "rw-------"));
      }
    }
  }

  /** The SHA-256 of all names and contents in a folder, in one order. */
  private static String treeHash(Path folder) throws IOException {
    MessageDigest tree = sha256();
    byte[] buffer = new byte[BUFFER];
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted().toList()) {
        String kind;
        byte[] content = new byte[0];
        if (Files.isSymbolicLink(file)) {
          kind = "link";
          content = Files.readSymbolicLink(file).toString().getBytes(StandardCharsets.UTF_8);
        } else if (Files.isDirectory(file)) {
          kind = "folder";
        } else if (Files.isRegularFile(file)) {
          kind = Files.isExecutable(file) ? "program" : "file";
          content = fileHash(file, buffer);
        } else {
          throw new IOException(file + " is neither a file nor a folder");
        }
        String head = folder.relativize(file) + "\0" + kind + '\0' + content.length + '\0';
        tree.update(head.getBytes(StandardCharsets.UTF_8));
        tree.update(content);
      }
    }
    return HexFormat.of().formatHex(tree.digest());
  }

  private static byte[] fileHash(Path file, byte[] buffer) throws IOException {
    MessageDigest digest = sha256();
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
      }
    }
    return digest.digest();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no SHA-256", e);
    }
  }
}

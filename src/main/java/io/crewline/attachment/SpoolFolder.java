package io.crewline.attachment;

import io.crewline.platform.Settings;
import io.crewline.platform.UploadSettings.Bucket;
import io.crewline.platform.UploadSettings.Folder;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where uploads are while they arrive: beside the folder that keeps them, so that moving them there
 * is one step. Each node removes what a dead node before it has left here.
 */
@Singleton
final class SpoolFolder {
  private final Path folder;

  SpoolFolder(Settings settings) {
    this.folder =
        switch (settings.uploads().store()) {
          case Folder(Path path) -> path.resolve("incoming");
          case Bucket bucket -> settings.dataDirectory().resolve("incoming");
        };
  }

  /** A new empty file that nobody else may read. */
  Path create() throws IOException {
    try {
      return Files.createTempFile(folder, "upload-", ".part");
    } catch (NoSuchFileException e) {
      Files.createDirectories(folder);
      return Files.createTempFile(folder, "upload-", ".part");
    }
  }

  /** Removes the files that were last written before the limit. */
  void removeOlderThan(Instant limit) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    List<Path> files;
    try (Stream<Path> found = Files.list(folder)) {
      files = found.filter(file -> file.getFileName().toString().endsWith(".part")).toList();
    }
    for (Path file : files) {
      try {
        if (Files.getLastModifiedTime(file).toInstant().isBefore(limit)) {
          Files.deleteIfExists(file);
        }
      } catch (NoSuchFileException e) {
        // its upload is complete
      }
    }
  }
}

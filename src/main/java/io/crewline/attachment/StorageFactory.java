package io.crewline.attachment;

import io.crewline.platform.Settings;
import io.crewline.platform.UploadSettings.Bucket;
import io.crewline.platform.UploadSettings.Folder;
import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Factory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses the storage by the settings. */
@Factory
final class StorageFactory {
  private static final Logger LOG = LoggerFactory.getLogger(StorageFactory.class);

  @Context
  @Bean(preDestroy = "close")
  Storage storage(Settings settings) {
    return switch (settings.uploads().store()) {
      case Folder folder -> {
        if (settings.redis() != null) {
          LOG.warn(
              "Attachments are kept in {}: with several nodes it must be a folder that all share,"
                  + " else set CREWLINE_STORAGE=s3://…",
              folder.path());
        }
        yield new LocalStorage(folder.path());
      }
      case Bucket bucket -> new S3Storage(bucket);
    };
  }
}

package io.crewline.platform;

import io.crewline.platform.Settings.DatabaseAddress;
import io.micronaut.context.annotation.Property;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.flyway.FlywayConfigurationCustomizer;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import org.flywaydb.core.api.configuration.FluentConfiguration;

/**
 * Gives migrations connections of their own, outside the pool and without its time limits: building
 * an index may take longer than any request, and must not be ended in the middle.
 */
@Singleton
@Named(MigrationConnections.NAME)
final class MigrationConnections implements FlywayConfigurationCustomizer {
  static final String NAME = "default";

  private final DatabaseAddress address;

  MigrationConnections(
      @Property(name = "crewline.migration-url") String url,
      @Property(name = "datasources.default.username") @Nullable String username,
      @Property(name = "datasources.default.password") @Nullable String password) {
    this.address = new DatabaseAddress(url, username, password);
  }

  @Override
  public String getName() {
    return NAME;
  }

  @Override
  public void customizeFluentConfiguration(FluentConfiguration configuration) {
    configuration.dataSource(address.jdbcUrl(), address.username(), address.password());
  }
}

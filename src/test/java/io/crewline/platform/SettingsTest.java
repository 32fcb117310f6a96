package io.crewline.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crewline.platform.Settings.DatabaseAddress;
import io.crewline.platform.Settings.SettingsException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SettingsTest {
  private static final String KEY = "k".repeat(32);

  @Test
  void nothingNeedsToBeSet() {
    Settings settings = Settings.from(Map.of());
    assertThat(settings.port()).isEqualTo(8080);
    assertThat(settings.embeddedDatabase()).isTrue();
    assertThat(settings.demo()).isTrue();
    assertThat(settings.authRequired()).isTrue();
    assertThat(settings.limits().session()).isEqualTo(2000);
    assertThat(settings.limits().trustedProxies()).isEmpty();
    assertThat(settings.drain()).isEqualTo(Duration.ofSeconds(10));
    assertThat(settings.adminUsername()).isEqualTo("admin");
    assertThat(settings.corsOrigins()).containsExactly("http://localhost:*");
  }

  @Test
  void emptyCountsAsNotSet() {
    assertThat(Settings.from(Map.of("PORT", "", "DATABASE_URL", "", "CREWLINE_AUTH", "")))
        .isEqualTo(Settings.from(Map.of()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CREWLINE_STORAGE|ftp://files",
        "CREWLINE_STORAGE|s3://",
        "CREWLINE_STORAGE|s3://Bucket/x",
        "CREWLINE_MAX_UPLOAD_BYTES|10MB",
        "CREWLINE_MAX_UPLOAD_PIXELS|0",
        "CREWLINE_UNUSED_UPLOADS|0s",
        "CREWLINE_HOST|http://0.0.0.0",
        "CREWLINE_HOST|0.0.0.0:8080",
        "PORT|eighty",
        "PORT|-1",
        "PORT|65536",
        "DATABASE_URL|mysql://localhost/x",
        "DATABASE_URL|postgres://localhost",
        "DATABASE_URL|postgres://user:p%zz@localhost/x",
        "DATABASE_URL|not an address",
        "REDIS_URL|http://localhost",
        "CREWLINE_SECRET_KEY|too-short",
        "CREWLINE_SECRET_KEY|0123456789012345678901234567890",
        "CREWLINE_SECRET_KEY|01234567890123456789012345678901,0123456789012345678901234567890",
        "CREWLINE_BROADCAST_KEYS|0123456789012345678901234567890",
        "CREWLINE_SECRET_KEY|kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk,too-short",
        "CREWLINE_BROADCAST_KEYS|too-short",
        "CREWLINE_ADMIN_USERNAME|Not A Name",
        "CREWLINE_ADMIN_PASSWORD|short",
        "CREWLINE_DEMO|maybe",
        "CREWLINE_LIMIT_SESSION|-1",
        "CREWLINE_LIMIT_BYTES|65535",
        "CREWLINE_LIMIT_PATIENCE|0s",
        "CREWLINE_TRUSTED_PROXIES|10.0.0.0/33",
        "CREWLINE_TRUSTED_PROXIES|proxy.example.com",
        "CREWLINE_AUTH|sometimes",
        "CREWLINE_CORS_ORIGINS|app.example.com",
        "CREWLINE_CORS_ORIGINS|https://app.example.com/path",
        "CREWLINE_CORS_ORIGINS|https://*.example.com",
        "CREWLINE_LIMITS|few",
        "CREWLINE_WEBHOOK_ALLOW|10.0.0.0/40",
        "CREWLINE_WEBHOOK_ALLOW|internal.example",
        "CREWLINE_WEBHOOK_TIMEOUT|1h",
        "CREWLINE_WEBHOOK_RETRIES|5s,soon",
        "CREWLINE_WEBHOOK_PATIENCE|0s",
        "CREWLINE_RETENTION|1s",
        "CREWLINE_RETENTION|seven days",
        "CREWLINE_DRAIN|10",
        "CREWLINE_PING_INTERVAL|1ms",
        "CREWLINE_DATABASE_POOL|1",
        "CREWLINE_DUE_SOON|1s",
        "CREWLINE_LOG|xml",
      })
  void aWrongValueStopsTheStartWithOneLineThatNamesIt(String name, String value) {
    assertRefused(Map.of(name, value), name);
  }

  @Test
  void aSharedDatabaseNeedsASharedKey() {
    assertRefused(Map.of("DATABASE_URL", "postgres://localhost/x"), "CREWLINE_SECRET_KEY");
  }

  @Test
  void aSharedDatabaseIsNotOpenToEveryoneByMistake() {
    Map<String, String> open =
        Map.of(
            "DATABASE_URL", "postgres://localhost/x",
            "CREWLINE_SECRET_KEY", KEY,
            "CREWLINE_AUTH", "none");
    assertRefused(open, "CREWLINE_AUTH");
    Map<String, String> meant = new HashMap<>(open);
    meant.put("CREWLINE_AUTH_NONE_I_KNOW", "true");
    assertThat(Settings.from(meant).authRequired()).isFalse();
  }

  @Test
  void aSharedDatabaseGetsNoDemoAndNoForeignOrigin() {
    Settings settings = shared("postgres://localhost/x");
    assertThat(settings.demo()).isFalse();
    assertThat(settings.corsOrigins()).isEmpty();
  }

  @Test
  void attachmentsAreKeptInAFolderOrInABucket() {
    assertThat(Settings.from(Map.of("CREWLINE_DATA_DIR", "/d")).uploads().store())
        .isEqualTo(new UploadSettings.Folder(Path.of("/d/attachments")));
    Map<String, String> bucket = new HashMap<>();
    bucket.put("CREWLINE_STORAGE", "s3://files/crewline");
    bucket.put("CREWLINE_S3_ENDPOINT", "http://127.0.0.1:9000");
    bucket.put("CREWLINE_S3_ACCESS_KEY", "access");
    assertRefused(bucket, "CREWLINE_S3_ACCESS_KEY");
    bucket.put("CREWLINE_S3_SECRET_KEY", "secret");
    UploadSettings.Store store = Settings.from(bucket).uploads().store();
    assertThat(store)
        .isEqualTo(
            new UploadSettings.Bucket(
                "files",
                "crewline/",
                URI.create("http://127.0.0.1:9000"),
                "us-east-1",
                "access",
                "secret",
                true));
    assertThat(store.toString()).isEqualTo("s3://files/crewline/");
    bucket.put("CREWLINE_S3_ENDPOINT", "nowhere");
    assertRefused(bucket, "CREWLINE_S3_ENDPOINT");
  }

  @Test
  void limitsOffTakesAwayEveryRateButNotWhatBoundsMemory() {
    LimitSettings off =
        Settings.from(Map.of("CREWLINE_LIMITS", "off", "CREWLINE_LIMIT_SESSION", "5")).limits();
    assertThat(List.of(off.session(), off.user(), off.address(), off.bytes(), off.logins()))
        .containsOnly(0);
    assertThat(off.watches()).isEqualTo(500);
  }

  @ParameterizedTest
  @CsvSource({"500ms, 500", "3s, 3000", "2m, 120000", "0s, 0"})
  void durationsCarryTheirUnit(String value, long millis) {
    assertThat(Settings.from(Map.of("CREWLINE_DRAIN", value)).drain())
        .isEqualTo(Duration.ofMillis(millis));
  }

  @Test
  void longDurationsCountInHoursAndDays() {
    assertThat(Settings.from(Map.of("CREWLINE_RETENTION", "36h")).retention())
        .isEqualTo(Duration.ofHours(36));
    assertThat(Settings.from(Map.of("CREWLINE_RETENTION", "14d")).retention())
        .isEqualTo(Duration.ofDays(14));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "postgres://host/db|jdbc:postgresql://host/db||",
        "postgresql://host:6432/db|jdbc:postgresql://host:6432/db||",
        "postgres://me@host/db|jdbc:postgresql://host/db|me|",
        "postgres://me:secret@host/db|jdbc:postgresql://host/db|me|secret",
        "postgres://m%40e:p%40ss%3A%2F%3F%23+%25@host/db|jdbc:postgresql://host/db|m@e|p@ss:/?#+%",
        "postgres://me:a:b@host/db|jdbc:postgresql://host/db|me|a:b",
        "postgres://me:x@[::1]:5432/db|jdbc:postgresql://[::1]:5432/db|me|x",
        "postgres://host/db?sslmode=require|jdbc:postgresql://host/db?sslmode=require||",
        "jdbc:postgresql://h/db?user=u|jdbc:postgresql://h/db?user=u||",
      })
  void databaseAddressesAreTakenApart(
      String url, String jdbcUrl, @Nullable String username, @Nullable String password) {
    DatabaseAddress address = Objects.requireNonNull(shared(url).database());
    assertThat(address.jdbcUrl()).isEqualTo(jdbcUrl);
    assertThat(address.username()).isEqualTo(username);
    assertThat(address.password()).isEqualTo(password);
  }

  @Test
  void secretsStayOutOfMessages() {
    assertThatThrownBy(() -> Settings.from(Map.of("DATABASE_URL", "mysql://me:hunter2@host/x")))
        .hasMessageNotContaining("hunter2");
    assertThatThrownBy(() -> Settings.from(Map.of("CREWLINE_SECRET_KEY", "hunter2")))
        .hasMessageNotContaining("hunter2");
    assertThatThrownBy(() -> Settings.from(Map.of("CREWLINE_ADMIN_PASSWORD", "hunter2")))
        .hasMessageNotContaining("hunter2");
    assertThatThrownBy(() -> Settings.from(Map.of("REDIS_URL", "http://:hunter2@host")))
        .hasMessageNotContaining("hunter2");
    DatabaseAddress address = shared("postgres://me:hunter2@host/x").database();
    assertThat(String.valueOf(address)).doesNotContain("hunter2");
  }

  @Test
  void aSecretKeyOf32CharactersIsLongEnough() {
    String key = "01234567890123456789012345678901";
    Settings settings =
        Settings.from(Map.of("CREWLINE_SECRET_KEY", key, "CREWLINE_BROADCAST_KEYS", key));
    assertThat(settings.secretKeys()).containsExactly(key);
    assertThat(settings.broadcastKeys()).containsExactly(key);
  }

  @Test
  void everyAddressListensUnlessEverybodyMayNameThemselves() {
    assertThat(Settings.from(Map.of()).host()).isNull();
    assertThat(Settings.from(Map.of("CREWLINE_HOST", "127.0.0.1")).host()).isEqualTo("127.0.0.1");
    assertThat(Settings.from(Map.of("CREWLINE_AUTH", "none")).host()).isEqualTo("127.0.0.1");
    assertThat(Settings.from(Map.of("CREWLINE_AUTH", "none", "CREWLINE_HOST", "0.0.0.0")).host())
        .isEqualTo("0.0.0.0");
  }

  @Test
  void severalSecretKeysAreKeptInOrder() {
    String other = "o".repeat(40);
    assertThat(Settings.from(Map.of("CREWLINE_SECRET_KEY", KEY + ", " + other)).secretKeys())
        .containsExactly(KEY, other);
  }

  private static Settings shared(String url) {
    return Settings.from(Map.of("DATABASE_URL", url, "CREWLINE_SECRET_KEY", KEY));
  }

  private static void assertRefused(Map<String, String> environment, String name) {
    assertThatThrownBy(() -> Settings.from(environment))
        .isInstanceOf(SettingsException.class)
        .message()
        .startsWith(name)
        .doesNotContain("\n")
        .hasSizeLessThan(300);
  }
}

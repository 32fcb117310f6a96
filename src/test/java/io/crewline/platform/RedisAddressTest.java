package io.crewline.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.crewline.platform.RedisAddress.Host;
import io.crewline.platform.RedisAddress.Login;
import io.crewline.platform.RedisAddress.Tls;
import io.crewline.platform.RedisAddress.Verification;
import io.crewline.platform.Settings.SettingsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RedisAddressTest {
  private static RedisAddress parse(String url) {
    return RedisAddress.parse("REDIS_URL", url);
  }

  @Test
  void aHostIsEnough() {
    assertThat(parse("redis://cache"))
        .isEqualTo(
            new RedisAddress(
                List.of(new Host("cache", 6379)),
                null,
                null,
                null,
                0,
                null,
                Duration.ofSeconds(2)));
    assertThat(parse("valkey://cache")).isEqualTo(parse("redis://cache"));
    assertThat(parse("valkeys://cache")).isEqualTo(parse("rediss://cache/"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "redis://:secret@host||secret",
        "redis://secret@host||secret",
        "redis://me:secret@host|me|secret",
        "redis://me:a:b@host|me|a:b",
        "redis://m%40e:p%40ss%3A%2F%3F%23+%25@host|m@e|p@ss:/?#+%",
      })
  void loginsAreDecoded(String url, @Nullable String username, String password) {
    assertThat(parse(url).login()).isEqualTo(new Login(username, password));
    assertThat(parse(url).hosts()).containsExactly(new Host("host", 6379));
  }

  @Test
  void hostsOfAClusterAreSeparatedByCommas() {
    assertThat(parse("redis://me:secret@one:7000,[::1]:7001,three/4").hosts())
        .containsExactly(new Host("one", 7000), new Host("::1", 7001), new Host("three", 6379));
    assertThat(parse("redis://me:secret@one:7000,[::1]:7001,three/4"))
        .hasToString("redis://one:7000,[::1]:7001,three:6379/4");
  }

  @Test
  void sentinelsNameTheMaster() {
    RedisAddress address =
        parse(
            "rediss-sentinel://:data@one,two:5000/2?timeout=500ms&sentinelUsername=me"
                + "&sentinelPassword=wa%26tch#main");
    assertThat(address.hosts()).containsExactly(new Host("one", 26379), new Host("two", 5000));
    assertThat(address.master()).isEqualTo("main");
    assertThat(address.login()).isEqualTo(new Login(null, "data"));
    assertThat(address.sentinelLogin()).isEqualTo(new Login("me", "wa&tch"));
    assertThat(address.database()).isEqualTo(2);
    assertThat(address.timeout()).isEqualTo(Duration.ofMillis(500));
    assertThat(address.tls()).isNotNull();
    assertThat(address).hasToString("rediss-sentinel://one:26379,two:5000/2#main");
  }

  @Test
  void tlsLooksAtTheNameUnlessToldOtherwise(@TempDir Path directory) throws Exception {
    assertThat(parse("rediss://host").tls())
        .isEqualTo(new Tls(Verification.FULL, null, null, null));
    Path pem = Files.createFile(directory.resolve("a.pem"));
    assertThat(
            parse("rediss://host?verifyPeer=ca&ca=%s&cert=%s&key=%s".formatted(pem, pem, pem))
                .tls())
        .isEqualTo(new Tls(Verification.CA, pem, pem, pem));
    assertThat(parse("redis://host").tls()).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://:hunter2@host",
        "redis://",
        "redis://:hunter2@",
        "redis://:hunter2@host:port",
        "redis://:hunter2@host:0",
        "redis://:hunter2@host:65536",
        "redis://:hunter2@host,,host",
        "redis://:hunter2@host,redis://host",
        "redis://:hunter2@host/db",
        "redis://:hunter2@host/0/1",
        "redis://:hunter2%zz@host",
        "redis://me:hun@ter2@host",
        "redis://me:hunter2/x@host",
        "redis://me:hunter2#x@host",
        "redis://me:1?hunter2@host",
        "redis://:hunter2@host name",
        "redis://:hunter2@host?timeout=hunter2",
        "redis://:hunter2@host?timeout=0s",
        "redis://:hunter2@host?ca=/etc/hosts",
        "redis://:hunter2@host?sentinelPassword=hunter2",
        "redis://:hunter2@host#main",
        "redis-sentinel://:hunter2@host",
        "redis-sentinel://:hunter2@host#",
        "rediss://:hunter2@host?verifyPeer=hunter2",
        "rediss://:hunter2@host?ca=/nowhere/ca.pem",
        "rediss://:hunter2@host?cert=/etc/hosts",
        "rediss://:hunter2@host?colour=hunter2",
      })
  void aWrongAddressIsRefusedInOneLineThatRepeatsNoSecret(String url) {
    assertThatThrownBy(() -> parse(url))
        .isInstanceOf(SettingsException.class)
        .hasNoCause()
        .message()
        .startsWith("REDIS_URL ")
        .doesNotContain("\n", "hunter2", "hun@ter2")
        .hasSizeLessThan(300);
  }

  @Test
  void itsTextKeepsPasswordsBack() {
    RedisAddress address = parse("redis-sentinel://me:hunter2@host?sentinelPassword=hunter2#main");
    assertThat(address.toString() + address.login() + address.sentinelLogin())
        .doesNotContain("hunter2");
  }
}

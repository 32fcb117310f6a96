package io.crewline.platform.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.platform.Settings;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OriginPolicyTest {

  @ParameterizedTest
  @CsvSource({
    ", example.com, true",
    "https://example.com, example.com, true",
    "http://example.com, example.com:80, true",
    "https://example.com, example.com:443, true",
    "https://example.com:443, example.com, true",
    "http://example.com:8080, EXAMPLE.com:8080, true",
    "http://[::1]:8080, [::1]:8080, true",
    "http://example.com:8081, example.com:8080, false",
    "https://example.com.evil.com, example.com, false",
    "https://app.example.com, other, true",
    "https://APP.example.com:443, other, true",
    "http://app.example.com, other, false",
    "https://app.example.com:8443, other, false",
    "https://app.example.com.evil.com, other, false",
    "http://dev.example.com, other, true",
    "http://dev.example.com:5173, other, true",
    "http://dev.example.com:5173.evil.com, other, false",
    "http://dev.example.com.evil.com:80, other, false",
    "http://dev.example.com@evil.com, other, false",
    "null, null, false",
    "null, other, false",
    "garbage, garbage, false",
    "ws://example.com, example.com, false",
  })
  void onlySameAndListedOriginsAreAllowed(
      @Nullable String origin, @Nullable String host, boolean allowed) {
    OriginPolicy policy = policy("https://app.example.com,http://dev.example.com:*");
    assertThat(policy.allows(origin, host)).isEqualTo(allowed);
  }

  @Test
  void aStarAllowsEveryOrigin() {
    OriginPolicy policy = policy("*");
    assertThat(policy.allows("https://anywhere.example", "here")).isTrue();
    assertThat(policy.allows("null", "here")).isTrue();
  }

  @Test
  void nothingButTheSameOriginIsAllowedByDefault() {
    OriginPolicy policy = policy("");
    assertThat(policy.allows("http://localhost:5173", "localhost:8080")).isFalse();
    assertThat(policy.allows("http://localhost:8080", "localhost:8080")).isTrue();
  }

  @Test
  void pagesOnThisMachineAreAllowedWithTheEmbeddedDatabase() {
    OriginPolicy policy = new OriginPolicy(Settings.from(Map.of()));
    assertThat(policy.allows("http://localhost:5173", "localhost:8080")).isTrue();
    assertThat(policy.allows("https://app.example.com", "localhost:8080")).isFalse();
  }

  private static OriginPolicy policy(String origins) {
    return new OriginPolicy(
        Settings.from(
            Map.of(
                "DATABASE_URL",
                "postgres://localhost/x",
                "CREWLINE_SECRET_KEY",
                "x".repeat(32),
                "CREWLINE_CORS_ORIGINS",
                origins)));
  }
}

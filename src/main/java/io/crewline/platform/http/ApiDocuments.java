package io.crewline.platform.http;

import io.crewline.platform.ApiException;
import io.micronaut.core.io.ResourceLoader;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Header;
import io.micronaut.http.annotation.Produces;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.rules.SecurityRule;
import io.swagger.v3.oas.annotations.Hidden;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The descriptions of the API, for everyone: {@code /openapi.yml} (REST, generated from the
 * controllers by the compiler) and {@code /asyncapi.yml} (sockets). Media type {@code
 * application/yaml} (RFC 9512), with an {@code ETag}.
 */
@Hidden
@Controller
@Secured(SecurityRule.IS_ANONYMOUS)
final class ApiDocuments {
  private static final String YAML = "application/yaml";

  private final @Nullable Document openApi;
  private final @Nullable Document asyncApi;

  private record Document(byte[] content, String tag) {}

  ApiDocuments(ResourceLoader resources) {
    this.openApi =
        load(resources, "META-INF/swagger/openapi.yml")
            .map(OpenApiErrors::complete)
            .map(ApiDocuments::document)
            .orElse(null);
    this.asyncApi = load(resources, "asyncapi.yml").map(ApiDocuments::document).orElse(null);
  }

  @Get("/openapi.yml")
  @Produces({YAML, MediaType.ALL})
  HttpResponse<byte[]> openApi(@Header(HttpHeaders.IF_NONE_MATCH) @Nullable String known) {
    return answer(openApi, known);
  }

  @Get("/asyncapi.yml")
  @Produces({YAML, MediaType.ALL})
  HttpResponse<byte[]> asyncApi(@Header(HttpHeaders.IF_NONE_MATCH) @Nullable String known) {
    return answer(asyncApi, known);
  }

  private static HttpResponse<byte[]> answer(@Nullable Document document, @Nullable String known) {
    if (document == null) {
      throw ApiException.notFound("description");
    }
    if (known != null && known.contains(document.tag())) {
      return HttpResponse.<byte[]>notModified().header(HttpHeaders.ETAG, document.tag());
    }
    return HttpResponse.ok(document.content())
        .contentType(YAML)
        .header(HttpHeaders.ETAG, document.tag())
        .header(HttpHeaders.CACHE_CONTROL, "no-cache");
  }

  private static Optional<String> load(ResourceLoader resources, String path) {
    Optional<InputStream> found = resources.getResourceAsStream("classpath:" + path);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    try (InputStream stream = found.get()) {
      return Optional.of(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Document document(String text) {
    byte[] content = text.getBytes(StandardCharsets.UTF_8);
    CRC32C sum = new CRC32C();
    sum.update(content);
    return new Document(content, '"' + HexFormat.of().toHexDigits(sum.getValue(), 8) + '"');
  }
}

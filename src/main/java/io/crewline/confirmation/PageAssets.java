package io.crewline.confirmation;

import io.crewline.platform.ApiException;
import io.micronaut.core.io.ResourceLoader;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Produces;
import io.swagger.v3.oas.annotations.Hidden;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Style and script of the page, under names with the hash of their content: to be cached for ever.
 * A name of another version, as nodes ask for in the middle of a deploy, gets the content of this
 * one and is not cached.
 */
@Hidden
@Controller("/confirmation-page")
final class PageAssets {
  private static final String FOR_EVER = "public, max-age=31536000, immutable";

  private final Asset style;
  private final Asset script;

  private record Asset(String name, String content) {}

  PageAssets(ResourceLoader resources) {
    this.style = load(resources, "css");
    this.script = load(resources, "js");
  }

  private static Asset load(ResourceLoader resources, String kind) {
    try (InputStream stream =
        resources.getResourceAsStream("classpath:confirmation/page." + kind).orElseThrow()) {
      String content = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      String hash = HexFormat.of().formatHex(LinkAccess.hash(content), 0, 8);
      return new Asset("page-" + hash + "." + kind, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String stylePath() {
    return "/confirmation-page/" + style.name();
  }

  String scriptPath() {
    return "/confirmation-page/" + script.name();
  }

  @Get("/{name}")
  @Produces({"text/css", "text/javascript"})
  HttpResponse<String> get(@PathVariable String name) {
    if (name.matches("page-[0-9a-f]{16}\\.css")) {
      return answer(style, name, "text/css;charset=utf-8");
    }
    if (name.matches("page-[0-9a-f]{16}\\.js")) {
      return answer(script, name, "text/javascript;charset=utf-8");
    }
    throw ApiException.notFound("file");
  }

  private static HttpResponse<String> answer(Asset asset, String name, String type) {
    return HttpResponse.ok(asset.content())
        .contentType(type)
        .header(HttpHeaders.CACHE_CONTROL, name.equals(asset.name()) ? FOR_EVER : "no-store");
  }
}

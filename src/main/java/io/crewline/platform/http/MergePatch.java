package io.crewline.platform.http;

import io.crewline.platform.JsonInput;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MediaType;
import io.micronaut.json.tree.JsonNode;

/** The JSON merge patch (RFC 7396), which every PATCH takes beside plain JSON. */
public final class MergePatch {
  /** Its media type. */
  public static final String MEDIA_TYPE = "application/merge-patch+json";

  private MergePatch() {}

  /**
   * The body of a PATCH that takes null for absent in plain JSON, as it did before it took merge
   * patches, in which null removes.
   */
  public static JsonInput read(HttpRequest<?> request, JsonNode body) {
    boolean patch =
        request.getContentType().map(MediaType::getName).filter(MEDIA_TYPE::equals).isPresent();
    return patch ? new JsonInput(body) : JsonInput.withoutNulls(body);
  }
}

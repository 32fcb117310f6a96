package io.crewline.platform.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.filter.ServerFilterPhase;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.web.router.RouteAttributes;
import java.io.IOException;

/**
 * Refuses JSON that the mapper would take but that nobody means: something after the document, half
 * a surrogate pair (it has no UTF-8 form) and {@code U+0000} (PostgreSQL cannot store it). Also
 * refuses a {@code Content-Type} that is none, which would otherwise count as absent.
 */
@ServerFilter(
    value = "/api/**",
    methods = {HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH, HttpMethod.DELETE})
final class StrictJsonFilter implements Ordered {
  private static final JsonFactory JSON = new JsonFactory();

  @RequestFilter
  @ExecuteOn(TaskExecutors.BLOCKING)
  void check(HttpRequest<?> request) {
    if (RouteAttributes.getRouteMatch(request).isEmpty()) {
      return; // nobody reads the body; the answer is 404, 405 or 415
    }
    if (request.getHeaders().contains(HttpHeaders.CONTENT_TYPE)
        && request.getContentType().isEmpty()) {
      throw ApiException.of(
          ErrorCode.UNSUPPORTED_MEDIA_TYPE, "the body's media type cannot be understood");
    }
    if (RequestBody.isJson(request)) {
      check(RequestBody.read(request));
    }
  }

  static void check(byte[] body) {
    if (body.length == 0) {
      return;
    }
    try (JsonParser parser = JSON.createParser(body)) {
      int depth = 0;
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.FIELD_NAME || token == JsonToken.VALUE_STRING) {
          checkText(parser);
        }
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        if (depth == 0 && parser.nextToken() != null) {
          throw ApiException.badRequest("the body has something after its JSON document");
        }
        if (depth == 0) {
          return;
        }
      }
    } catch (IOException e) {
      throw ApiException.badRequest("the body is not valid JSON");
    }
  }

  private static void checkText(JsonParser parser) throws IOException {
    String text = parser.getText();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean pair =
          Character.isHighSurrogate(c)
              && i + 1 < text.length()
              && Character.isLowSurrogate(text.charAt(i + 1));
      if (pair) {
        i++;
      } else if (c == 0 || Character.isSurrogate(c)) {
        String what = c == 0 ? "must not contain U+0000" : "must not contain a lone surrogate";
        String field = InputFault.field(parser.getParsingContext().pathAsPointer().toString());
        throw field.isEmpty()
            ? ApiException.badRequest("the text " + what)
            : ApiException.badField(field, what);
      }
    }
  }

  @Override
  public int getOrder() {
    return ServerFilterPhase.SECURITY.after() - 1;
  }
}

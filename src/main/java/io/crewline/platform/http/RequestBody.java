package io.crewline.platform.http;

import io.crewline.platform.ApiException;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MediaType;
import io.micronaut.http.ServerHttpRequest;
import io.micronaut.http.body.ByteBody.SplitBackpressureMode;
import io.micronaut.http.body.CloseableAvailableByteBody;
import io.micronaut.http.body.CloseableByteBody;
import java.util.concurrent.CompletionException;

/** Reads a request's body ahead of its controller, which still finds all of it. */
final class RequestBody {
  private RequestBody() {}

  static boolean isMultipart(HttpRequest<?> request) {
    return request.getContentType().map(type -> type.getType().equals("multipart")).orElse(false);
  }

  static boolean isJson(HttpRequest<?> request) {
    return request
        .getContentType()
        .map(MediaType::getSubtype)
        .map(RequestBody::isJson)
        .orElse(true);
  }

  private static boolean isJson(String subtype) {
    return subtype.equals("json") || subtype.endsWith("+json");
  }

  /** Waits for the whole body; never on an event loop. */
  static byte[] read(HttpRequest<?> request) {
    if (!(request instanceof ServerHttpRequest<?> received)) {
      return new byte[0];
    }
    try (CloseableByteBody copy = received.byteBody().split(SplitBackpressureMode.FASTEST);
        CloseableAvailableByteBody whole = copy.buffer().join()) {
      return whole.toByteArray();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw ApiException.badRequest("the body ended early");
    }
  }
}

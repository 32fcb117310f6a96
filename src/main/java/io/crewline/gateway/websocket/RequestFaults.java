package io.crewline.gateway.websocket;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the codec lets pass although another server on the way may read it differently (request
 * smuggling): RFC 9112 §2.3, §3.2 and §6.1.
 */
final class RequestFaults {
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._~%!$&'()*+,;=:\\[\\]-]*");

  private RequestFaults() {}

  /** What is wrong with the head of a request; null for nothing. */
  static @Nullable String find(HttpRequest request) {
    HttpVersion version = request.protocolVersion();
    boolean current = version.equals(HttpVersion.HTTP_1_1);
    if (!current && !version.equals(HttpVersion.HTTP_1_0)) {
      return "only HTTP/1.1 and HTTP/1.0 are spoken here";
    }
    List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
    if (hosts.size() > 1 || current && hosts.isEmpty()) {
      return "one Host header is required";
    }
    if (!hosts.isEmpty() && !HOST.matcher(hosts.getFirst().strip()).matches()) {
      return "the Host header is no host";
    }
    List<String> codings = request.headers().getAll(HttpHeaderNames.TRANSFER_ENCODING);
    boolean understood =
        codings.isEmpty()
            || current && codings.size() == 1 && codings.getFirst().equalsIgnoreCase("chunked");
    return understood ? null : "the only transfer coding is chunked";
  }
}

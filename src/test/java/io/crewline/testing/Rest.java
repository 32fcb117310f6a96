package io.crewline.testing;

import io.crewline.Crewline;
import io.micronaut.core.type.Argument;
import io.micronaut.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/** Plain HTTP calls to a node, as a client without any library would make them. */
public final class Rest {
  static {
    // The JDK client keeps Origin and Host to itself unless told otherwise.
    System.setProperty("jdk.httpclient.allowRestrictedHeaders", "origin,host,connection");
  }

  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final JsonMapper JSON = JsonMapper.createDefault();

  private final String base;
  private final String[] always;

  public Rest(Crewline node) {
    this(node, new String[0]);
  }

  /** Calls a node in another process. */
  public Rest(int port) {
    this.base = "http://127.0.0.1:" + port;
    this.always = new String[0];
  }

  /** Sends the given headers, names and values in turn, with every call. */
  public Rest(Crewline node, String... always) {
    this.base = "http://127.0.0.1:" + node.port();
    this.always = always.clone();
  }

  /** An answer; {@link #json} reads its body as an object. */
  public record Answer(HttpResponse<String> response) {
    public int status() {
      return response.statusCode();
    }

    public String body() {
      return response.body();
    }

    /** The first value of a header, or an empty text. */
    public String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }

    public Map<String, Object> json() {
      try {
        return JSON.readValue(body(), Argument.mapOf(String.class, Object.class));
      } catch (IOException e) {
        throw new UncheckedIOException("no JSON object: " + body(), e);
      }
    }

    /** A field that must be there and not null. */
    public Object field(String name) {
      return Objects.requireNonNull(json().get(name), () -> "no " + name + " in " + body());
    }

    public String text(String name) {
      return String.valueOf(json().get(name));
    }
  }

  /** Any call. Headers are names and values in turn. */
  public Answer call(String method, String path, String body, String... headers) {
    return call(method, path, body.getBytes(StandardCharsets.UTF_8), headers);
  }

  /** As {@link #call(String, String, String, String...)}, with a body that is no text. */
  public Answer call(String method, String path, byte[] body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + path))
            .timeout(Duration.ofSeconds(20))
            .method(
                method,
                body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
    if (always.length > 0) {
      request.headers(always);
    }
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return new Answer(CLIENT.send(request.build(), BodyHandlers.ofString()));
    } catch (IOException e) {
      throw new UncheckedIOException(method + " " + path, e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  public Answer get(String path, String... headers) {
    return call("GET", path, "", headers);
  }

  /** A POST of JSON. */
  public Answer post(String path, String json, String... headers) {
    String[] all = new String[headers.length + 2];
    System.arraycopy(headers, 0, all, 2, headers.length);
    all[0] = "Content-Type";
    all[1] = "application/json";
    return call("POST", path, json, all);
  }
}

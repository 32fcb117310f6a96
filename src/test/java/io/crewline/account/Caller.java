package io.crewline.account;

import io.crewline.Crewline;
import io.crewline.testing.TestNode;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A REST client of one node as one caller: one header of its own, JSON both ways. */
final class Caller {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final Crewline node;
  private final String header;
  private final String value;

  private Caller(Crewline node, String header, String value) {
    this.node = node;
    this.header = header;
    this.value = value;
  }

  record Answer(int status, Map<String, Object> body, HttpResponse<String> raw) {
    String text(String field) {
      return String.valueOf(body.get(field));
    }
  }

  static Caller anonymous(Crewline node) {
    return new Caller(node, "X-Nothing", "");
  }

  static Caller withHeader(Crewline node, String header, String value) {
    return new Caller(node, header, value);
  }

  static Caller withToken(Crewline node, String token) {
    return new Caller(node, "Authorization", "Bearer " + token);
  }

  static Caller as(Crewline node, String username, String password) {
    return withToken(node, anonymous(node).login(username, password).text("access"));
  }

  static Caller admin(Crewline node) {
    return as(node, "admin", TestNode.ADMIN_PASSWORD);
  }

  Answer login(String username, @Nullable String password) {
    return post(
        "/api/token",
        password == null
            ? Map.of("username", username)
            : Map.of("username", username, "password", password));
  }

  Answer refresh(String token) {
    return post("/api/token/refresh", Map.of("refresh", token));
  }

  Answer createUser(String username, String role) {
    return post(
        "/api/users",
        Map.of("username", username, "password", "password-of-" + username, "role", role));
  }

  Answer get(String path) {
    return send("GET", path, null);
  }

  Answer post(String path, Map<String, ?> body) {
    return send("POST", path, body);
  }

  Answer patch(String path, Map<String, ?> body) {
    return send("PATCH", path, body);
  }

  private Answer send(String method, String path, @Nullable Map<String, ?> body) {
    ObjectMapper json = node.context().getBean(ObjectMapper.class);
    try {
      HttpResponse<String> response =
          HTTP.send(
              HttpRequest.newBuilder(URI.create("http://localhost:" + node.port() + path))
                  .header("Content-Type", "application/json")
                  .header(header, value)
                  .method(
                      method,
                      body == null
                          ? BodyPublishers.noBody()
                          : BodyPublishers.ofByteArray(json.writeValueAsBytes(body)))
                  .build(),
              BodyHandlers.ofString());
      Map<String, Object> parsed =
          response.body().isEmpty()
              ? Map.of()
              : Objects.requireNonNull(
                  json.readValue(response.body(), Argument.mapOf(String.class, Object.class)));
      return new Answer(response.statusCode(), parsed, response);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}

package io.crewline.attachment;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.Rest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Sends files as a browser's form does, and fetches them. */
final class Uploader {
  static final String BOUNDARY = "----boundary7MA4YWxk";

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private final String base;
  private final String token;

  Uploader(Crewline node, Person person) {
    this.base = "http://127.0.0.1:" + node.port();
    this.token = person.token();
  }

  static byte[] form(String name, @Nullable String type, byte[] file) {
    String head =
        "--"
            + BOUNDARY
            + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\""
            + name
            + "\"\r\n"
            + (type == null ? "" : "Content-Type: " + type + "\r\n")
            + "\r\n";
    return Images.concat(
        head.getBytes(StandardCharsets.UTF_8), file, Images.text("\r\n--" + BOUNDARY + "--\r\n"));
  }

  Rest.Answer upload(String name, @Nullable String type, byte[] file) {
    return send("/api/attachments", BodyPublishers.ofByteArray(form(name, type, file)));
  }

  long uploaded(byte[] file) {
    Rest.Answer answer = upload("file", null, file);
    if (answer.status() != 201) {
      throw new AssertionError(answer.status() + " " + answer.body());
    }
    return ((Number) answer.field("id")).longValue();
  }

  Rest.Answer send(String path, BodyPublisher body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + path))
            .timeout(Duration.ofSeconds(60))
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
            .POST(body);
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return new Rest.Answer(CLIENT.send(request.build(), BodyHandlers.ofString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  HttpResponse<byte[]> fetch(String method, String path, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + path))
            .timeout(Duration.ofSeconds(20))
            .method(method, BodyPublishers.noBody());
    if (path.startsWith("/api")) {
      request.header("Authorization", "Bearer " + token);
    }
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return CLIENT.send(request.build(), BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  HttpResponse<byte[]> get(String path, String... headers) {
    return fetch("GET", path, headers);
  }
}

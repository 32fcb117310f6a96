package io.crewline.gateway.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.Bystander;
import io.crewline.testing.Person;
import io.crewline.testing.RawSocket;
import io.crewline.testing.Rest;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What happens to those who are over a limit. */
final class RateLimitTest {

  private static byte[] command(int id, String type, String rest) {
    String json = "{\"id\":" + id + ",\"type\":\"" + type + "\"" + rest + "}";
    return RawSocket.masked(RawSocket.TEXT, json.getBytes(StandardCharsets.UTF_8));
  }

  private static long retryAfterMs(Map<String, Object> reply) {
    assertThat(reply).containsEntry("type", "error");
    Map<?, ?> error = (Map<?, ?>) Objects.requireNonNull(reply.get("error"));
    assertThat(String.valueOf(error)).contains("code=rateLimited", "retryable=true");
    return ((Number) Objects.requireNonNull(error.get("retryAfterMs"))).longValue();
  }

  @Test
  void commandsOverTheLimitAreRefusedInTheirTurnAndNotCarriedOut() {
    try (Crewline node = TestNode.start(Map.of("CREWLINE_LIMIT_SESSION", "20"));
        RawSocket raw = RawSocket.upgraded(node.port(), Person.member(node, "ada").token())) {
      int count = 600;
      String send = ",\"channel\":\"messaging:busy\",\"text\":\"hello\"";
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      all.writeBytes(command(0, "channel.watch", ",\"channel\":\"messaging:busy\""));
      for (int id = 1; id < count; id++) {
        all.writeBytes(command(id, "sendMessage", send));
      }
      raw.send(all.toByteArray());
      int ok = 0;
      int refused = 0;
      Map<String, Object> watched = raw.readFrame().json();
      while (!watched.containsKey("id")) {
        watched = raw.readFrame().json();
      }
      String position = String.valueOf(watched.get("position"));
      for (int id = 1; id < count; ) {
        Map<String, Object> frame = raw.readFrame().json();
        if (!frame.containsKey("id")) {
          continue;
        }
        assertThat(frame).containsEntry("id", id++);
        if ("error".equals(frame.get("type"))) {
          assertThat(retryAfterMs(frame)).isBetween(1L, 1000L);
          refused++;
        } else {
          ok++;
        }
      }
      assertThat(refused).isPositive();
      assertThat(ok).isGreaterThanOrEqualTo(199);
      int before = Integer.parseInt(position.substring(position.indexOf(':') + 1));
      Person ada = Person.member(node, "ada");
      assertThat(ada.get("/api/rooms/messaging:busy").field("seq")).isEqualTo(before + ok);
    }
  }

  @Test
  void whoNeverPausesIsToldToWaitThenClosed4429() {
    Map<String, String> settings =
        Map.of("CREWLINE_LIMIT_SESSION", "20", "CREWLINE_LIMIT_PATIENCE", "2s");
    try (Crewline node = TestNode.start(settings);
        RawSocket wild = RawSocket.upgraded(node.port(), Person.member(node, "ada").token())) {
      Thread loop =
          Thread.ofVirtual()
              .start(
                  () -> {
                    for (int id = 0; !Thread.currentThread().isInterrupted(); id++) {
                      wild.sendIfOpen(command(id, "countUnread", ""));
                      java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
                    }
                  });
      RawSocket.Frame last = wild.readFrame();
      RawSocket.Frame frame = last;
      while (frame.first() != RawSocket.CLOSE) {
        last = frame;
        frame = wild.readFrame();
      }
      loop.interrupt();
      assertThat(retryAfterMs(last.json())).isPositive();
      assertThat((frame.payload()[0] & 0xff) << 8 | frame.payload()[1] & 0xff).isEqualTo(4429);
    }
  }

  @Test
  void commandsAndCallsOfAUserCountTogetherAndOthersHaveTheirOwn() {
    try (Crewline node = TestNode.start(Map.of("CREWLINE_LIMIT_USER", "10"))) {
      Person ada = Person.member(node, "ada");
      Person dave = Person.member(node, "dave");
      try (SocketClient first = SocketClient.connect(node.port(), ada.token());
          SocketClient second = SocketClient.connect(node.port(), ada.token())) {
        first.call("connect");
        second.call("connect");
        List<java.util.concurrent.CompletableFuture<Map<String, Object>>> replies =
            new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
          replies.add((i % 2 == 0 ? first : second).send(Map.of("type", "countUnread")));
        }
        replies.forEach(reply -> reply.join());
        Rest.Answer refused = ada.get("/api/me");
        for (int i = 0; i < 300 && refused.status() == 200; i++) {
          refused = ada.get("/api/me");
        }
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.text("code")).isEqualTo("rateLimited");
        assertThat(refused.header("Retry-After")).isEqualTo("1");
        assertThat((int) refused.field("retryAfterMs")).isBetween(1, 1000);
        assertThat(replies)
            .anySatisfy(reply -> assertThat(retryAfterMs(reply.join())).isPositive());
        assertThat(dave.get("/api/me").status()).isEqualTo(200);
      }
    }
  }

  @Test
  void upgradesOverTheLimitOfTheirAddressAreAnswered429() {
    Map<String, String> settings =
        Map.of("CREWLINE_LIMIT_ADDRESS", "1", "CREWLINE_TRUSTED_PROXIES", "127.0.0.0/8");
    try (Crewline node = TestNode.start(settings)) {
      RawSocket.Answer refused = upgrade(node, "203.0.113.7");
      for (int i = 0; i < 30 && refused.status() == 101; i++) {
        refused = upgrade(node, "198.51.100." + i + ", 203.0.113.7");
      }
      assertThat(refused.status()).isEqualTo(429);
      assertThat(refused.headers()).containsEntry("retry-after", "1");
      assertThat(SocketClient.parse(refused.body()))
          .containsEntry("code", "rateLimited")
          .containsKey("retryAfterMs");
      assertThat(upgrade(node, "203.0.113.8").status()).isEqualTo(101);
      Rest rest = new Rest(node, "X-Forwarded-For", "203.0.113.9");
      Rest.Answer login = rest.post("/api/token/revoke", "{\"refresh\":\"x\"}");
      for (int i = 0; i < 30 && login.status() != 429; i++) {
        login = rest.post("/api/token/revoke", "{\"refresh\":\"x\"}");
      }
      assertThat(login.status()).isEqualTo(429);
    }
  }

  @Test
  void callsWithoutALoginCountForTheirAddressWhateverTheyAreAnswered() {
    Map<String, String> settings =
        Map.of("CREWLINE_LIMIT_ADDRESS", "1", "CREWLINE_TRUSTED_PROXIES", "127.0.0.0/8");
    try (Crewline node = TestNode.start(settings)) {
      Person ada = Person.loggedIn(node, "ada");
      String bearer = "Bearer " + ada.token();
      Person gone = Person.loggedIn(node, "gone");
      gone.logOut();
      List<List<String>> calls =
          List.of(
              List.of("/api/me"),
              List.of("/api/me", "Authorization", "Bearer none"),
              List.of("/api/me", "Authorization", "Basic eDp5"),
              List.of("/api/me", "Authorization", "Bearer " + gone.token()),
              List.of("/api/nothing"),
              List.of("/api/confirm/none"),
              List.of("/c/none"),
              List.of("/attachments/1?exp=1&sig=x"));
      for (List<String> call : calls) {
        Rest rest = new Rest(node, "X-Forwarded-For", "203.0.113." + calls.indexOf(call));
        String[] headers = call.subList(1, call.size()).toArray(String[]::new);
        Rest.Answer answer = rest.get(call.getFirst(), headers);
        assertThat(answer.status()).as("%s", call).isIn(401, 404);
        for (int i = 0; i < 30 && answer.status() != 429; i++) {
          answer = rest.get(call.getFirst(), headers);
        }
        assertThat(answer.status()).as("%s", call).isEqualTo(429);
        assertThat(answer.header("Retry-After")).as("%s", call).isEqualTo("1");
        assertThat(rest.get("/api/me", "Authorization", bearer).status())
            .as("somebody who has logged in at the same address")
            .isEqualTo(200);
      }
    }
  }

  private static RawSocket.Answer upgrade(Crewline node, String forwardedFor) {
    try (RawSocket raw = RawSocket.open(node.port())) {
      return raw.request(RawSocket.upgrade("X-Forwarded-For: " + forwardedFor));
    }
  }

  @Test
  void bytesOverTheLimitAreRefusedThenNotReadAndNobodyElseWaits() throws Exception {
    Map<String, String> settings = Map.of("CREWLINE_LIMIT_BYTES", "100000");
    try (Crewline node = TestNode.start(settings);
        Bystander bystander = Bystander.of(node);
        RawSocket raw = RawSocket.upgraded(node.port(), Person.member(node, "ada").token())) {
      String filler = ",\"filler\":\"" + "x".repeat(50_000) + "\"";
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      int count = 24;
      for (int id = 0; id < count; id++) {
        all.writeBytes(command(id, "countUnread", filler));
      }
      long start = System.nanoTime();
      Thread sender = Thread.ofVirtual().start(() -> raw.sendIfOpen(all.toByteArray()));
      int refused = 0;
      for (int id = 0; id < count; id++) {
        Map<String, Object> reply = raw.readFrame().json();
        assertThat(reply).containsEntry("id", id);
        if ("error".equals(reply.get("type"))) {
          assertThat(retryAfterMs(reply)).isPositive();
          refused++;
        }
      }
      assertThat(refused).isPositive();
      assertThat(System.nanoTime() - start).as("it was not read").isGreaterThan(900_000_000L);
      sender.join();
    }
  }

  @Test
  void watchesAreLimitedAndTheLimitsAreTold() {
    Map<String, String> settings = Map.of("CREWLINE_LIMIT_WATCHES", "3", "CREWLINE_LIMITS", "off");
    try (Crewline node = TestNode.start(settings);
        SocketClient client =
            SocketClient.connect(node.port(), Person.member(node, "ada").token())) {
      assertThat(client.call("connect").get("limits"))
          .isEqualTo(Map.of("maxFrameBytes", 65536, "maxWatches", 3, "maxInFlight", 128));
      client.call("channel.watch", "channel", "messaging:one");
      client.call("channel.watch", "channel", "messaging:two");
      Map<String, Object> refused = client.call("channel.watch", "channel", "messaging:three");
      assertThat(String.valueOf(refused.get("error")))
          .contains("code=conflict", "at most 3 topics", "retryable=false");
      client.call("channel.unwatch", "channel", "messaging:one");
      assertThat(client.call("channel.watch", "channel", "messaging:three"))
          .containsEntry("type", "initialized");
    }
  }
}

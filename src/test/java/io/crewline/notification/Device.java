package io.crewline.notification;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.SocketClient;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A connection of a user that keeps what they are told. */
final class Device implements AutoCloseable {
  final SocketClient socket;
  final Map<String, Object> connected;
  private final String topic;

  Device(Crewline node, Person person) {
    socket = SocketClient.connect(node.port(), null);
    topic = "user:" + person.username();
    connected = socket.call("connect", "token", person.token());
    assertThat(connected).containsEntry("type", "connected");
  }

  /** The data of the next event of a type in the user's topic. */
  Map<String, Object> next(String type) {
    return object(
        socket.await(
            type, frame -> type.equals(frame.get("type")) && topic.equals(frame.get("topic"))),
        "data");
  }

  /** The notification of the next {@code notification.new}, and how many are unread with it. */
  Map<String, Object> told(long unread) {
    Map<String, Object> data = next("notification.new");
    assertThat(data).containsEntry("unread", (int) unread);
    return object(data, "notification");
  }

  /**
   * Asserts that nothing was told but what was awaited: what comes after everything committed so
   * far is the reply to a command and the event of a change.
   */
  void toldNothingMore(Person person) {
    person.call("PATCH", "/api/me", "{\"displayName\":\"Name " + System.nanoTime() + "\"}");
    next("user.updated");
    assertThat(socket.received())
        .noneMatch(frame -> String.valueOf(frame.get("type")).startsWith("notification."));
  }

  static List<Map<String, Object>> notifications(Person person) {
    return person.items("/api/notifications?limit=200");
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> object(Map<String, Object> from, String name) {
    return (Map<String, Object>) Objects.requireNonNull(from.get(name), () -> name + from);
  }

  static long number(Map<String, Object> from, String name) {
    return ((Number) Objects.requireNonNull(from.get(name), () -> name + from)).longValue();
  }

  @Override
  public void close() {
    socket.close();
  }
}

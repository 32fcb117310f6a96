package io.crewline.testing;

import io.crewline.Crewline;
import io.crewline.account.AccessTokens;
import io.crewline.account.AccountService;
import io.crewline.platform.Database;
import io.crewline.testing.Rest.Answer;
import java.util.List;
import java.util.Map;

/** Somebody with an account on a node, and REST calls in their name. */
public final class Person {
  private final String username;
  private final String token;
  private final String refresh;
  private final Rest rest;

  private Person(String username, String token, String refresh, Rest rest) {
    this.username = username;
    this.token = token;
    this.refresh = refresh;
    this.rest = rest;
  }

  /** A member; the account is created when missing. */
  public static Person member(Crewline node, String username) {
    node.context().getBean(AccountService.class).identifyOrCreate(username);
    String token = node.context().getBean(AccessTokens.class).issue(username);
    return new Person(username, token, "", new Rest(node));
  }

  /** The first administrator. */
  public static Person admin(Crewline node) {
    return member(node, "admin");
  }

  /**
   * A member who has logged in with the password {@code password-of-} and their name, which every
   * call does anew; the account is created when missing.
   */
  public static Person loggedIn(Crewline node, String username) {
    String login =
        "{\"username\":\"%s\",\"password\":\"password-of-%s\"}".formatted(username, username);
    admin(node).post("/api/users", login);
    Answer tokens = new Rest(node).post("/api/token", login);
    return new Person(username, tokens.text("access"), tokens.text("refresh"), new Rest(node));
  }

  /** A manager. */
  public static Person manager(Crewline node, String username) {
    Person person = member(node, username);
    Database database = node.context().getBean(Database.class);
    database.transaction(
        () -> database.update("UPDATE account SET role = 'manager' WHERE username = ?", username));
    return person;
  }

  public String username() {
    return username;
  }

  /** An access token. */
  public String token() {
    return token;
  }

  /** A refresh token; empty for somebody who has not logged in. */
  public String refresh() {
    return refresh;
  }

  /** Revokes the refresh token. */
  public void logOut() {
    Answer answer = rest.post("/api/token/revoke", "{\"refresh\":\"" + refresh + "\"}");
    if (answer.status() != 204) {
      throw new AssertionError("logging out answered " + answer.status() + " " + answer.body());
    }
  }

  public Answer get(String path) {
    return rest.get(path, "Authorization", "Bearer " + token);
  }

  public Answer post(String path, String json) {
    return rest.post(path, json, "Authorization", "Bearer " + token);
  }

  public Answer call(String method, String path, String json) {
    return rest.call(
        method, path, json, "Authorization", "Bearer " + token, "Content-Type", "application/json");
  }

  /** The {@code items} of a page. */
  @SuppressWarnings("unchecked")
  public List<Map<String, Object>> items(String path) {
    Answer answer = get(path);
    if (answer.status() != 200) {
      throw new AssertionError(path + " answered " + answer.status() + " " + answer.body());
    }
    return (List<Map<String, Object>>) answer.field("items");
  }

  /** Sends a message by REST; returns its id. */
  public long say(String cid, String text) {
    Answer answer = post("/api/rooms/" + cid + "/messages", "{\"text\":\"" + text + "\"}");
    if (answer.status() != 201) {
      throw new AssertionError("sending answered " + answer.status() + " " + answer.body());
    }
    return ((Number) answer.field("id")).longValue();
  }
}

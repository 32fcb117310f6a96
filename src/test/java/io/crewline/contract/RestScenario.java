package io.crewline.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.testing.Rest.Answer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Calls of one area, in an order in which each finds what it needs. */
abstract class RestScenario {
  static final String ROOM = RestStage.ROOM;
  static final byte[] IMAGE =
      Base64.getDecoder().decode("R0lGODdhAQABAIABAP8AAP///ywAAAAAAQABAAACAkQBADs=");

  /** The beginning of a PNG of 65,535 pixels each way. */
  static final byte[] BOMB =
      Base64.getDecoder().decode("iVBORw0KGgoAAAANSUhEUgAA//8AAP//CAYAAAAAAAAA");

  final RestStage stage;
  final RestJudge judge;
  final String admin;
  final String boss;
  final String dave;
  final String ada;
  final String kim;

  RestScenario(RestStage stage) {
    this.stage = stage;
    this.judge = stage.judge;
    this.admin = stage.admin;
    this.boss = stage.boss;
    this.dave = stage.dave;
    this.ada = stage.ada;
    this.kim = stage.kim;
  }

  final Answer call(String token, String method, String path, String body) {
    return body.isEmpty()
        ? judge.call(method, path, body, "Authorization", "Bearer " + token)
        : judge.call(
            method,
            path,
            body,
            "Authorization",
            "Bearer " + token,
            "Content-Type",
            "application/json");
  }

  final void expect(int status, Answer answer) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(status);
  }

  final Answer upload(String token, String query, byte[] file, String... headers) {
    return uploadTo("/api/attachments" + query, token, file, headers);
  }

  final Answer uploadTo(String path, String token, byte[] file, String... headers) {
    byte[] head =
        "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n"
            .getBytes(StandardCharsets.UTF_8);
    byte[] tail = "\r\n--b--\r\n".getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream form = new ByteArrayOutputStream();
    if (file.length > 0) {
      form.writeBytes(head);
      form.writeBytes(file);
    }
    form.writeBytes(tail);
    List<String> all =
        new ArrayList<>(
            List.of(
                "Authorization",
                "Bearer " + token,
                "Content-Type",
                "multipart/form-data; boundary=b"));
    all.addAll(List.of(headers));
    return judge.call("POST", path, form.toByteArray(), all.toArray(String[]::new));
  }
}

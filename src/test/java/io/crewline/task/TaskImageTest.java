package io.crewline.task;

import static io.crewline.task.Crew.id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.crewline.Crewline;
import io.crewline.journal.JournalEntry;
import io.crewline.journal.Position;
import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.ErrorCode;
import io.crewline.testing.Person;
import io.crewline.testing.SocketClient;
import io.crewline.testing.TestNode;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Images of tasks, on attachments that are stored already. */
final class TaskImageTest {
  private static final Actor ADA = new Actor(Actor.Kind.USER, "ada", "ada");

  private static Crewline node;
  private static Crew crew;
  private static Person ada;
  private static long adaId;
  private static TaskService tasks;
  private static Database database;

  @BeforeAll
  static void start() {
    node = TestNode.start();
    crew = new Crew(node);
    ada = Person.member(node, "ada");
    adaId = crew.employee("Ada", "ada");
    tasks = node.context().getBean(TaskService.class);
    database = node.context().getBean(Database.class);
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static long stored() {
    return database.transaction(
        () ->
            database
                .queryOne(
                    """
                    INSERT INTO attachment (key, content_type, width, height, bytes, thumbnail_type,
                                            thumbnail_bytes, stored, created_at)
                    VALUES (?, 'image/png', 4, 3, 70, 'image/png', 70, true, now()) RETURNING id
                    """,
                    row -> row.getLong(1),
                    UUID.randomUUID().toString())
                .orElseThrow());
  }

  private static String ownerOf(long attachment) {
    return database.transaction(
        () ->
            database
                .queryOne(
                    "SELECT coalesce(owner_kind || ' ' || owner_id, '') FROM attachment WHERE id ="
                        + " ?",
                    row -> row.getString(1),
                    attachment)
                .orElseThrow());
  }

  @Test
  void anImageIsShownWithItsTaskAndIsOneEvent() {
    long task = id(crew.task("Pictured", "\"employeeId\":" + adaId));
    long attachment = stored();
    Position position = crew.head();
    Task pictured = tasks.addImage(task, attachment, ADA);
    assertThat(ownerOf(attachment)).isEqualTo("task " + task);
    Map<String, Object> shown = ada.get("/api/tasks/" + task).json();
    assertThat(shown.get("images"))
        .isEqualTo(
            List.of(
                Map.of(
                    "id",
                    (int) attachment,
                    "url",
                    "/api/attachments/" + attachment,
                    "thumbnailUrl",
                    "/api/attachments/" + attachment + "/thumbnail",
                    "contentType",
                    "image/png",
                    "width",
                    4,
                    "height",
                    3,
                    "bytes",
                    70,
                    "by",
                    Map.of("kind", "user", "id", "ada", "name", "ada"),
                    "createdAt",
                    pictured.updatedAt().toString())));
    List<JournalEntry> events = crew.eventsAfter(position);
    assertThat(events).hasSize(1);
    Map<String, Object> data = SocketClient.parse(events.getFirst().data());
    assertThat(data).containsEntry("changed", List.of("images")).containsEntry("task", shown);
    assertThatExceptionOfType(ApiException.class)
        .isThrownBy(() -> tasks.addImage(task, attachment, ADA))
        .matches(refusal -> refusal.code() == ErrorCode.NOT_FOUND);
    assertThatExceptionOfType(ApiException.class)
        .isThrownBy(() -> tasks.addImage(task, 999_999, ADA))
        .matches(refusal -> refusal.code() == ErrorCode.NOT_FOUND);
    assertThat(tasks.require(task)).isEqualTo(pictured);
  }

  @Test
  void anImageIsTakenAwayByManagersAndByWhoAddedIt() {
    long task = id(crew.task("Cleared", "\"employeeId\":" + adaId));
    long hers = stored();
    long theirs = stored();
    tasks.addImage(task, hers, ADA);
    tasks.addImage(task, theirs, Actor.employee(9, "Kurt"));
    String images = "/api/tasks/" + task + "/images/";
    assertThat(ada.call("DELETE", images + theirs, "").status()).isEqualTo(403);
    assertThat(Person.member(node, "kim").call("DELETE", images + hers, "").status())
        .isEqualTo(404);
    assertThat(ada.call("DELETE", images + hers, "").status()).isEqualTo(204);
    assertThat(ada.call("DELETE", images + hers, "").status()).isEqualTo(404);
    assertThat(ownerOf(hers)).isEmpty();
    assertThat(ownerOf(theirs)).isEqualTo("task " + task);
    assertThat(tasks.require(task).images()).extracting(TaskImage::id).containsExactly(theirs);
    assertThat(crew.boss().call("DELETE", images + theirs, "").status()).isEqualTo(204);
    assertThat(tasks.require(task).images()).isEmpty();
  }

  @Test
  void imagesOfADeletedTaskBelongToNobody() {
    long task = id(crew.task("Gone"));
    long attachment = stored();
    tasks.addImage(task, attachment, ADA);
    crew.boss().call("DELETE", "/api/tasks/" + task, "");
    assertThat(ownerOf(attachment)).isEmpty();
  }

  @Test
  void aTaskHasAtMostFiftyImages() {
    long task = id(crew.task("Album"));
    for (int i = 0; i < TaskDraft.IMAGES; i++) {
      tasks.addImage(task, stored(), ADA);
    }
    long more = stored();
    assertThatExceptionOfType(ApiException.class)
        .isThrownBy(() -> tasks.addImage(task, more, ADA))
        .matches(refusal -> refusal.code() == ErrorCode.UNPROCESSABLE);
    assertThat(ownerOf(more)).isEmpty();
  }
}

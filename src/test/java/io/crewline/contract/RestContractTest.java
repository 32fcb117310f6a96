package io.crewline.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.TestNode;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What {@code /openapi.yml} promises is what a node answers, and nothing else. {@link RestAwayTest}
 * has what it answers while its database is away.
 */
final class RestContractTest {
  /** Answers that a test cannot provoke at will. */
  private static final Set<String> NOT_PROVOKED =
      Set.of(
          // Only while the first call with the same Idempotency-Key runs.
          "addMembers 409",
          "markRead 409",
          "markNotificationRead 409",
          "markAllNotificationsRead 409",
          "createWebhook 409",
          "rotateWebhookSecret 409",
          "pingWebhook 409",
          "replayWebhookDelivery 409",
          "replayWebhookDeadLetters 409",
          "createTask 409",
          "addTaskNote 409",
          "createSystem 409",
          "uploadAttachment 409",
          "addTaskImage 409");

  /** Codes of the catalogue that no healthy node answers with. */
  private static final Set<String> OTHER_CODES = Set.of("internal", "unavailable");

  private static Crewline node;

  @BeforeAll
  static void start() {
    node = TestNode.start(Map.of("CREWLINE_WEBHOOK_ALLOW", "127.0.0.9"));
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void everyAnswerIsAsDocumentedAndEveryDocumentedAnswerIsGiven() {
    RestStage stage = new RestStage(node, ApiDocument.load(node, "/openapi.yml"));
    AccountScenario account = new AccountScenario(stage);
    account.tokens();
    account.users();
    ChatScenario chat = new ChatScenario(stage);
    chat.rooms();
    chat.messages();
    chat.attachments();
    TaskScenario task = new TaskScenario(stage);
    task.tasks();
    task.systemsAndEmployees();
    new ConfirmationScenario(stage).confirmations();
    chat.events();
    chat.notifications();
    new WebhookScenario(stage).webhooks();
    new QueryScenario(stage).everyParameter();
    FaultScenario faults = new FaultScenario(stage);
    faults.faultsOfEveryOperation();
    faults.faultsOfNoOperation();
    chat.leaving();
    faults.tooManyFailures();
    faults.tooManyGuesses();
    assertThat(stage.judge.faults()).isEmpty();
    assertThat(stage.judge.missing())
        .filteredOn(answer -> !answer.endsWith(" 503"))
        .containsExactlyInAnyOrderElementsOf(NOT_PROVOKED);
    assertThat(stage.judge.missingParameters()).isEmpty();
    assertThat(stage.judge.missingCodes()).containsExactlyInAnyOrderElementsOf(OTHER_CODES);
  }
}

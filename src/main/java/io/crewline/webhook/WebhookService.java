package io.crewline.webhook;

import io.crewline.platform.ApiException;
import io.crewline.platform.Database;
import io.crewline.platform.ErrorCode;
import io.crewline.platform.Ids;
import io.crewline.platform.JsonInput;
import io.crewline.platform.Paging;
import io.micronaut.json.tree.JsonNode;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What administrators do with webhooks and their deliveries. */
@Singleton
final class WebhookService {
  /** There are no more webhooks. */
  static final int MOST = 100;

  /** How long the secret before the last rotation still signs. */
  private static final Duration OVERLAP = Duration.ofHours(24);

  private final Database database;
  private final WebhookRepository webhooks;
  private final DeliveryRepository deliveries;
  private final WebhookTargets targets;
  private final ActiveWebhooks active;
  private final WebhookDispatcher dispatcher;
  private final Ids ids;
  private final Clock clock;

  WebhookService(
      Database database,
      WebhookRepository webhooks,
      DeliveryRepository deliveries,
      WebhookTargets targets,
      ActiveWebhooks active,
      WebhookDispatcher dispatcher,
      Ids ids,
      Clock clock) {
    this.database = database;
    this.webhooks = webhooks;
    this.deliveries = deliveries;
    this.targets = targets;
    this.active = active;
    this.dispatcher = dispatcher;
    this.ids = ids;
    this.clock = clock;
  }

  /** A webhook that may be created while there are not too many. */
  record NewWebhook(
      String url, List<String> events, @Nullable String description, boolean active) {}

  /** Checks the fields, which may look a host up. */
  NewWebhook check(JsonNode body) {
    WebhookInput wanted = WebhookInput.create(body, targets);
    return new NewWebhook(
        Objects.requireNonNull(wanted.url()),
        Objects.requireNonNull(wanted.events()),
        wanted.description(),
        !Boolean.FALSE.equals(wanted.active()));
  }

  /**
   * Creates a webhook with a secret of its own.
   *
   * @throws ApiException UNPROCESSABLE when there are too many
   */
  Webhook create(NewWebhook wanted) {
    return database.transaction(
        () -> {
          if (webhooks.countAlone() >= MOST) {
            throw ApiException.of(
                ErrorCode.UNPROCESSABLE, "there are " + MOST + " webhooks already");
          }
          refreshAfterCommit();
          return webhooks.insert(
              wanted.url(),
              wanted.events(),
              wanted.description(),
              wanted.active(),
              WebhookSecret.random(),
              now());
        });
  }

  WebhookPage list(int limit, @Nullable String cursor) {
    int checked = Paging.limit(limit);
    long after = id("webhooks", cursor, 0);
    List<Webhook> found = database.transaction(() -> webhooks.listAfter(after, checked + 1));
    List<WebhookResponse> items = found.stream().limit(checked).map(WebhookResponse::of).toList();
    return new WebhookPage(
        items,
        found.size() > checked
            ? Paging.cursor("webhooks", Long.toString(items.getLast().id()))
            : null);
  }

  Webhook require(long id) {
    return database.transaction(() -> webhooks.find(id).orElseThrow(WebhookService::notFound));
  }

  /**
   * Changes what is given. Switching it on makes a fresh start: it counts as never having failed.
   */
  Webhook change(long id, JsonInput input) {
    WebhookInput wanted = WebhookInput.change(input, targets);
    return changed(
        id,
        before -> {
          boolean on = Objects.requireNonNullElse(wanted.active(), before.active());
          boolean afresh = on && !before.active();
          return new Webhook(
              id,
              Objects.requireNonNullElse(wanted.url(), before.url()),
              Objects.requireNonNullElse(wanted.events(), before.events()),
              wanted.described() ? wanted.description() : before.description(),
              on,
              before.secret(),
              before.previousSecret(),
              before.previousUntil(),
              afresh ? null : before.failingSince(),
              on ? null : before.disabledReason(),
              before.createdAt(),
              now());
        });
  }

  /** Gives it a new secret; the one before signs too for a day. */
  Webhook rotateSecret(long id) {
    return changed(
        id,
        before ->
            new Webhook(
                id,
                before.url(),
                before.events(),
                before.description(),
                before.active(),
                WebhookSecret.random(),
                before.secret(),
                now().plus(OVERLAP),
                before.failingSince(),
                before.disabledReason(),
                before.createdAt(),
                now()));
  }

  /** Deletes it with its deliveries. */
  void delete(long id) {
    database.transaction(
        () -> {
          if (!webhooks.delete(id)) {
            throw notFound();
          }
          deliveries.deleteOf(id);
          refreshAfterCommit();
        });
  }

  /**
   * A test delivery.
   *
   * @throws ApiException NOT_FOUND; UNPROCESSABLE for one that is switched off
   */
  Delivery ping(long id) {
    return sending(id, webhook -> deliveries.insertPing(id, "ping:" + ids.random(), "{}", now()));
  }

  DeliveryPage deliveries(
      long id, @Nullable DeliveryState state, int limit, @Nullable String cursor) {
    int checked = Paging.limit(limit);
    String list = "deliveries:" + id;
    long before = id(list, cursor, Long.MAX_VALUE);
    return database.transaction(
        () -> {
          require(id);
          List<Delivery> found = deliveries.listBefore(id, state, before, checked + 1);
          List<Delivery> items = found.stream().limit(checked).toList();
          return new DeliveryPage(
              items,
              found.size() > checked
                  ? Paging.cursor(list, Long.toString(items.getLast().id()))
                  : null);
        });
  }

  Delivery delivery(long id, long deliveryId) {
    return database.transaction(
        () -> deliveries.find(id, deliveryId).orElseThrow(() -> ApiException.notFound("delivery")));
  }

  /** Makes a delivery due now, under the id that it has, as if it had never been tried. */
  Delivery replay(long id, long deliveryId) {
    return sending(
        id,
        webhook ->
            deliveries
                .replay(id, deliveryId, now())
                .orElseThrow(() -> ApiException.notFound("delivery")));
  }

  /** The same with all dead letters. */
  int replayDead(long id) {
    return sending(id, webhook -> deliveries.replayDead(id, now()));
  }

  private <T> T sending(long id, Function<Webhook, T> work) {
    return database.transaction(
        () -> {
          Webhook webhook = require(id);
          if (!webhook.active()) {
            throw ApiException.of(
                ErrorCode.UNPROCESSABLE, "the webhook is switched off: set active first");
          }
          database.afterCommit(dispatcher::wake);
          return work.apply(webhook);
        });
  }

  private Webhook changed(long id, UnaryOperator<Webhook> change) {
    return database.transaction(
        () -> {
          Webhook before = webhooks.findAndLock(id).orElseThrow(WebhookService::notFound);
          Webhook after = change.apply(before);
          webhooks.update(after);
          refreshAfterCommit();
          return after;
        });
  }

  private void refreshAfterCommit() {
    database.afterCommit(
        () -> {
          active.expire();
          dispatcher.wake();
        });
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }

  private static ApiException notFound() {
    return ApiException.notFound("webhook");
  }

  private static long id(String list, @Nullable String cursor, long otherwise) {
    String key = Paging.key(list, cursor);
    if (key.isEmpty()) {
      return otherwise;
    }
    if (!key.matches("\\d{1,18}")) {
      throw ApiException.badField("cursor", "is not one of this list");
    }
    return Long.parseLong(key);
  }
}

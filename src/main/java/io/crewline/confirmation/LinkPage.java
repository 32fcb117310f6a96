package io.crewline.confirmation;

import io.crewline.confirmation.LinkService.Shown;
import io.crewline.platform.Ids;
import io.crewline.task.Task;
import io.crewline.task.TaskImage;
import io.crewline.task.TaskNote;
import io.crewline.task.TaskPriority;
import io.crewline.task.TaskStatus;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes the page of a link. Everything on it works without the script: forms that are answered
 * with a redirect to the page. Each form has a key of its own, so that to send it twice is to send
 * it once.
 */
@Singleton
final class LinkPage {
  private final PageAssets assets;
  private final Ids ids;

  LinkPage(PageAssets assets, Ids ids) {
    this.assets = assets;
    this.ids = ids;
  }

  /**
   * The whole page.
   *
   * @param problem the key of a text that says why the last call did not work; null for none
   */
  String write(Shown shown, String token, Language language, @Nullable String problem) {
    String path = "/c/" + token;
    Html html = head(language, language.text("page.title"));
    html.open("body", scriptTexts(language));
    html.open("header");
    html.element("h1", language.text("page.greeting", shown.link().employee().name()));
    html.open("p", "class", "soft");
    withTime(html, language, "page.validUntil", shown.link().row().expiresAt());
    html.close("p").close("header").open("main");
    html.open("div", "id", "message", "role", "alert", "tabindex", "-1");
    if (problem != null) {
      html.element("p", language.text(problem), "class", "message bad");
    }
    html.close("div");
    receipt(html, shown, path, language);
    for (Task task : shown.tasks()) {
      task(html, task, path, language);
    }
    html.close("main").element("div", "", "id", "live", "role", "status");
    return html.close("body").close("html").toString();
  }

  /**
   * A page that only says why there is no other.
   *
   * @param kind {@code notFound}, {@code busy} or {@code failed}
   */
  String writeError(Language language, String kind) {
    String title = language.text("error." + kind + ".title");
    Html html = head(language, title).open("body").open("main");
    html.element("h1", title).element("p", language.text("error." + kind + ".text"));
    if (!kind.equals("notFound")) {
      html.element("a", language.text("error.retry"), "class", "button", "href", "");
    }
    return html.close("main").close("body").close("html").toString();
  }

  private Html head(Language language, String title) {
    return new Html()
        .open("html", "lang", language.tag())
        .open("head")
        .open("meta", "charset", "utf-8")
        .open("meta", "name", "viewport", "content", "width=device-width, initial-scale=1")
        .open("meta", "name", "robots", "content", "noindex, nofollow")
        .open("meta", "name", "referrer", "content", "no-referrer")
        .open("link", "rel", "icon", "href", "data:,")
        .open("link", "rel", "stylesheet", "href", assets.stylePath())
        .element("script", "", "src", assets.scriptPath(), "defer", "")
        .element("title", title)
        .close("head");
  }

  /** What the script says by itself. */
  private static @Nullable String[] scriptTexts(Language language) {
    return new String[] {
      "data-saved", language.text("message.saved"),
      "data-waiting", language.text("script.waiting"),
      "data-sending", language.text("script.sending"),
      "data-progress", language.text("script.progress"),
      "data-failed", language.text("message.failed"),
      "data-too-large", language.text("message.photoSize")
    };
  }

  private void receipt(Html html, Shown shown, String path, Language language) {
    Instant at = shown.link().row().acknowledgedAt();
    html.open("section", "id", "receipt", "data-version", String.valueOf(at));
    if (shown.tasks().isEmpty()) {
      html.element("p", language.text("page.empty"), "class", "card");
    } else if (at == null) {
      html.open("div", "class", "card").element("p", language.text("ack.ask"));
      html.open("form", "method", "post", "action", path + "/acknowledge");
      html.element("button", language.text("ack.button"), "class", "first");
      html.close("form").close("div");
    } else {
      html.open("p", "class", "good").element("span", "✓", "class", "mark", "aria-hidden", "true");
      withTime(html, language, "ack.done", at);
      html.close("p");
    }
    html.close("section");
  }

  private void task(Html html, Task task, String path, Language language) {
    String id = "task-" + task.id();
    html.open(
        "article",
        "id",
        id,
        "class",
        "card " + task.status().wireName(),
        "aria-labelledby",
        id + "-title",
        "data-version",
        Long.toString(task.version()));
    html.element("h2", task.title(), "id", id + "-title");
    facts(html, task, language);
    if (!task.description().isEmpty()) {
      html.element("p", task.description(), "class", "text");
    }
    notes(html, task.notes(), language);
    photos(html, task, path, language);
    answers(html, task, id, path, language);
    html.close("article");
  }

  private static void facts(Html html, Task task, Language language) {
    html.open("dl", "class", "facts");
    html.element("dt", language.text("task.status")).open("dd");
    html.element("span", shape(task.status()), "class", "mark", "aria-hidden", "true");
    html.text(language.text("status." + task.status().wireName())).close("dd");
    TaskPriority priority = task.priority();
    if (priority != TaskPriority.NORMAL) {
      html.element("dt", language.text("task.priority"));
      html.open("dd", "class", priority.wireName());
      if (priority != TaskPriority.LOW) {
        html.element("span", "▲", "class", "mark", "aria-hidden", "true");
      }
      html.text(language.text("priority." + priority.wireName())).close("dd");
    }
    Instant due = task.dueAt();
    if (due != null) {
      html.element("dt", language.text("task.due")).open("dd");
      time(html, language, due);
      html.close("dd");
    }
    if (task.system() != null) {
      html.element("dt", language.text("task.system")).element("dd", task.system().name());
    }
    html.close("dl");
  }

  private static String shape(TaskStatus status) {
    return switch (status) {
      case OPEN, ASSIGNED -> "○";
      case ACKNOWLEDGED -> "◔";
      case IN_PROGRESS -> "◑";
      case DONE -> "✓";
      case CANCELLED -> "✕";
    };
  }

  private static void notes(Html html, List<TaskNote> notes, Language language) {
    if (notes.isEmpty()) {
      return;
    }
    html.element("h3", language.text("task.notes")).open("ul", "class", "notes");
    for (TaskNote note : notes) {
      html.open("li").element("div", note.text(), "class", "text");
      html.open("div", "class", "soft").text(note.by().name() + " · ");
      time(html, language, note.createdAt());
      html.close("div").close("li");
    }
    html.close("ul");
  }

  private static void photos(Html html, Task task, String path, Language language) {
    if (task.images().isEmpty()) {
      return;
    }
    html.element("h3", language.text("task.photos")).open("ul", "class", "photos");
    int number = 0;
    for (TaskImage image : task.images()) {
      number++;
      String url = "/api/confirm" + path.substring(2) + "/images/" + image.id();
      html.open("li").open("a", "href", url);
      html.open(
          "img",
          "src",
          url + "/thumbnail",
          "alt",
          language.text("photo.alt", Integer.toString(number)),
          "loading",
          "lazy",
          "width",
          "160",
          "height",
          "104");
      html.close("a").close("li");
    }
    html.close("ul");
  }

  private void answers(Html html, Task task, String id, String path, Language language) {
    List<TaskStatus> next = LinkTask.next(task.status());
    boolean closed = task.status() == TaskStatus.CANCELLED;
    if (closed) {
      html.element("p", language.text("task.closed"), "class", "soft");
      return;
    }
    String action = path + "/task/" + task.id();
    html.open("form", "method", "post", "action", action, "data-target", id);
    html.open("input", "type", "hidden", "name", "key", "value", ids.random());
    html.element("label", language.text("answer.note"), "for", id + "-note");
    html.element(
        "textarea", "", "id", id + "-note", "name", "note", "rows", "2", "maxlength", "10000");
    String look = "first";
    if (next.contains(TaskStatus.IN_PROGRESS)) {
      boolean again = task.status() == TaskStatus.DONE;
      button(
          html,
          language.text(again ? "answer.reopen" : "answer.inProgress"),
          "inProgress",
          again ? "" : look);
      look = "";
    }
    if (next.contains(TaskStatus.DONE)) {
      button(html, language.text("answer.done"), "done", look);
    }
    if (task.status() == TaskStatus.IN_PROGRESS) {
      button(html, language.text("answer.noteOnly"), "inProgress", "");
    }
    html.close("form");
    html.open(
        "form",
        "class",
        "photo",
        "method",
        "post",
        "enctype",
        "multipart/form-data",
        "action",
        action + "/images?key=" + ids.random(),
        "data-target",
        id);
    html.element("label", language.text("photo.choose"), "for", id + "-photo");
    html.open("input", "type", "file", "id", id + "-photo", "name", "file", "accept", "image/*");
    html.element("button", language.text("photo.send"));
    html.close("form");
  }

  private static void button(Html html, String text, String status, String look) {
    html.element(
        "button", text, "name", "status", "value", status, "class", look.isEmpty() ? null : look);
  }

  /** A text with a time in it, which the script shows in the reader's zone. */
  private static void withTime(Html html, Language language, String key, Instant at) {
    String[] parts = language.text(key).split("\\{0}", -1);
    html.text(parts[0]);
    time(html, language, at);
    html.text(parts.length > 1 ? parts[1] : "");
  }

  private static void time(Html html, Language language, Instant at) {
    html.element("time", language.time(at), "datetime", at.toString());
  }
}

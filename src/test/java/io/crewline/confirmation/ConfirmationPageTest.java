package io.crewline.confirmation;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.confirmation.Desk.Link;
import io.crewline.testing.Rest.Answer;
import io.crewline.testing.TestNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The page as a browser without scripts sees it. */
final class ConfirmationPageTest {
  private static Crewline node;
  private static Desk desk;

  @BeforeAll
  static void start() {
    node = TestNode.start();
    desk = new Desk(node);
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static Answer page(Link link) {
    return desk.rest.get(link.page(""), "Accept-Language", "en");
  }

  private static Answer post(String path, String form, String... headers) {
    String[] all = new String[headers.length + 4];
    System.arraycopy(headers, 0, all, 4, headers.length);
    all[0] = "Content-Type";
    all[1] = "application/x-www-form-urlencoded";
    all[2] = "Accept-Language";
    all[3] = "en";
    return desk.rest.call("POST", path, form, all);
  }

  private static String form(String key, String status, String note) {
    return "key=%s&note=%s&status=%s"
        .formatted(key, URLEncoder.encode(note, StandardCharsets.UTF_8), status);
  }

  @Test
  void itWorksByFormsAlone() {
    Link link = desk.link("Change the seal");
    long task = desk.taskOf(link);
    assertThat(page(link).status()).isEqualTo(200);
    assertThat(page(link).header("Content-Type")).startsWith("text/html");
    assertThat(page(link).body()).contains("Hello Kim", "Change the seal", "It drips.", "Assigned");
    Answer acknowledged = post(link.page("/acknowledge"), "");
    assertThat(acknowledged.status()).isEqualTo(303);
    assertThat(acknowledged.header("Location")).isEqualTo(link.page(""));
    assertThat(page(link).body()).contains("Receipt confirmed", "Received");
    Answer begun = post(link.page("/task/" + task), form("k1", "inProgress", ""));
    assertThat(begun.status()).as(begun.body()).isEqualTo(303);
    assertThat(begun.header("Location")).isEqualTo(link.page("#task-" + task));
    assertThat(page(link).body()).contains("In progress");
    for (int i = 0; i < 2; i++) {
      Answer done = post(link.page("/task/" + task), form("k2", "done", "Tight & dry ✓"));
      assertThat(done.status()).isEqualTo(303);
    }
    assertThat(page(link).body()).containsOnlyOnce("Tight &amp; dry ✓").contains("Done");
    assertThat(desk.task(task)).containsEntry("status", "done");
  }

  @Test
  void aFormThatCannotBeDoneShowsThePageAndSaysWhy() {
    Link link = desk.link("Seal");
    String path = link.page("/task/" + desk.taskOf(link));
    Answer refused = post(path, form("k1", "cancelled", ""));
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.body()).contains("has changed in the meantime", "Hello Kim");
    Answer tooLong = post(path, form("k2", "done", "x".repeat(10_001)));
    assertThat(tooLong.status()).isEqualTo(400);
    assertThat(tooLong.body()).contains("The note is too long", "Hello Kim");
    Answer gone = post(link.page("/task/987654"), form("k3", "done", ""));
    assertThat(gone.status()).isEqualTo(404);
    assertThat(gone.body()).contains("no longer on this link", "Hello Kim");
    assertThat(post(path, "").status()).isEqualTo(400);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "de|de|Hallo Kim",
        "fr-CH, fr;q=0.9, en;q=0.8|fr|Bonjour Kim",
        "it, es;q=0.5, en;q=0.1|es|Hola, Kim",
        "zh-CN,zh;q=0.9|zh|您好，Kim",
        "zh-Hans-CN|zh|您好，Kim",
        "de;q=0, en|en|Hello Kim",
        "ja|en|Hello Kim",
        "*|en|Hello Kim",
        "!!;;q=x|en|Hello Kim"
      })
  void itSpeaksTheReadersLanguage(String accepted, String lang, String greeting) {
    Answer answer = desk.rest.get(desk.link("Seal").page(""), "Accept-Language", accepted);
    assertThat(answer.body()).contains("<html lang=\"" + lang + "\">", greeting);
    assertThat(answer.header("Content-Language")).isEqualTo(lang);
  }

  @Test
  void everyLanguageHasTheSameTextsWithTheSamePlaces() {
    Map<String, Language> all = node.context().getBean(Languages.class).all();
    assertThat(all.keySet()).contains("de", "en", "es", "fr", "zh");
    Language english = Objects.requireNonNull(all.get("en"));
    for (Language language : all.values()) {
      assertThat(language.texts().keySet()).as(language.tag()).isEqualTo(english.texts().keySet());
      english
          .texts()
          .forEach(
              (key, text) -> {
                String own = language.text(key);
                assertThat(own).as(language.tag() + " " + key).isNotBlank();
                assertThat(own.contains("{0}"))
                    .as(language.tag() + " " + key)
                    .isEqualTo(text.contains("{0}"));
              });
    }
  }

  @Test
  void aLinkThatIsNotValidIsAPageInTheReadersLanguage() {
    Answer answer = desk.rest.get("/c/AAAAAAAAAAAAAAAAAAAAAA", "Accept-Language", "de");
    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.header("Content-Type")).startsWith("text/html");
    assertThat(answer.body()).contains("Dieser Link ist nicht gültig", "lang=\"de\"");
    Answer posted = post("/c/AAAAAAAAAAAAAAAAAAAAAA/acknowledge", "");
    assertThat(posted.status()).isEqualTo(404);
  }

  @Test
  void whatPeopleWroteIsNeverMarkup() {
    String hostile = "<script>alert(1)</script><img src=x onerror='alert(2)'>&amp; {0}";
    long kim = desk.employee("</title><script>alert(3)</script>");
    Link link = desk.link(kim, desk.task(hostile, kim));
    post(
        link.page("/task/" + desk.taskOf(link)),
        form("k", "done", "</div><script>alert(4)</script>"));
    String body = page(link).body();
    assertThat(body)
        .doesNotContain("<script>")
        .doesNotContain("<img")
        .contains("&lt;script&gt;alert(1)", "alert(3)", "alert(4)", "&amp;amp; {0}");
  }

  @Test
  void itIsSmallWithItsStyleAndScript() {
    long kim = desk.employee("Kim");
    long[] tasks = new long[10];
    for (int i = 0; i < tasks.length; i++) {
      tasks[i] = desk.task("Change the seal of pump number " + i, kim);
    }
    String body = desk.rest.get(desk.link(kim, tasks).page(""), "Accept-Language", "de").body();
    int size = body.getBytes(StandardCharsets.UTF_8).length;
    for (String path : assets(body)) {
      Answer asset = desk.rest.get(path);
      assertThat(asset.status()).isEqualTo(200);
      assertThat(asset.header("Cache-Control")).contains("immutable");
      assertThat(asset.header("Content-Type"))
          .startsWith(path.endsWith("css") ? "text/css" : "text/javascript");
      size += asset.body().getBytes(StandardCharsets.UTF_8).length;
      Answer other = desk.rest.get(path.replaceAll("-[0-9a-f]+", "-0123456789abcdef"));
      assertThat(other.status()).isEqualTo(200);
      assertThat(other.header("Cache-Control")).isEqualTo("no-store");
    }
    assertThat(size).isLessThan(50_000);
    assertThat(desk.rest.get("/confirmation-page/other.css").status()).isEqualTo(404);
  }

  private static List<String> assets(String body) {
    Matcher matcher = Pattern.compile("\"(/confirmation-page/[^\"]+)\"").matcher(body);
    List<String> found = matcher.results().map(result -> result.group(1)).toList();
    assertThat(found).hasSize(2);
    return found;
  }

  @Test
  void aBrowserRunsNothingButOurScriptAndTellsNobodyTheAddress() {
    Answer answer = page(desk.link("Seal"));
    assertThat(answer.header("Content-Security-Policy"))
        .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
        .doesNotContain("unsafe");
    assertThat(answer.header("X-Frame-Options")).isEqualTo("DENY");
    assertThat(answer.header("Referrer-Policy")).isEqualTo("no-referrer");
    assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
    assertThat(answer.body()).doesNotContain(" style=").doesNotContain("onclick");
  }

  @Test
  void formsOfOtherSitesAreRefused() {
    Link link = desk.link("Seal");
    String path = link.page("/acknowledge");
    assertThat(post(path, "", "Sec-Fetch-Site", "cross-site").status()).isEqualTo(403);
    assertThat(post(path, "", "Origin", "https://evil.example").status()).isEqualTo(403);
    assertThat(page(link).body()).contains("Confirm receipt");
    // What browsers say for a form on a page that sends no referrer.
    Answer own = post(path, "", "Origin", "null", "Sec-Fetch-Site", "same-origin");
    assertThat(own.status()).as(own.body()).isEqualTo(303);
  }
}

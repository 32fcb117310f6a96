package io.crewline.attachment;

import static org.assertj.core.api.Assertions.assertThat;

import io.crewline.Crewline;
import io.crewline.testing.Person;
import io.crewline.testing.RawSocket;
import io.crewline.testing.Rest;
import io.crewline.testing.TestNode;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a browser gets, in whole and in parts. */
final class DownloadTest {
  @TempDir static Path folder;

  private static Crewline node;
  private static Person person;
  private static Uploader ada;
  private static Uploader dave;
  private static String url;
  private static byte[] whole;

  @BeforeAll
  static void start() {
    node = TestNode.start(Map.of("CREWLINE_STORAGE", folder.toString()));
    person = Person.member(node, "ada");
    ada = new Uploader(node, person);
    dave = new Uploader(node, Person.member(node, "dave"));
    Rest.Answer answer = ada.upload("br\u00fccke 7.png", null, Images.noise(100_000));
    url = answer.text("url");
    whole = ada.get(url).body();
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static String header(HttpResponse<?> response, String name) {
    return String.join("|", response.headers().allValues(name));
  }

  @Test
  void anImageIsShownAndKeptAndNothingElse() {
    HttpResponse<byte[]> image = ada.get(url, "Accept", "image/avif,image/webp,image/*");
    assertThat(image.statusCode()).isEqualTo(200);
    assertThat(header(image, "Content-Type")).isEqualTo("image/png");
    assertThat(header(image, "Content-Length")).isEqualTo(Integer.toString(whole.length));
    assertThat(header(image, "X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(header(image, "Content-Security-Policy")).isEqualTo("default-src 'none'; sandbox");
    assertThat(header(image, "Cache-Control")).isEqualTo("private, max-age=604800, immutable");
    assertThat(header(image, "Accept-Ranges")).isEqualTo("bytes");
    assertThat(header(image, "Content-Disposition"))
        .isEqualTo("inline; filename=\"br_cke 7.png\"; filename*=UTF-8''br%C3%BCcke%207.png");
    assertThat(header(image, "ETag"))
        .startsWith("\"")
        .isNotEqualTo(header(ada.get(url + "/thumbnail"), "ETag"));
  }

  @Test
  void whatABrowserHasIsNotSentAgain() {
    String tag = header(ada.get(url), "ETag");
    for (String known : List.of(tag, "W/" + tag, "\"x\", " + tag, "*")) {
      HttpResponse<byte[]> answer = ada.get(url, "If-None-Match", known);
      assertThat(answer.statusCode()).as(known).isEqualTo(304);
      assertThat(answer.body()).isEmpty();
      assertThat(header(answer, "ETag")).isEqualTo(tag);
    }
    assertThat(ada.get(url, "If-None-Match", "\"x\"").statusCode()).isEqualTo(200);
    assertThat(dave.get(url, "If-None-Match", "*").statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource({"bytes=0-99,0,100", "bytes=100-,100,-1", "bytes=-50,-50,-1", "bytes=5-5,5,6"})
  void aPartIsThatPart(String range, int from, int to) {
    int first = from < 0 ? whole.length + from : from;
    int end = to < 0 ? whole.length : to;
    HttpResponse<byte[]> part = ada.get(url, "Range", range);
    assertThat(part.statusCode()).isEqualTo(206);
    assertThat(part.body()).isEqualTo(Arrays.copyOfRange(whole, first, end));
    assertThat(header(part, "Content-Range"))
        .isEqualTo("bytes " + first + "-" + (end - 1) + "/" + whole.length);
    assertThat(header(part, "Content-Length")).isEqualTo(Integer.toString(end - first));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=5-2", "bytes=-", "pages=1-2", "bytes=0-1,3-4", "bytes=a-b"})
  void aRangeThatIsNoneIsIgnored(String range) {
    HttpResponse<byte[]> answer = ada.get(url, "Range", range);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo(whole);
  }

  @Test
  void aRangeBehindTheEndIsRefused() {
    for (String range : List.of("bytes=999999999-", "bytes=" + whole.length + "-", "bytes=-0")) {
      HttpResponse<byte[]> answer = ada.get(url, "Range", range);
      assertThat(answer.statusCode()).as(range).isEqualTo(416);
      assertThat(header(answer, "Content-Range")).isEqualTo("bytes */" + whole.length);
    }
  }

  @Test
  void aPartOfSomethingElseIsNotMixedIn() {
    String tag = header(ada.get(url), "ETag");
    assertThat(ada.get(url, "Range", "bytes=0-9", "If-Range", tag).statusCode()).isEqualTo(206);
    assertThat(ada.get(url, "Range", "bytes=0-9", "If-Range", "\"x\"").statusCode()).isEqualTo(200);
  }

  @Test
  void headTellsTheSameWithoutTheBody() {
    HttpResponse<byte[]> head = ada.fetch("HEAD", url);
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(header(head, "Content-Length")).isEqualTo(Integer.toString(whole.length));
    assertThat(header(head, "Content-Type")).isEqualTo("image/png");
    assertThat(head.body()).isEmpty();
  }

  @Test
  void aLinkOpensWithoutALogin() {
    Rest rest = new Rest(node, "Authorization", "Bearer " + person.token());
    Rest.Answer link = rest.get(url + "/link");
    assertThat(link.json()).containsOnlyKeys("url", "thumbnailUrl", "expiresAt");
    assertThat(rest.get(url + "/link").body()).as("the same for a while").isEqualTo(link.body());
    HttpResponse<byte[]> image = ada.get(link.text("url"));
    assertThat(image.statusCode()).isEqualTo(200);
    assertThat(image.body()).isEqualTo(whole);
    assertThat(ada.get(link.text("thumbnailUrl")).statusCode()).isEqualTo(200);
  }

  @Test
  void aLinkOpensNothingElse() {
    Rest rest = new Rest(node, "Authorization", "Bearer " + person.token());
    String link = rest.get(url + "/link").text("url");
    long other = ada.uploaded(Images.gif(3, 3));
    String end = link.replaceAll(".*exp=(\\d+).*", "$1");
    String id = url.replaceAll(".*/", "");
    for (String wrong :
        List.of(
            link.replace("/attachments/" + id, "/attachments/" + other),
            link.replace("?", "/thumbnail?"),
            link.replace("exp=" + end, "exp=" + (Long.parseLong(end) + 600)),
            link.replace("exp=" + end, "exp=x"),
            link.replace("sig=", "sig=A"),
            link.replaceAll("sig=.*", "sig=%%%25"),
            link.replaceAll("&sig=.*", ""),
            "/attachments/" + id)) {
      assertThat(ada.get(wrong.replace("%%%25", "%25")).statusCode()).as(wrong).isIn(400, 404);
    }
  }

  @Test
  void aLinkThatIsOverOpensNothing() {
    AttachmentLinks links = node.context().getBean(AttachmentLinks.class);
    long id = Long.parseLong(url.replaceAll(".*/", ""));
    Instant now = node.context().getBean(Clock.class).instant();
    assertThat(ada.get(links.link(id, false, now.plusSeconds(60))).statusCode()).isEqualTo(200);
    for (Instant end : List.of(now, now.minusSeconds(1), now.minusSeconds(86_400))) {
      assertThat(ada.get(links.link(id, false, end)).statusCode()).as("%s", end).isEqualTo(404);
      assertThat(ada.get(links.link(id, true, end)).statusCode()).as("%s", end).isEqualTo(404);
    }
  }

  @Test
  void imagesAreOnlyForPagesOfTheSameOriginUnlessOthersAreAllowed() {
    Rest rest = new Rest(node, "Authorization", "Bearer " + person.token());
    for (String path : List.of(url, rest.get(url + "/link").text("thumbnailUrl"))) {
      HttpResponse<byte[]> answer = ada.get(path);
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(header(answer, "Cross-Origin-Resource-Policy")).isEqualTo("same-origin");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"*", "http://localhost:*"})
  void pagesOfAllowedOriginsMayShowImages(String origins) {
    try (Crewline open =
        TestNode.start(
            Map.of("CREWLINE_STORAGE", folder.toString(), "CREWLINE_CORS_ORIGINS", origins))) {
      Person kim = Person.member(open, "kim");
      String image = new Uploader(open, kim).upload("a.gif", null, Images.gif(3, 3)).text("url");
      Rest rest = new Rest(open);
      String link = kim.get(image + "/link").text("thumbnailUrl");
      // An <img> sends no Origin.
      assertThat(rest.get(link).header("Cross-Origin-Resource-Policy")).isEqualTo("cross-origin");
      // With the attribute crossorigin it does.
      String page = origins.replace("*", origins.length() == 1 ? "https://any.example" : "5173");
      Rest.Answer allowed = rest.get(link, "Origin", page);
      assertThat(allowed.header("Cross-Origin-Resource-Policy")).isEqualTo("cross-origin");
      assertThat(allowed.header("Access-Control-Allow-Origin")).isNotEmpty();
      if (!origins.equals("*")) {
        Rest.Answer foreign = rest.get(link, "Origin", "https://evil.example");
        assertThat(foreign.header("Cross-Origin-Resource-Policy")).isEqualTo("same-origin");
        assertThat(foreign.header("Access-Control-Allow-Origin")).isEmpty();
        assertThat(foreign.response().headers().allValues("Vary").toString()).contains("Origin");
      }
      String tag = rest.get(link).header("ETag");
      assertThat(rest.get(link, "If-None-Match", tag).header("Cross-Origin-Resource-Policy"))
          .isEqualTo("cross-origin");
    }
  }

  /** More readers than a node of two cores has threads, each far from having all. */
  @Test
  void readersThatStopReadingHoldNothingUp() {
    byte[] large = Images.noise(6 << 20);
    String path = ada.upload("large.png", null, large).text("url");
    byte[] stored = ada.get(path).body();
    assertThat(stored.length).isGreaterThan(6 << 20);
    List<RawSocket> slow = new ArrayList<>();
    try {
      for (int i = 0; i < 4 * Runtime.getRuntime().availableProcessors() + 8; i++) {
        RawSocket socket = RawSocket.open(node.port());
        slow.add(socket);
        socket.send(
            Images.text(
                "GET "
                    + path
                    + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                    + person.token()
                    + "\r\nConnection: close\r\n\r\n"));
      }
      assertThat(ada.get(path).body()).isEqualTo(stored);
      assertThat(ada.get(url).body()).isEqualTo(whole);
    } finally {
      slow.forEach(RawSocket::close);
    }
  }
}

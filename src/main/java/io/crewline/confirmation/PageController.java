package io.crewline.confirmation;

import io.crewline.attachment.Upload;
import io.crewline.confirmation.LinkService.Shown;
import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import io.crewline.platform.Ids;
import io.crewline.platform.limit.ClientAddresses;
import io.crewline.platform.limit.RateLimits;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Hidden;
import java.net.URI;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The page {@code /c/{token}}. Opening it changes nothing; its forms post, and are answered with a
 * redirect to the page, or with the page and what is wrong.
 */
@Hidden
@Controller("/c/{token}")
@Produces(MediaType.TEXT_HTML)
@ExecuteOn(TaskExecutors.BLOCKING)
final class PageController {
  private static final Logger LOG = LoggerFactory.getLogger(PageController.class);
  private static final String POLICY =
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data: blob:;"
          + " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

  private final LinkAccess access;
  private final LinkService links;
  private final LinkController uploads;
  private final LinkPage page;
  private final Languages languages;
  private final RateLimits limits;
  private final ClientAddresses addresses;
  private final Ids ids;

  PageController(
      LinkAccess access,
      LinkService links,
      LinkController uploads,
      LinkPage page,
      Languages languages,
      RateLimits limits,
      ClientAddresses addresses,
      Ids ids) {
    this.access = access;
    this.links = links;
    this.uploads = uploads;
    this.page = page;
    this.languages = languages;
    this.limits = limits;
    this.addresses = addresses;
    this.ids = ids;
  }

  @Get
  HttpResponse<String> show(HttpRequest<?> request, @PathVariable String token) {
    return answer(request, token, null, "message.failed", hash -> {});
  }

  @Post("/acknowledge")
  @Consumes(MediaType.ALL)
  HttpResponse<String> acknowledge(HttpRequest<?> request, @PathVariable String token) {
    return answer(request, token, "", "message.failed", links::acknowledge);
  }

  @Post("/task/{taskId}")
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  HttpResponse<String> setStatus(
      HttpRequest<?> request,
      @PathVariable String token,
      @PathVariable String taskId,
      @Body @Nullable Map<String, Object> form) {
    return answer(
        request,
        token,
        "#task-" + taskId,
        "message.textInvalid",
        hash ->
            links.setStatus(
                hash,
                LinkController.id(taskId),
                LinkController.status(field(form, "status")),
                field(form, "note"),
                LinkController.key(field(form, "key"))));
  }

  @Post("/task/{taskId}/images")
  @Consumes(MediaType.MULTIPART_FORM_DATA)
  HttpResponse<String> addImage(
      HttpRequest<?> request,
      @PathVariable String token,
      @PathVariable String taskId,
      @QueryValue @Nullable String key,
      Upload upload) {
    return answer(
        request,
        token,
        "#task-" + taskId,
        "message.photoMissing",
        hash -> uploads.addImage(hash, LinkController.id(taskId), LinkController.key(key), upload));
  }

  private static @Nullable String field(@Nullable Map<String, Object> form, String name) {
    Object value = form == null ? null : form.get(name);
    return value == null ? null : value.toString();
  }

  /**
   * Does what is asked, then shows the page.
   *
   * @param fragment where on the page to go after a change; null for a call that changes nothing
   * @param badInput the key of the text for input that breaks a rule
   */
  private HttpResponse<String> answer(
      HttpRequest<?> request,
      String token,
      @Nullable String fragment,
      String badInput,
      Consumer<byte[]> work) {
    Language language = languages.choose(request.getHeaders().get(HttpHeaders.ACCEPT_LANGUAGE));
    try {
      long waitMs = limits.address(addresses.of(request));
      if (waitMs > 0) {
        throw RateLimits.refusal(waitMs);
      }
      if (fragment != null && isFromElsewhere(request)) {
        throw ApiException.forbidden("this form is not of this page");
      }
      return access.by(
          request, token, hash -> done(language, token, fragment, badInput, work, hash));
    } catch (ApiException e) {
      return problem(language, e);
    } catch (RuntimeException e) {
      String reference = ids.random().substring(0, 10);
      LOG.error("A call by link failed, reference {}", reference, e);
      return problem(language, ApiException.of(ErrorCode.INTERNAL, reference));
    }
  }

  private HttpResponse<String> done(
      Language language,
      String token,
      @Nullable String fragment,
      String badInput,
      Consumer<byte[]> work,
      byte[] hash) {
    try {
      work.accept(hash);
    } catch (ApiException e) {
      String text = e.code() == ErrorCode.BAD_REQUEST ? badInput : text(e.code());
      if (text == null) {
        throw e;
      }
      Shown shown = links.show(hash);
      return html(e.code().status(), language, page.write(shown, token, language, text));
    }
    if (fragment != null) {
      return with(HttpResponse.<String>seeOther(URI.create("/c/" + token + fragment)), language);
    }
    return html(200, language, page.write(links.show(hash), token, language, null));
  }

  /** What a person is told about a refusal, on the page; null if there is no page to show. */
  private static @Nullable String text(ErrorCode code) {
    return switch (code) {
      case STATUS_NOT_ALLOWED, CONFLICT -> "message.statusNotAllowed";
      case NOT_FOUND -> "message.taskGone";
      case UNSUPPORTED_MEDIA_TYPE -> "message.photoType";
      case TOO_LARGE -> "message.photoSize";
      case UNPROCESSABLE -> "message.photoCount";
      case RATE_LIMITED -> "message.busy";
      default -> null;
    };
  }

  private HttpResponse<String> problem(Language language, ApiException refusal) {
    String kind =
        switch (refusal.code()) {
          case CONFIRMATION_NOT_FOUND, NOT_FOUND -> "notFound";
          case RATE_LIMITED -> "busy";
          default -> "failed";
        };
    MutableHttpResponse<String> response =
        html(refusal.code().status(), language, page.writeError(language, kind));
    Long retryAfterMs = refusal.retryAfterMs();
    if (retryAfterMs != null) {
      response.header(
          HttpHeaders.RETRY_AFTER, Long.toString(Math.max(1, Math.ceilDiv(retryAfterMs, 1000L))));
    }
    return response;
  }

  private static MutableHttpResponse<String> html(int status, Language language, String body) {
    return with(HttpResponse.<String>status(HttpStatus.valueOf(status)).body(body), language)
        .contentType(MediaType.TEXT_HTML_TYPE);
  }

  private static MutableHttpResponse<String> with(
      MutableHttpResponse<String> response, Language language) {
    return response
        .header("Content-Security-Policy", POLICY)
        .header("X-Frame-Options", "DENY")
        .header(HttpHeaders.CONTENT_LANGUAGE, language.tag())
        .header(HttpHeaders.VARY, HttpHeaders.ACCEPT_LANGUAGE);
  }

  /**
   * Whether another site's page sends the form. Whoever has the token may do everything, so this
   * only keeps others from sending a reader's browser. Browsers that do not tell the site send the
   * origin; for a page that sends no referrer it is {@code null} (Fetch standard, "append a request
   * Origin header").
   */
  private static boolean isFromElsewhere(HttpRequest<?> request) {
    String site = request.getHeaders().get("Sec-Fetch-Site");
    if (site != null) {
      return !site.equals("same-origin") && !site.equals("none");
    }
    String origin = request.getHeaders().get(HttpHeaders.ORIGIN);
    String host = request.getHeaders().get(HttpHeaders.HOST);
    return origin != null
        && !origin.equals("null")
        && !origin.replaceFirst("^https?://", "").equalsIgnoreCase(host);
  }
}

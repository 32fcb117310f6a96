package io.crewline.attachment;

import io.crewline.platform.ApiException;
import io.crewline.platform.limit.ClientAddresses;
import io.crewline.platform.limit.RateLimits;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Produces;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Hidden;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Downloads by {@link AttachmentLinks links}. A link that is wrong or over finds nothing. */
@Controller("/attachments")
@ExecuteOn(TaskExecutors.BLOCKING)
@Hidden
class LinkController {
  private final AttachmentDownloads downloads;
  private final AttachmentLinks links;
  private final RateLimits limits;
  private final ClientAddresses addresses;

  LinkController(
      AttachmentDownloads downloads,
      AttachmentLinks links,
      RateLimits limits,
      ClientAddresses addresses) {
    this.downloads = downloads;
    this.links = links;
    this.limits = limits;
    this.addresses = addresses;
  }

  @Get("/{id}")
  @Produces(MediaType.ALL)
  HttpResponse<?> image(
      HttpRequest<?> request,
      @PathVariable long id,
      @QueryValue @Nullable Long exp,
      @QueryValue @Nullable String sig) {
    return answer(request, id, false, exp, sig);
  }

  @Get("/{id}/thumbnail")
  @Produces(MediaType.ALL)
  HttpResponse<?> thumbnail(
      HttpRequest<?> request,
      @PathVariable long id,
      @QueryValue @Nullable Long exp,
      @QueryValue @Nullable String sig) {
    return answer(request, id, true, exp, sig);
  }

  private HttpResponse<?> answer(
      HttpRequest<?> request,
      long id,
      boolean thumbnail,
      @Nullable Long exp,
      @Nullable String sig) {
    long waitMs = limits.address(addresses.of(request));
    if (waitMs > 0) {
      throw RateLimits.refusal(waitMs);
    }
    if (exp == null || sig == null || !links.opens(id, thumbnail, exp, sig)) {
      throw ApiException.notFound("attachment");
    }
    Duration kept = AttachmentLinks.PERIOD;
    return downloads.answer(request, id, thumbnail, kept);
  }
}

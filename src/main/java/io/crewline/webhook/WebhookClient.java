package io.crewline.webhook;

import io.crewline.platform.Settings;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.utils.DateUtils;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.apache.hc.core5.io.Closer;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * One call of a webhook. Follows no redirect, keeps no cookie, uses no proxy, and reads at most
 * {@value #READ_BYTES} bytes of an answer. Blocks; interrupting a virtual thread ends the call.
 */
@Singleton
final class WebhookClient {
  private static final int READ_BYTES = 4096;
  private static final int KEPT_CHARACTERS = 500;
  private static final String TIMEOUT = "timeout";
  private static final Timeout CONNECT = Timeout.ofSeconds(5);
  private static final TimeValue KEEP_ALIVE = TimeValue.ofSeconds(20);
  private static final Duration LONGEST_WAIT = Duration.ofDays(1);

  private final CloseableHttpClient client;
  private final Clock clock;

  WebhookClient(WebhookTargets targets, Settings settings, Clock clock) {
    Timeout timeout = Timeout.of(settings.webhooks().timeout());
    this.clock = clock;
    this.client =
        HttpClientBuilder.create()
            .setConnectionManager(
                PoolingHttpClientConnectionManagerBuilder.create()
                    .setDnsResolver(targets)
                    .setMaxConnTotal(Integer.MAX_VALUE)
                    .setMaxConnPerRoute(Integer.MAX_VALUE)
                    .setDefaultConnectionConfig(
                        ConnectionConfig.custom()
                            .setConnectTimeout(CONNECT)
                            .setSocketTimeout(timeout)
                            .setValidateAfterInactivity(TimeValue.ZERO_MILLISECONDS)
                            .setTimeToLive(TimeValue.ofMinutes(1))
                            .build())
                    .build())
            .setDefaultRequestConfig(
                RequestConfig.custom()
                    .setResponseTimeout(timeout)
                    .setDefaultKeepAlive(KEEP_ALIVE.getDuration(), KEEP_ALIVE.getTimeUnit())
                    .setProtocolUpgradeEnabled(false)
                    .build())
            .evictIdleConnections(KEEP_ALIVE)
            .setUserAgent("Crewline-Webhook/1")
            .disableRedirectHandling()
            .disableAutomaticRetries()
            .disableCookieManagement()
            .disableAuthCaching()
            .disableContentCompression()
            .build();
  }

  /**
   * How a call went.
   *
   * @param status the HTTP status, 0 without an answer
   * @param error why it is no success, in a few words that say nothing about this node or its
   *     network; null for a success
   * @param response the beginning of what was answered to a call without success
   * @param retryAfter what the receiver asked for, at most a day
   */
  record Answer(
      int status,
      @Nullable String error,
      @Nullable String response,
      @Nullable Duration retryAfter) {
    static Answer failed(String error) {
      return new Answer(0, error, null, null);
    }

    boolean succeeded() {
      return error == null;
    }
  }

  /** Posts a JSON body. */
  Answer post(String url, Map<String, String> headers, String body) {
    try {
      HttpPost request = new HttpPost(URI.create(url));
      headers.forEach(request::setHeader);
      request.setEntity(new StringEntity(body, ContentType.APPLICATION_JSON));
      // Not the variant with a handler: it would read an answer to its end, however long that is.
      ClassicHttpResponse response = client.executeOpen(null, request, null);
      try {
        return answer(response);
      } finally {
        request.cancel();
        Closer.closeQuietly(response);
      }
    } catch (WebhookTargets.ForbiddenTarget e) {
      return Answer.failed("the address is not allowed");
    } catch (UnknownHostException e) {
      return Answer.failed("the host is unknown");
    } catch (InterruptedIOException e) {
      return Answer.failed(TIMEOUT);
    } catch (SSLException e) {
      return Answer.failed("TLS failed");
    } catch (ConnectException e) {
      return Answer.failed("no connection");
    } catch (IOException e) {
      return Answer.failed(Thread.interrupted() ? TIMEOUT : "the connection broke");
    } catch (IllegalArgumentException e) {
      return Answer.failed("the URL is not usable");
    }
  }

  private Answer answer(ClassicHttpResponse response) throws IOException {
    int status = response.getCode();
    if (status >= 200 && status < 300) {
      drain(response.getEntity());
      return new Answer(status, null, null, null);
    }
    String error =
        status >= 300 && status < 400
            ? "answered " + status + ", and redirects are not followed"
            : "answered " + status;
    Duration retryAfter = retryAfter(response.getFirstHeader("Retry-After"));
    return new Answer(status, error, excerpt(read(response.getEntity())), retryAfter);
  }

  /** So that the connection can be used again. A success is one, whatever becomes of its body. */
  private static void drain(@Nullable HttpEntity entity) {
    try {
      read(entity);
    } catch (IOException e) {
      // The connection is not used again.
    }
  }

  private static byte[] read(@Nullable HttpEntity entity) throws IOException {
    InputStream content = entity == null ? null : entity.getContent();
    return content == null ? new byte[0] : content.readNBytes(READ_BYTES);
  }

  /** Text that may be stored and shown: no control characters, at most 500 characters. */
  private static @Nullable String excerpt(byte[] read) {
    StringBuilder text = new StringBuilder();
    new String(read, StandardCharsets.UTF_8)
        .codePoints()
        .filter(c -> c >= 0x20 && !(c >= 0x7f && c < 0xa0) && c != 0xfffd)
        .limit(KEPT_CHARACTERS)
        .forEach(text::appendCodePoint);
    return text.isEmpty() ? null : text.toString();
  }

  /** RFC 9110 §10.2.3: seconds or a date. */
  private @Nullable Duration retryAfter(@Nullable Header header) {
    if (header == null || header.getValue() == null) {
      return null;
    }
    String value = header.getValue().strip();
    Duration wait;
    if (value.matches("\\d{1,9}")) {
      wait = Duration.ofSeconds(Long.parseLong(value));
    } else {
      Instant date = DateUtils.parseStandardDate(value);
      wait = date == null ? Duration.ZERO : Duration.between(clock.instant(), date);
    }
    if (wait.isNegative()) {
      return null;
    }
    return wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait;
  }

  @PreDestroy
  void close() throws IOException {
    client.close();
  }
}

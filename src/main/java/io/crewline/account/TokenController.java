package io.crewline.account;

import io.crewline.account.TokenIssuer.Issued;
import io.crewline.platform.ApiException;
import io.crewline.platform.JsonInput;
import io.crewline.platform.limit.ClientAddresses;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Header;
import io.micronaut.http.annotation.Post;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/**
 * Login, and exchange and revocation of refresh tokens. An {@code Idempotency-Key} is seen to here
 * and not where those of other calls are: answers with tokens are kept nowhere.
 */
@Controller("/api/token")
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "Tokens")
class TokenController {
  private static final String KEY = "Idempotency-Key";
  private static final String ABOUT_KEY =
      "Makes the call safe to repeat, for 10 minutes and as long as the tokens of the first answer"
          + " are unused: a repeat gets the same ones, with `Idempotency-Replayed` true. Printable"
          + " ASCII.";

  private final LoginService logins;
  private final RefreshService refreshes;
  private final ClientAddresses addresses;

  TokenController(LoginService logins, RefreshService refreshes, ClientAddresses addresses) {
    this.logins = logins;
    this.refreshes = refreshes;
    this.addresses = addresses;
  }

  /**
   * Logs in by name and password. After 10 failures a minute for one user from one address, or 100
   * from one address, further tries are refused for some seconds, right ones too. After 100 an hour
   * for one user from all addresses, further tries are refused from addresses where that user has
   * not logged in before.
   */
  @Post
  @Operation(operationId = "login")
  @ApiResponse(responseCode = "200", description = "The tokens", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "401", description = "Wrong username or password, or disabled")
  @ApiResponse(responseCode = "429", description = "Too many failures; see Retry-After")
  @RequestBody(
      required = true,
      content = @Content(schema = @Schema(implementation = LoginRequest.class)))
  MutableHttpResponse<TokenResponse> login(
      @Parameter(hidden = true) HttpRequest<?> request,
      @Parameter(
              description = ABOUT_KEY,
              example = "0c9a7f5e-login-17",
              schema = @Schema(minLength = 1, maxLength = 255))
          @Header(KEY)
          @Nullable String key,
      @Body JsonNode body) {
    JsonInput input = new JsonInput(body);
    String username = input.string("username", TokenController::required);
    String password = input.secret("password");
    if (logins.asksForPassword() && !input.has("password")) {
      input.wrong("password", "is required");
    }
    input.check();
    return answer(
        logins.login(addresses.of(request), username == null ? "" : username, password, key));
  }

  /**
   * Exchanges a refresh token for new tokens. Each is exchanged once: the same one again within 10
   * seconds, or with the same `Idempotency-Key`, gets the same refresh token, as long as that is
   * unused; any other that comes back is taken for stolen, and everything that followed from its
   * login is revoked.
   */
  @Post("/refresh")
  @Operation(operationId = "refreshToken")
  @ApiResponse(responseCode = "200", description = "New tokens", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "401", description = "Unknown, used, revoked or expired")
  @RequestBody(
      required = true,
      content = @Content(schema = @Schema(implementation = RefreshRequest.class)))
  MutableHttpResponse<TokenResponse> refresh(
      @Parameter(hidden = true) HttpRequest<?> request,
      @Parameter(
              description = ABOUT_KEY,
              example = "0c9a7f5e-login-17",
              schema = @Schema(minLength = 1, maxLength = 255))
          @Header(KEY)
          @Nullable String key,
      @Body JsonNode body) {
    return answer(refreshes.refresh(addresses.of(request), token(body), key));
  }

  /**
   * Logs out: ends the login that a refresh token belongs to. Its access tokens are refused and its
   * open connections closed within a second, on every node. A token not known is no error.
   */
  @Post("/revoke")
  @Operation(operationId = "revokeToken")
  @ApiResponse(responseCode = "204", description = "The login has ended, if there was one")
  @RequestBody(
      required = true,
      content = @Content(schema = @Schema(implementation = RefreshRequest.class)))
  HttpResponse<?> revoke(@Body JsonNode body) {
    refreshes.revoke(token(body));
    return HttpResponse.noContent();
  }

  /** RFC 6749 §5.1: a response with tokens must not be kept. */
  private static MutableHttpResponse<TokenResponse> answer(Issued issued) {
    MutableHttpResponse<TokenResponse> response =
        HttpResponse.ok(issued.tokens()).header("Cache-Control", "no-store");
    return issued.repeated() ? response.header("Idempotency-Replayed", "true") : response;
  }

  private static String token(JsonNode body) {
    JsonInput input = new JsonInput(body);
    String token = input.secret("refresh", TokenController::required);
    input.check();
    return token == null ? "" : token;
  }

  private static String required(String field, @Nullable String value) {
    if (value == null || value.isEmpty()) {
      throw ApiException.badField(field, "is required");
    }
    return value;
  }
}

package io.crewline.account;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import io.crewline.platform.Ids;
import io.crewline.platform.Settings;
import jakarta.inject.Singleton;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/**
 * Access tokens: JWTs of type {@code at+jwt} (RFC 9068), signed with HS256, issuer {@code
 * crewline}, subject the username, {@code sid} the login they came from. Nothing else is accepted:
 * no other algorithm or type, no critical or unknown header, no token without an expiry or for
 * another audience. Thread-safe, without I/O, so it may be called on an event loop.
 */
@Singleton
public final class AccessTokens {
  private static final String ISSUER = "crewline";
  private static final JOSEObjectType TYPE = new JOSEObjectType("at+jwt");
  private static final Set<String> HEADERS = Set.of("alg", "typ");
  private static final String LOGIN = "sid";
  private static final int MAX_LENGTH = 8192;

  /** RFC 3339 has no later times. */
  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

  /** How far the clock of the node that issued a token may run ahead of ours. */
  private static final Duration CLOCK_SKEW = Duration.ofSeconds(60);

  private final JWSSigner signer;
  private final List<JWSVerifier> verifiers;
  private final Duration lifetime;
  private final Ids ids;
  private final Clock clock;

  AccessTokens(SigningKeys keys, Settings settings, Ids ids, Clock clock) {
    try {
      this.signer = new MACSigner(keys.signing());
      List<JWSVerifier> all = new ArrayList<>();
      for (SecretKey key : keys.verifying()) {
        all.add(new MACVerifier(key));
      }
      this.verifiers = List.copyOf(all);
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
    this.lifetime = settings.accessTokenLifetime();
    this.ids = ids;
    this.clock = clock;
  }

  /** A new token for the user, valid for the lifetime of the settings; of no login. */
  public String issue(String username) {
    return issue(username, null);
  }

  /** A new token of a login, valid for the lifetime of the settings or until the login ends. */
  private String issue(String username, @Nullable String login) {
    return issue(username, login, ids.random(), clock.instant());
  }

  /**
   * A token of a login. The same arguments make the same token.
   *
   * @param id another one for each token
   * @param now when it is given out; it is valid for the lifetime of the settings from then on
   */
  String issue(String username, @Nullable String login, String id, Instant now) {
    // A JWT counts whole seconds: rounded up, so that no token lives shorter than promised.
    Instant expiry = now.plus(lifetime).plusMillis(999).truncatedTo(ChronoUnit.SECONDS);
    JWTClaimsSet claims =
        new JWTClaimsSet.Builder()
            .issuer(ISSUER)
            .subject(username)
            .issueTime(Date.from(now))
            .expirationTime(Date.from(expiry))
            .jwtID(id)
            .claim(LOGIN, login)
            .build();
    SignedJWT token =
        new SignedJWT(new JWSHeader.Builder(JWSAlgorithm.HS256).type(TYPE).build(), claims);
    try {
      token.sign(signer);
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
    return token.serialize();
  }

  /**
   * Checks a token and says whose it is.
   *
   * @param token the token alone, without {@code Bearer}
   * @throws ApiException {@link ErrorCode#UNAUTHENTICATED} for anything but a valid access token;
   *     the message says whether it has expired, and no more
   */
  public VerifiedToken verify(@Nullable String token) {
    if (token == null || token.isEmpty() || token.length() > MAX_LENGTH) {
      throw invalid();
    }
    JWTClaimsSet claims = authenticClaims(token);
    Date expiry = claims.getExpirationTime();
    Date issued = claims.getIssueTime();
    String username = claims.getSubject();
    Object login = claims.getClaim(LOGIN);
    if (!ISSUER.equals(claims.getIssuer())
        || expiry == null
        || issued == null
        || !Usernames.isValid(username)
        || !(login == null || login instanceof String)
        || !(claims.getAudience().isEmpty() || claims.getAudience().contains(ISSUER))) {
      throw invalid();
    }
    Instant now = clock.instant();
    Instant expiresAt = expiry.toInstant();
    if (!now.isBefore(expiresAt)) {
      throw ApiException.of(ErrorCode.UNAUTHENTICATED, "the token has expired");
    }
    Instant latestStart = now.plus(CLOCK_SKEW);
    Date notBefore = claims.getNotBeforeTime();
    if (issued.toInstant().isAfter(latestStart)
        || notBefore != null && notBefore.toInstant().isAfter(latestStart)
        || expiresAt.isAfter(LATEST)) {
      throw invalid();
    }
    return new VerifiedToken(username, (String) login, expiresAt);
  }

  private JWTClaimsSet authenticClaims(String token) {
    try {
      SignedJWT jwt = SignedJWT.parse(token);
      JWSHeader header = jwt.getHeader();
      if (!JWSAlgorithm.HS256.equals(header.getAlgorithm())
          || !TYPE.equals(header.getType())
          || !HEADERS.containsAll(members(header.getParsedBase64URL()).keySet())
          || !isCanonical(jwt)) {
        throw invalid();
      }
      for (JWSVerifier verifier : verifiers) {
        if (jwt.verify(verifier)) {
          // The library reads a number as a text there.
          if (!(members(jwt.getParsedParts()[1]).get("sub") instanceof String)) {
            throw invalid();
          }
          return jwt.getJWTClaimsSet();
        }
      }
      throw invalid();
    } catch (ParseException | JOSEException | RuntimeException e) {
      // Whatever the library makes of it: what it cannot read is no token.
      throw invalid();
    }
  }

  /** The members of a part as they were written; the library drops some, such as empty lists. */
  private static Map<String, Object> members(Base64URL part) throws ParseException {
    return JSONObjectUtils.parse(part.decodeToString());
  }

  /** One token has one spelling: no padding, no stray characters, no unused bits set. */
  private static boolean isCanonical(SignedJWT jwt) {
    for (Base64URL part : jwt.getParsedParts()) {
      if (!Base64URL.encode(part.decode()).equals(part)) {
        return false;
      }
    }
    return true;
  }

  private static ApiException invalid() {
    return ApiException.of(ErrorCode.UNAUTHENTICATED, "the token is not valid");
  }
}

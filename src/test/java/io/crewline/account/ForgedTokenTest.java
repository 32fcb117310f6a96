package io.crewline.account;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import io.crewline.Crewline;
import io.crewline.testing.TestNode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Tokens that a hostile client could send, each against a running node. */
@SuppressWarnings("NullAway.Init")
final class ForgedTokenTest {
  private static final JWSHeader HEADER = header("HS256").build();

  private static Crewline node;
  private static MACSigner signer;
  private static String genuine;
  private static String refresh;

  @BeforeAll
  static void start() throws JOSEException {
    node = TestNode.start();
    signer = new MACSigner(node.context().getBean(SigningKeys.class).signing());
    Caller.Answer login = Caller.anonymous(node).login("admin", TestNode.ADMIN_PASSWORD);
    genuine = login.text("access");
    refresh = login.text("refresh");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void aTokenSignedHereByHandIsAccepted() throws JOSEException {
    assertThat(status(signed(HEADER, claims -> claims))).isEqualTo(200);
    assertThat(status(genuine)).isEqualTo(200);
  }

  @TestFactory
  Iterable<DynamicTest> forgedTokensAreRefused() throws Exception {
    String[] parts = genuine.split("\\.", -1);
    Map<String, String> forged = new LinkedHashMap<>();
    forged.put("garbage", "garbage");
    forged.put("dots", "..");
    forged.put("three words", "a.b.c");
    forged.put("no JSON", base64("[]") + "." + base64("null") + "." + parts[2]);
    forged.put("alg none", new PlainJWT(claims().build()).serialize());
    forged.put("alg none with a signature", new PlainJWT(claims().build()).serialize() + parts[2]);
    forged.put("alg None", base64("{\"alg\":\"None\",\"typ\":\"at+jwt\"}") + "." + parts[1] + ".");
    forged.put("no alg", base64("{\"typ\":\"at+jwt\"}") + "." + parts[1] + "." + parts[2]);
    forged.put("RS256 header", reheaded("RS256", parts));
    forged.put("ES256 header", reheaded("ES256", parts));
    forged.put("HS512 header on a HS256 signature", reheaded("HS512", parts));
    forged.put("no signature", parts[0] + "." + parts[1] + ".");
    forged.put("signature cut", genuine.substring(0, genuine.length() - 4));
    forged.put("two parts", parts[0] + "." + parts[1]);
    forged.put("four parts", genuine + "." + parts[2]);
    forged.put("last bits of the signature", withOtherEnd(genuine));
    forged.put("padding", genuine + "=");
    forged.put(
        "claims exchanged", parts[0] + "." + base64(claims().build().toString()) + "." + parts[2]);
    forged.put("signature of another token", parts[0] + "." + parts[1] + "." + otherSignature());
    forged.put("the raw secret as key", signedBy(TestNode.SECRET));
    forged.put("another secret", signedBy("another-secret-another-secret-another"));
    forged.put("expired", signed(HEADER, c -> c.expirationTime(at(-1))));
    forged.put("no exp", signed(HEADER, c -> c.expirationTime(null)));
    forged.put("no iat", signed(HEADER, c -> c.issueTime(null)));
    forged.put("issued tomorrow", signed(HEADER, c -> c.issueTime(at(86_400))));
    forged.put("exp as text", signed(HEADER, c -> c.claim("exp", "2099-01-01")));
    forged.put("other issuer", signed(HEADER, c -> c.issuer("somebody")));
    forged.put("no issuer", signed(HEADER, c -> c.issuer(null)));
    forged.put("no subject", signed(HEADER, c -> c.subject(null)));
    forged.put("subject that is no username", signed(HEADER, c -> c.subject("Robert'); --")));
    forged.put("subject that does not exist", signed(HEADER, c -> c.subject("nobody")));
    forged.put("typ JWT", signed(header("HS256").type(JOSEObjectType.JWT).build(), c -> c));
    forged.put("no typ", signed(header("HS256").type(null).build(), c -> c));
    forged.put("kid", signed(header("HS256").keyID("../../dev/null").build(), c -> c));
    forged.put(
        "crit",
        signed(header("HS256").customParam("b", 1).criticalParams(Set.of("b")).build(), c -> c));
    forged.put("refresh token", refresh);
    forged.put("huge", signed(HEADER, c -> c.claim("padding", "x".repeat(8000))));
    forged.put("deep JSON", base64("{\"a\":".repeat(1200)) + "." + parts[1] + "." + parts[2]);
    forged.put("space inside", parts[0] + "." + parts[1] + ". " + parts[2]);
    return forged.entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getKey(), () -> assertThat(status(entry.getValue())).isEqualTo(401)))
        .toList();
  }

  @TestFactory
  Iterable<DynamicTest> aTokenBelongsIntoABearerHeader() {
    Map<Caller, String> wrong = new LinkedHashMap<>();
    wrong.put(Caller.anonymous(node), "nothing");
    wrong.put(Caller.withHeader(node, "Authorization", genuine), "no scheme");
    wrong.put(Caller.withHeader(node, "Authorization", "Basic " + genuine), "Basic");
    wrong.put(Caller.withHeader(node, "Authorization", "Bearer"), "scheme alone");
    wrong.put(Caller.withHeader(node, "Authorization", "Bearer  "), "empty");
    wrong.put(Caller.withHeader(node, "Cookie", "JWT=" + genuine), "cookie");
    wrong.put(Caller.withHeader(node, "X-Crewline-User", "admin"), "naming oneself");
    return wrong.entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getValue(),
                    () -> assertThat(entry.getKey().get("/api/me").status()).isEqualTo(401)))
        .toList();
  }

  @Test
  void noneIsTakenFromTheAddress() {
    Caller anonymous = Caller.anonymous(node);
    assertThat(anonymous.get("/api/me?access_token=" + genuine).status()).isEqualTo(401);
    assertThat(anonymous.get("/api/me?token=" + genuine).status()).isEqualTo(401);
  }

  @Test
  void theAnswerSaysWhy() throws JOSEException {
    Caller.Answer expired =
        Caller.withToken(node, signed(HEADER, c -> c.expirationTime(at(-1)))).get("/api/me");
    assertThat(expired.body())
        .containsEntry("code", "unauthenticated")
        .containsEntry("detail", "the token has expired");
    assertThat(expired.raw().headers().firstValue("WWW-Authenticate").orElse(""))
        .startsWith("Bearer");
  }

  private static int status(String token) {
    return Caller.withToken(node, token).get("/api/me").status();
  }

  private static JWSHeader.Builder header(String algorithm) {
    return new JWSHeader.Builder(JWSAlgorithm.parse(algorithm)).type(new JOSEObjectType("at+jwt"));
  }

  private static JWTClaimsSet.Builder claims() {
    return new JWTClaimsSet.Builder()
        .issuer("crewline")
        .subject("admin")
        .issueTime(at(-10))
        .expirationTime(at(600));
  }

  private static Date at(long secondsFromNow) {
    return Date.from(Instant.now().plusSeconds(secondsFromNow));
  }

  private static String signed(JWSHeader header, UnaryOperator<JWTClaimsSet.Builder> change)
      throws JOSEException {
    SignedJWT token = new SignedJWT(header, change.apply(claims()).build());
    token.sign(signer);
    return token.serialize();
  }

  private static String signedBy(String secret) throws JOSEException {
    SignedJWT token = new SignedJWT(HEADER, claims().build());
    token.sign(
        new MACSigner(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256")));
    return token.serialize();
  }

  private static String otherSignature() throws JOSEException {
    return signed(HEADER, claims -> claims).split("\\.", -1)[2];
  }

  /** Differs in bits that a lenient Base64 decoder drops: 43 characters hold 258 bits, not 256. */
  private static String withOtherEnd(String token) {
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    int last = token.length() - 1;
    return token.substring(0, last) + alphabet.charAt(alphabet.indexOf(token.charAt(last)) ^ 1);
  }

  private static String reheaded(String algorithm, String[] parts) {
    return header(algorithm).build().toBase64URL() + "." + parts[1] + "." + parts[2];
  }

  private static String base64(String json) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(json.getBytes(StandardCharsets.UTF_8));
  }
}

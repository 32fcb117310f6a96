package io.crewline.account;

import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.JWEObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.DirectEncrypter;
import io.crewline.testing.TestNode;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * Tokens that a hostile client could send, by what is wrong with them. Those with odd headers or
 * claims are signed with the right key where that makes them harder to refuse.
 */
final class ForgedTokens {
  private static final String HEADER = "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}";

  private final SecretKey key;
  private final String genuine;
  private final Map<String, String> forged = new LinkedHashMap<>();

  /**
   * @param genuine a valid token, some of which are spoilt
   */
  ForgedTokens(SecretKey key, String genuine) {
    this.key = key;
    this.genuine = genuine;
  }

  Map<String, String> all() throws GeneralSecurityException, JOSEException {
    shapes();
    signatures();
    headers();
    times();
    subjects();
    otherClaims();
    return forged;
  }

  /** A token with these claims and a good header, signed with the right key. */
  String withClaims(String claims) {
    return signed(HEADER, claims);
  }

  /** Good claims, in which some text is replaced. */
  static String claims(String from, String to) {
    long now = Instant.now().getEpochSecond();
    String claims =
        "{\"iss\":\"crewline\",\"sub\":\"admin\",\"iat\":%d,\"exp\":%d}"
            .formatted(now - 10, now + 600);
    String changed = claims.replaceAll(from, to);
    if (changed.equals(claims) && !from.isEmpty()) {
      throw new IllegalArgumentException(from);
    }
    return changed;
  }

  private void shapes() {
    String[] parts = genuine.split("\\.", -1);
    forged.put("garbage", "garbage");
    forged.put("two dots", "..");
    forged.put("three words", "a.b.c");
    forged.put("five words", "a.b.c.d.e");
    forged.put("no JSON", base64("[]") + "." + base64("null") + "." + parts[2]);
    forged.put("two parts", parts[0] + "." + parts[1]);
    forged.put("four parts", genuine + "." + parts[2]);
    forged.put("a dot more", genuine + ".");
    forged.put("a dot before", "." + genuine);
    forged.put("trailing garbage", genuine + "garbage");
    forged.put("one character short", genuine.substring(0, genuine.length() - 1));
    forged.put("half of it", genuine.substring(0, genuine.length() / 2));
    forged.put("padded signature", genuine + "=");
    forged.put("padded claims", parts[0] + "." + parts[1] + "=." + parts[2]);
    forged.put("twice, with a comma", genuine + "," + genuine);
    forged.put("twice, with a space", genuine + " " + genuine);
    forged.put("quoted", "\"" + genuine + "\"");
    forged.put("scheme twice", "Bearer " + genuine);
    forged.put("space inside", parts[0] + "." + parts[1] + ". " + parts[2]);
    forged.put("tab inside", parts[0] + "." + parts[1] + "\t." + parts[2]);
    forged.put("dots escaped", genuine.replace(".", "%2E"));
    forged.put("full-width dots", genuine.replace(".", "\uff0e"));
    forged.put("zero-width space", genuine + "\u200b");
    forged.put("lower case", genuine.toLowerCase(Locale.ROOT));
    forged.put(
        "JSON serialization",
        "{\"protected\":\"%s\",\"payload\":\"%s\",\"signature\":\"%s\"}"
            .formatted(parts[0], parts[1], parts[2]));
    forged.put("deep JSON", base64("{\"a\":".repeat(1200)) + "." + parts[1] + "." + parts[2]);
    forged.put("12 KB", withClaims(claims("\\}", ",\"padding\":\"" + "x".repeat(9000) + "\"}")));
  }

  private void signatures() throws GeneralSecurityException {
    String[] parts = genuine.split("\\.", -1);
    String body = parts[0] + "." + parts[1] + ".";
    forged.put("no signature", body);
    forged.put("signature of zeros", body + "A".repeat(43));
    forged.put("signature cut", genuine.substring(0, genuine.length() - 4));
    forged.put("signature with a byte more", body + base64(decoded(parts[2]), new byte[1]));
    forged.put("signature with unused bits set", withOtherEnd(genuine));
    forged.put("signature of other claims", body + withClaims(claims("", "")).split("\\.", -1)[2]);
    forged.put(
        "claims of another", parts[0] + "." + base64(claims("admin", "nobody")) + "." + parts[2]);
    forged.put("claims with a byte more", parts[0] + "." + parts[1] + "IA." + parts[2]);
    forged.put("raw secret as key", signedBy(TestNode.SECRET));
    forged.put("another secret", signedBy("another-secret-another-secret-another"));
    forged.put("the key's name as key", signedBy("HmacSHA256"));
    forged.put("one zero byte as key", signedBy("\0"));
  }

  private void headers() throws GeneralSecurityException, JOSEException {
    String claims = claims("", "");
    for (String none : new String[] {"none", "None", "NONE", "nOnE", "none ", ""}) {
      String header = HEADER.replace("HS256", none);
      forged.put("alg '" + none + "'", base64(header) + "." + base64(claims) + ".");
      forged.put("alg '" + none + "', signed", signed(header, claims));
    }
    for (String alg : new String[] {"hs256", "HS256 ", "HS384", "HS512", "RS256", "ES256", "dir"}) {
      forged.put("alg " + alg + " over HS256", signed(HEADER.replace("HS256", alg), claims));
    }
    forged.put("HS384", signed(HEADER.replace("HS256", "HS384"), claims, "HmacSHA384", key));
    forged.put("HS512", signed(HEADER.replace("HS256", "HS512"), claims, "HmacSHA512", key));
    KeyPair rsa = KeyPairGenerator.getInstance("RSA").generateKeyPair();
    String rs256 = base64(HEADER.replace("HS256", "RS256")) + "." + base64(claims);
    Signature signature = Signature.getInstance("SHA256withRSA");
    signature.initSign(rsa.getPrivate());
    signature.update(rs256.getBytes(StandardCharsets.US_ASCII));
    forged.put("RS256", rs256 + "." + base64(signature.sign()));
    forged.put(
        "HS256 by a public key",
        signed(HEADER, claims, "HmacSHA256", new SecretKeySpec(rsa.getPublic().getEncoded(), "")));
    JWEObject encrypted =
        new JWEObject(
            new JWEHeader(JWEAlgorithm.DIR, EncryptionMethod.A256GCM), new Payload(claims));
    encrypted.encrypt(new DirectEncrypter(key.getEncoded()));
    forged.put("encrypted with the right key", encrypted.serialize());
    JWEObject nested =
        new JWEObject(
            new JWEHeader.Builder(JWEAlgorithm.DIR, EncryptionMethod.A256GCM)
                .contentType("JWT")
                .build(),
            new Payload(genuine));
    nested.encrypt(new DirectEncrypter(key.getEncoded()));
    forged.put("nested", nested.serialize());
    header("no alg", "{\"typ\":\"at+jwt\"}");
    header("alg null", HEADER.replace("\"HS256\"", "null"));
    header("alg a list", HEADER.replace("\"HS256\"", "[\"HS256\"]"));
    header("alg twice", "{\"alg\":\"none\",\"alg\":\"HS256\",\"typ\":\"at+jwt\"}");
    header("alg twice, none last", "{\"alg\":\"HS256\",\"alg\":\"none\",\"typ\":\"at+jwt\"}");
    header("typ twice", "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"typ\":\"at+jwt\"}");
    header("no typ", "{\"alg\":\"HS256\"}");
    header("typ JWT", HEADER.replace("at+jwt", "JWT"));
    header("typ of another token", HEADER.replace("at+jwt", "rt+jwt"));
    header("typ a number", HEADER.replace("\"at+jwt\"", "1"));
    header("header a list", "[" + HEADER + "]");
    header("header with garbage behind", HEADER + "garbage");
    header("header in two", HEADER + HEADER);
    for (String member :
        new String[] {
          "\"kid\":\"../../../../dev/null\"",
          "\"kid\":\"' UNION SELECT 'key'; --\"",
          "\"jku\":\"http://127.0.0.1:1/keys\"",
          "\"x5u\":\"http://127.0.0.1:1/chain\"",
          "\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"}",
          "\"x5c\":[\"AAAA\"]",
          "\"crit\":[\"exp\"],\"exp\":1",
          "\"crit\":[]",
          "\"b64\":false,\"crit\":[\"b64\"]",
          "\"zip\":\"DEF\"",
          "\"cty\":\"JWT\"",
          "\"enc\":\"A256GCM\"",
          "\"unknown\":null"
        }) {
      header(member, HEADER.replace("}", "," + member + "}"));
    }
  }

  private void times() {
    String exp = "\"exp\":\\d+";
    String iat = "\"iat\":\\d+";
    claim("expired", exp, "\"exp\":" + Instant.now().minusSeconds(1).getEpochSecond());
    claim("no exp", "," + exp, "");
    for (String odd :
        new String[] {
          "null",
          "-1",
          "0",
          "1.5",
          "1e300",
          "-1e300",
          "9223372036854775807",
          "9223372036854776",
          "99999999999999999999999999",
          "\"4102444800\"",
          "\"2099-01-01\"",
          "true",
          "[4102444800]"
        }) {
      claim("exp " + odd, exp, "\"exp\":" + odd);
    }
    claim("exp twice", exp, "\"exp\":1,\"exp\":4102444800");
    claim("no iat", iat + ",", "");
    claim("iat tomorrow", iat, "\"iat\":" + Instant.now().plusSeconds(86_400).getEpochSecond());
    claim("iat a text", iat, "\"iat\":\"0\"");
    claim("iat null", iat, "\"iat\":null");
    claim("nbf tomorrow", exp, "$0,\"nbf\":" + Instant.now().plusSeconds(86_400).getEpochSecond());
    claim("nbf a text", exp, "$0,\"nbf\":\"0\"");
  }

  private void subjects() {
    String sub = "\"admin\"";
    claim("no sub", "\"sub\":\"admin\",", "");
    for (String odd :
        new String[] {
          "null",
          "\"\"",
          "1",
          "true",
          "[\"admin\"]",
          "{\"id\":\"admin\"}",
          "\"admin\\\\u0000\"",
          "\"\\\\u0000admin\"",
          "\" admin\"",
          "\"admin\\\\n\"",
          "\"Admin\"",
          "\"nobody\"",
          "\"\u0430dmin\"",
          "\"\uff41dmin\"",
          "\"admin\u200b\"",
          "\"Robert'); --\"",
          "\"disabled\""
        }) {
      claim("sub " + odd, sub, odd);
    }
    claim("sub twice", sub, "\"nobody\",\"sub\":\"admin\"");
    claim("sub very long", sub, "\"" + "a".repeat(1000) + "\"");
  }

  private void otherClaims() {
    claim("no iss", "\"iss\":\"crewline\",", "");
    claim("other iss", "\"crewline\"", "\"somebody\"");
    claim("iss a list", "\"crewline\"", "[\"crewline\"]");
    claim("iss twice", "\"iss\"", "\"iss\":\"somebody\",\"iss\"");
    claim("for another audience", "\\}", ",\"aud\":\"another-service\"}");
    claim("sid a number", "\\}", ",\"sid\":1}");
    claim("sid a list", "\\}", ",\"sid\":[\"a\"]}");
    forged.put("claims a list", withClaims("[" + claims("", "") + "]"));
    forged.put("claims null", withClaims("null"));
    forged.put("claims empty", withClaims(""));
    forged.put("claims with garbage behind", withClaims(claims("", "") + "garbage"));
    forged.put("claims in two", withClaims("{}" + claims("", "")));
  }

  private void header(String name, String header) {
    forged.put(name, signed(header, claims("", "")));
  }

  private void claim(String name, String from, String to) {
    forged.put(name, withClaims(claims(from, to)));
  }

  private String signed(String header, String claims) {
    return signed(header, claims, "HmacSHA256", key);
  }

  private static String signedBy(String secret) {
    return signed(
        HEADER,
        claims("", ""),
        "HmacSHA256",
        new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
  }

  private static String signed(String header, String claims, String algorithm, SecretKey by) {
    try {
      String body = base64(header) + "." + base64(claims);
      Mac mac = Mac.getInstance(algorithm);
      mac.init(new SecretKeySpec(by.getEncoded(), algorithm));
      return body + "." + base64(mac.doFinal(body.getBytes(StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Differs in bits that a lenient Base64 decoder drops: 43 characters hold 258 bits, not 256. */
  private static String withOtherEnd(String token) {
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    int last = token.length() - 1;
    return token.substring(0, last) + alphabet.charAt(alphabet.indexOf(token.charAt(last)) ^ 1);
  }

  private static byte[] decoded(String part) {
    return Base64.getUrlDecoder().decode(part);
  }

  private static String base64(String text) {
    return base64(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static String base64(byte[] bytes, byte[] more) {
    byte[] all = java.util.Arrays.copyOf(bytes, bytes.length + more.length);
    return base64(all);
  }
}

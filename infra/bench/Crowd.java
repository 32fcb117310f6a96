import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * Many users in rooms, put straight into the database, since hashing thousands of passwords is not
 * what is measured: {@code crowd-0} and so on, all in room {@code big}, and in rooms {@code own-0}
 * and so on of {@value #IN_ROOM} users each.
 */
final class Crowd {
  static final int IN_ROOM = 100;

  /** As the node derives the key of its tokens. */
  private static final String PURPOSE = "crewline access token HS256 v1";

  private Crowd() {}

  /** Returns an access token of each user. */
  static List<String> create(Postgres postgres, int users) {
    postgres.update(
        """
        INSERT INTO account (username, display_name, role)
        SELECT 'crowd-' || i, 'Crowd ' || i, 'member' FROM generate_series(0, %1$d - 1) i;
        INSERT INTO room (cid, type, id, name, private, created_at)
        SELECT 'messaging:' || id, 'messaging', id, id, true, now()
        FROM (SELECT 'big' AS id
              UNION ALL SELECT 'own-' || i FROM generate_series(0, (%1$d - 1) / %2$d) i) ids;
        INSERT INTO topic (name)
        SELECT 'room:' || cid FROM room WHERE id = 'big' OR id LIKE 'own-%%'
        ORDER BY 1 ON CONFLICT DO NOTHING;
        INSERT INTO room_member (cid, username, read_seq, joined_at)
        SELECT 'messaging:big', 'crowd-' || i, 0, now() FROM generate_series(0, %1$d - 1) i
        UNION ALL
        SELECT 'messaging:own-' || i / %2$d, 'crowd-' || i, 0, now()
        FROM generate_series(0, %1$d - 1) i;
        """
            .formatted(users, IN_ROOM));
    postgres.update("ANALYZE");
    List<String> tokens = new ArrayList<>(users);
    for (int i = 0; i < users; i++) {
      tokens.add(token("crowd-" + i));
    }
    return tokens;
  }

  /** An access token, as the node would issue it. */
  static String token(String username) {
    Instant now = Instant.now();
    SignedJWT token =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.HS256).type(new JOSEObjectType("at+jwt")).build(),
            new JWTClaimsSet.Builder()
                .issuer("crewline")
                .subject(username)
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plusSeconds(3600)))
                .build());
    try {
      token.sign(
          new MACSigner(
              KDF.getInstance("HKDF-SHA256")
                  .deriveKey(
                      "HmacSHA256",
                      HKDFParameterSpec.ofExtract()
                          .addIKM(Node.SECRET.getBytes(StandardCharsets.UTF_8))
                          .thenExpand(PURPOSE.getBytes(StandardCharsets.UTF_8), 32))));
    } catch (JOSEException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    return token.serialize();
  }
}

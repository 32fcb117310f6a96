package io.crewline.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;

/**
 * A certificate that signs itself, so whoever trusts it trusts it alone; as PEM files.
 *
 * @param certificate its file
 * @param key the file of its private key
 */
public record TestCertificate(Path certificate, Path key) {
  private static final char[] PASSWORD = "password".toCharArray();

  /**
   * Makes one.
   *
   * @param names as keytool wants them, such as {@code ip:127.0.0.1}
   */
  public static TestCertificate of(String names) {
    try {
      Path directory = Files.createTempDirectory("certificate");
      Path store = directory.resolve("store.p12");
      String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
      Process made =
          new ProcessBuilder(
                  keytool,
                  "-genkeypair",
                  "-alias",
                  "test",
                  "-keyalg",
                  "EC",
                  "-dname",
                  "CN=test",
                  "-ext",
                  "san=" + names,
                  "-ext",
                  "bc=ca:true",
                  "-keystore",
                  store.toString(),
                  "-storepass",
                  new String(PASSWORD))
              .redirectErrorStream(true)
              .start();
      String output = new String(made.getInputStream().readAllBytes(), US_ASCII);
      if (made.waitFor() != 0) {
        throw new IllegalStateException(output);
      }
      KeyStore keys = KeyStore.getInstance("PKCS12");
      try (InputStream in = Files.newInputStream(store)) {
        keys.load(in, PASSWORD);
      }
      return new TestCertificate(
          pem(directory, "CERTIFICATE", keys.getCertificate("test").getEncoded()),
          pem(directory, "PRIVATE KEY", keys.getKey("test", PASSWORD).getEncoded()));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static Path pem(Path directory, String kind, byte[] bytes) throws Exception {
    String text =
        "-----BEGIN %s-----\n%s\n-----END %s-----\n"
            .formatted(
                kind, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes), kind);
    return Files.writeString(directory.resolve(kind.replace(' ', '-') + ".pem"), text);
  }
}

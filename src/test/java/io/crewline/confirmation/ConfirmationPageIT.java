package io.crewline.confirmation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.crewline.Crewline;
import io.crewline.confirmation.Desk.Link;
import io.crewline.testing.TestNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The page in a real browser, where there are Node.js, Chromium and the packages of {@code
 * src/test/web/confirmation} ({@code npm ci}). Screenshots go to {@code target/screenshots}.
 */
final class ConfirmationPageIT {
  private static final Path SCRIPTS = Path.of("src", "test", "web", "confirmation");

  @Test
  @Timeout(240)
  void thePageWorksOnAPhoneWithAndWithoutScripts() throws IOException, InterruptedException {
    String chromium = find("chromium", "chromium-browser", "google-chrome");
    String javascript = find("node");
    assumeTrue(chromium != null, "no Chromium on the PATH: the page is not opened in a browser");
    assumeTrue(javascript != null, "no Node.js on the PATH: the page is not opened in a browser");
    assumeTrue(
        Files.isDirectory(SCRIPTS.resolve("node_modules")),
        "no packages in " + SCRIPTS + " (npm ci): the page is not opened in a browser");
    Path photo = photo();
    try (Crewline node = TestNode.start()) {
      Desk desk = new Desk(node);
      ProcessBuilder script =
          new ProcessBuilder(Objects.requireNonNull(javascript), "page.test.js")
              .directory(SCRIPTS.toFile())
              .redirectErrorStream(true);
      script
          .environment()
          .putAll(
              Map.of(
                  "PAGE_URL", two(desk).url(),
                  "PLAIN_URL", two(desk).url(),
                  "PHOTO", photo.toString(),
                  "SHOTS", Path.of("target", "screenshots").toAbsolutePath().toString(),
                  "CHROMIUM", Objects.requireNonNull(chromium)));
      Process process = script.start();
      String output;
      try {
        output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
      } finally {
        process.destroyForcibly();
      }
      assertThat(process.exitValue()).as(output).isZero();
      assertThat(output).contains("photo of 8", "with progress", "doubled nothing");
    } finally {
      Files.delete(photo);
    }
  }

  private static Link two(Desk desk) {
    long kim = desk.employee("Kim Sørensen");
    return desk.link(
        kim, desk.task("Dichtung an Pumpe 3 wechseln", kim), desk.task("Ventil schließen", kim));
  }

  private static @Nullable String find(String... names) {
    String path = System.getenv("PATH");
    return Stream.of(names)
        .flatMap(
            name ->
                Stream.of((path == null ? "" : path).split(":", -1))
                    .map(folder -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .map(Path::toString)
        .findFirst()
        .orElse(null);
  }

  /** A photo of 8 MB: noise, which cannot be made smaller. */
  private static Path photo() throws IOException {
    Path file = Files.createTempFile("photo", ".jpg");
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ImageWriteParam quality = writer.getDefaultWriteParam();
    quality.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    quality.setCompressionQuality(0.9f);
    Random random = new Random(1);
    for (int height = 1000; Files.size(file) < 8_000_000; height += 200) {
      BufferedImage image = new BufferedImage(2400, height, BufferedImage.TYPE_INT_RGB);
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < 2400; x++) {
          image.setRGB(x, y, random.nextInt());
        }
      }
      Files.delete(file);
      try (ImageOutputStream out = ImageIO.createImageOutputStream(file.toFile())) {
        writer.setOutput(out);
        writer.write(null, new IIOImage(image, null, null), quality);
      }
    }
    writer.dispose();
    return file;
  }
}

package io.crewline.attachment;

import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.FileImageInputStream;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.ImageOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes small pictures of images. Decoding is the one thing here that takes memory and processor
 * time by the pixel, so it happens on few threads of its own, and of large images only as many rows
 * and columns are kept as the thumbnail needs. Whoever comes while {@value #WAITING} wait is told
 * to come back.
 */
@Singleton
final class Thumbnails {
  static final int LONGEST = 320;

  private static final Logger LOG = LoggerFactory.getLogger(Thumbnails.class);
  private static final int WAITING = 500;
  private static final float QUALITY = 0.8f;

  private final ThreadPoolExecutor threads;

  Thumbnails() {
    // No window system. ImageIO itself is not touched before the first image: a start is fast.
    System.setProperty("java.awt.headless", "true");
    int count = Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors() / 2));
    this.threads =
        new ThreadPoolExecutor(
            count,
            count,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING),
            Thread.ofPlatform().daemon().name("crewline-thumbnail-", 0).factory());
    threads.allowCoreThreadTimeOut(true);
  }

  /** A small picture, JPEG unless the image can be looked through. */
  record Thumbnail(ImageType type, byte[] bytes) {}

  /**
   * Decodes a file that is known to be within the limits.
   *
   * @throws BrokenImageException when it cannot be decoded
   */
  Thumbnail of(Path file, CleanImage image) throws IOException {
    Future<Thumbnail> result;
    try {
      result = threads.submit(() -> make(file, image));
    } catch (RejectedExecutionException e) {
      throw ApiException.unavailable("too many uploads at once", 5000);
    }
    try {
      return result.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error && !(error instanceof OutOfMemoryError)) {
        throw error;
      }
      // Decoders fail in many ways at files that are no images, with exceptions of every kind.
      LOG.debug("An image cannot be decoded", e);
      if (e.getCause() instanceof OutOfMemoryError) {
        throw ApiException.of(ErrorCode.TOO_LARGE, "the image takes too much memory to decode");
      }
      throw new BrokenImageException("it cannot be decoded");
    } catch (InterruptedException e) {
      result.cancel(true);
      Thread.currentThread().interrupt();
      throw ApiException.unavailable("the server stops");
    }
  }

  private static Thumbnail make(Path file, CleanImage image) throws IOException {
    // No cache files of its own.
    ImageIO.setUseCache(false);
    BufferedImage small = turned(scaled(decoded(file.toFile(), image)), image.orientation());
    boolean opaque = !small.getColorModel().hasAlpha();
    return opaque
        ? new Thumbnail(ImageType.JPEG, encoded(small, "jpeg"))
        : new Thumbnail(ImageType.PNG, encoded(small, "png"));
  }

  private static BufferedImage decoded(File file, CleanImage image) throws IOException {
    String format = image.type().mediaType().substring("image/".length());
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format);
    if (!readers.hasNext()) {
      throw new IOException("no decoder of " + format);
    }
    ImageReader reader = readers.next();
    try (ImageInputStream in = new FileImageInputStream(file)) {
      reader.setInput(in, true, true);
      int width = reader.getWidth(0);
      int height = reader.getHeight(0);
      int step = Math.max(1, Math.max(width, height) / (2 * LONGEST));
      ImageReadParam param = reader.getDefaultReadParam();
      param.setSourceSubsampling(step, step, 0, 0);
      return reader.read(0, param);
    } finally {
      reader.dispose();
    }
  }

  private static BufferedImage scaled(BufferedImage image) {
    int longest = Math.max(image.getWidth(), image.getHeight());
    double factor = Math.min(1, (double) LONGEST / longest);
    int width = Math.max(1, (int) Math.round(image.getWidth() * factor));
    int height = Math.max(1, (int) Math.round(image.getHeight() * factor));
    boolean alpha = image.getColorModel().hasAlpha();
    BufferedImage small =
        new BufferedImage(
            width, height, alpha ? BufferedImage.TYPE_INT_ARGB : BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = small.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    graphics.setRenderingHint(RenderingHints.KEY_RENDERING, RenderingHints.VALUE_RENDER_QUALITY);
    if (!alpha) {
      graphics.setColor(Color.WHITE);
      graphics.fillRect(0, 0, width, height);
    }
    graphics.drawImage(image, 0, 0, width, height, null);
    graphics.dispose();
    return small;
  }

  /** Turns and mirrors a picture so that it is upright (EXIF 2.32 §4.6.5, figure 14). */
  private static BufferedImage turned(BufferedImage image, int orientation) {
    if (orientation == 1) {
      return image;
    }
    int w = image.getWidth();
    int h = image.getHeight();
    AffineTransform turn =
        switch (orientation) {
          case 2 -> new AffineTransform(-1, 0, 0, 1, w, 0);
          case 3 -> new AffineTransform(-1, 0, 0, -1, w, h);
          case 4 -> new AffineTransform(1, 0, 0, -1, 0, h);
          case 5 -> new AffineTransform(0, 1, 1, 0, 0, 0);
          case 6 -> new AffineTransform(0, 1, -1, 0, h, 0);
          case 7 -> new AffineTransform(0, -1, -1, 0, h, w);
          default -> new AffineTransform(0, -1, 1, 0, 0, w);
        };
    boolean swapped = orientation > 4;
    BufferedImage upright = new BufferedImage(swapped ? h : w, swapped ? w : h, image.getType());
    Graphics2D graphics = upright.createGraphics();
    graphics.drawImage(image, turn, null);
    graphics.dispose();
    return upright;
  }

  private static byte[] encoded(BufferedImage image, String format) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      writer.setOutput(out);
      ImageWriteParam param = writer.getDefaultWriteParam();
      if (format.equals("jpeg")) {
        param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        param.setCompressionQuality(QUALITY);
      }
      writer.write(null, new IIOImage(image, null, null), param);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  @PreDestroy
  void stop() {
    threads.shutdownNow();
  }
}

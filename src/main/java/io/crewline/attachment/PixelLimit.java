package io.crewline.attachment;

import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;

/**
 * Counts what an image would be when it is decoded, while its headers are read. An image may have
 * as many pixels as the settings say; all frames of an animation together {@value #ANIMATION} times
 * as many, in at most {@value #FRAMES} frames.
 */
final class PixelLimit {
  static final int FRAMES = 1000;
  static final int ANIMATION = 8;

  private final long most;
  private long pixels;
  private int frames;

  PixelLimit(long most) {
    this.most = most;
  }

  /** The image, or one frame of it. */
  void check(long width, long height) throws BrokenImageException {
    if (width <= 0 || height <= 0) {
      throw new BrokenImageException("it has no pixels");
    }
    // Neither is more than 32 bits, so the product is within 64.
    if (width > Integer.MAX_VALUE || height > Integer.MAX_VALUE || width * height > most) {
      throw tooLarge("the image has more than " + most + " pixels");
    }
  }

  void countFrame(long width, long height) throws BrokenImageException {
    check(width, height);
    pixels += width * height;
    frames++;
    if (frames > FRAMES || pixels > ANIMATION * most) {
      throw tooLarge("the animation has too many frames");
    }
  }

  private static ApiException tooLarge(String message) {
    return ApiException.of(ErrorCode.TOO_LARGE, message);
  }
}

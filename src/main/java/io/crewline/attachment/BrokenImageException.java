package io.crewline.attachment;

import java.io.IOException;

/** A file that is not the image it seems to be. The message goes after "the image is broken: ". */
final class BrokenImageException extends IOException {
  private static final long serialVersionUID = 1L;

  BrokenImageException(String message) {
    super(message);
  }
}

package io.crewline.attachment;

/**
 * An image without its metadata.
 *
 * @param storedWidth in pixels, as its file has them
 * @param storedHeight in pixels, as its file has them
 * @param orientation how it is to be turned to be shown, 1 to 8 as EXIF counts
 * @param pieces what is left of its file
 */
record CleanImage(
    ImageType type, int storedWidth, int storedHeight, int orientation, Pieces pieces) {

  int width() {
    return orientation > 4 ? storedHeight : storedWidth;
  }

  int height() {
    return orientation > 4 ? storedWidth : storedHeight;
  }
}

package io.crewline.attachment;

import java.io.IOException;
import java.util.Arrays;

/**
 * Takes a JPEG file apart (ITU T.81 annex B). Kept are the image, its colour profile and what a
 * decoder must know of its colours; not kept are EXIF, XMP, IPTC, comments, previews and whatever
 * stands behind the end of the image. The orientation is kept as an EXIF of that alone.
 */
final class JpegFile {
  private static final int MOST_SCANS = 100;
  private static final byte[] EXIF = {'E', 'x', 'i', 'f', 0, 0};

  private final ImageSource in;
  private final PixelLimit limit;
  private final Pieces body = new Pieces();
  private int width;
  private int height;
  private int orientation = 1;
  private int scans;

  private JpegFile(ImageSource in, PixelLimit limit) {
    this.in = in;
    this.limit = limit;
  }

  static CleanImage read(ImageSource in, PixelLimit limit) throws IOException {
    JpegFile file = new JpegFile(in, limit);
    in.seek(2);
    int marker = file.marker();
    while (marker != 0xd9) {
      marker = file.segment(marker);
    }
    if (file.scans == 0) {
      throw new BrokenImageException("it has no image");
    }
    return new CleanImage(ImageType.JPEG, file.width, file.height, file.orientation, file.whole());
  }

  private Pieces whole() throws BrokenImageException {
    Pieces whole = new Pieces();
    whole.add(0xff, 0xd8);
    if (orientation != 1) {
      byte[] exif = Exif.of(orientation);
      int length = 2 + EXIF.length + exif.length;
      whole.add(0xff, 0xe1, length >> 8, length);
      whole.add(EXIF);
      whole.add(exif);
    }
    whole.addAll(body);
    whole.add(0xff, 0xd9);
    return whole;
  }

  /** Reads the next marker; there may be fill bytes before it. */
  private int marker() throws IOException {
    if (in.u8() != 0xff) {
      throw new BrokenImageException("a marker is missing");
    }
    int marker = in.u8();
    while (marker == 0xff) {
      marker = in.u8();
    }
    return marker;
  }

  /** Reads one segment and returns the marker after it. */
  private int segment(int marker) throws IOException {
    if (marker < 0xc0 || marker >= 0xd0 && marker <= 0xd8) {
      throw new BrokenImageException("a marker is in the wrong place");
    }
    long at = in.position() - 2;
    int length = in.u16();
    long end = at + 2 + length;
    if (length < 2 || end > in.size()) {
      throw new BrokenImageException("it ends early");
    }
    switch (marker) {
      case 0xc0, 0xc1, 0xc2 -> {
        frame();
        body.keep(at, end);
      }
      case 0xc4, 0xdb, 0xdd -> body.keep(at, end);
      case 0xe0 -> {
        if (length >= 16 && Arrays.equals(in.bytes(5), new byte[] {'J', 'F', 'I', 'F', 0})) {
          // Without the preview that may follow the density.
          byte[] head = in.bytes(7);
          body.add(0xff, 0xe0, 0, 16);
          body.add('J', 'F', 'I', 'F', 0);
          body.add(head);
          body.add(0, 0);
        }
      }
      case 0xe1 -> {
        if (length >= 8 && Arrays.equals(in.bytes(6), EXIF) && orientation == 1) {
          orientation = Exif.orientation(in, at + 10, end);
        }
      }
      case 0xe2 -> {
        if (length >= 16 && in.ascii(12).equals("ICC_PROFILE\0")) {
          body.keep(at, end);
        }
      }
      case 0xee -> {
        if (length >= 14 && in.ascii(5).equals("Adobe")) {
          keep(marker, at, Math.min(end, at + 16), end);
        }
      }
      case 0xda -> {
        scans++;
        if (width == 0 || scans > MOST_SCANS) {
          throw new BrokenImageException("its scans are not in order");
        }
        body.keep(at, end);
        in.seek(end);
        return entropy();
      }
      case 0xc3, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf, 0xcc, 0xde, 0xdf ->
          throw new BrokenImageException("its compression is not one that browsers show");
      default -> {
        // application data, comments, and the line count that no decoder wants
      }
    }
    in.seek(end);
    return marker();
  }

  private void frame() throws IOException {
    if (width != 0) {
      throw new BrokenImageException("it has two images in one");
    }
    if (in.u8() != 8) {
      throw new BrokenImageException("its precision is not 8 bits");
    }
    height = in.u16();
    width = in.u16();
    limit.check(width, height);
  }

  /** Keeps only a known beginning of a segment. */
  private void keep(int marker, long at, long to, long end) throws IOException {
    if (to == end) {
      body.keep(at, end);
      return;
    }
    int length = (int) (to - at - 2);
    body.add(0xff, marker, length >> 8, length);
    body.keep(at + 4, to);
  }

  /** Keeps the compressed pixels and returns the marker after them. */
  private int entropy() throws IOException {
    long from = in.position();
    while (true) {
      if (in.u8() != 0xff) {
        continue;
      }
      long to = in.position() - 1;
      int next = in.u8();
      while (next == 0xff) {
        next = in.u8();
      }
      if (next == 0 || next >= 0xd0 && next <= 0xd7) {
        continue;
      }
      body.keep(from, to);
      return next;
    }
  }
}

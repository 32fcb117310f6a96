package io.crewline.attachment;

import java.io.IOException;

/**
 * Takes a WebP file apart (RFC 9649 §2). Kept are the image or its frames, transparency and the
 * colour profile; not kept are EXIF, XMP, chunks that nobody knows, and whatever stands behind the
 * end. The orientation is kept as an EXIF of that alone.
 */
final class WebpFile {
  private static final int HAS_EXIF = 0x08;
  private static final int HAS_XMP = 0x04;

  private final ImageSource in;
  private final PixelLimit limit;
  private final Pieces body = new Pieces();
  private int width;
  private int height;
  private int orientation = 1;
  private int flags = -1;
  private boolean image;
  private final byte[] extended = new byte[18];

  private WebpFile(ImageSource in, PixelLimit limit) {
    this.in = in;
    this.limit = limit;
  }

  static CleanImage read(ImageSource in, PixelLimit limit) throws IOException {
    WebpFile file = new WebpFile(in, limit);
    in.seek(4);
    long end = 8 + in.le32();
    if (end > in.size()) {
      throw new BrokenImageException("it ends early");
    }
    in.seek(12);
    while (in.position() + 8 <= end) {
      file.chunk(end, true);
    }
    if (!file.image) {
      throw new BrokenImageException("it has no image");
    }
    return new CleanImage(ImageType.WEBP, file.width, file.height, file.orientation, file.whole());
  }

  private Pieces whole() throws BrokenImageException {
    Pieces chunks = new Pieces();
    if (flags >= 0) {
      boolean turned = orientation != 1;
      extended[8] = (byte) (flags & ~(HAS_EXIF | HAS_XMP) | (turned ? HAS_EXIF : 0));
      chunks.add(extended);
      chunks.addAll(body);
      if (turned) {
        byte[] exif = Exif.of(orientation);
        chunks.add('E', 'X', 'I', 'F', exif.length, 0, 0, 0);
        chunks.add(exif);
      }
    } else {
      orientation = 1;
      chunks.addAll(body);
    }
    long length = chunks.length() + 4;
    Pieces whole = new Pieces();
    whole.add('R', 'I', 'F', 'F');
    whole.add((int) length, (int) (length >> 8), (int) (length >> 16), (int) (length >> 24));
    whole.add('W', 'E', 'B', 'P');
    whole.addAll(chunks);
    return whole;
  }

  /** Reads one chunk, of the file or of a frame, and stands behind it then. */
  private void chunk(long outerEnd, boolean top) throws IOException {
    long at = in.position();
    String type = in.ascii(4);
    long length = in.le32();
    long end = at + 8 + length;
    // A file may end without the byte that fills up its last chunk.
    long padded = Math.min(end + (length & 1), outerEnd);
    if (end > outerEnd) {
      throw new BrokenImageException("it ends early");
    }
    boolean kept =
        switch (type) {
          case "VP8X" -> {
            if (!top || at != 12 || length < 10) {
              throw new BrokenImageException("its header is not where it should be");
            }
            extendedHeader();
            yield false;
          }
          case "VP8 ", "VP8L" -> {
            pixels(type, top);
            yield true;
          }
          case "ANMF" -> {
            if (!top || flags < 0) {
              throw new BrokenImageException("it has a frame in the wrong place");
            }
            frame(at, end);
            yield false;
          }
          case "ALPH" -> true;
          case "ICCP", "ANIM" -> top;
          case "EXIF" -> {
            if (top && orientation == 1 && flags >= 0) {
              orientation = exif(at + 8, end);
            }
            yield false;
          }
          default -> false;
        };
    if (kept) {
      body.keep(at, end);
      if ((length & 1) == 1) {
        body.add(0);
      }
    }
    in.seek(padded);
  }

  private void extendedHeader() throws IOException {
    flags = in.u8();
    in.skip(3);
    byte[] size = in.bytes(6);
    width = 1 + (size[0] & 0xff | (size[1] & 0xff) << 8 | (size[2] & 0xff) << 16);
    height = 1 + (size[3] & 0xff | (size[4] & 0xff) << 8 | (size[5] & 0xff) << 16);
    limit.check(width, height);
    byte[] head = {'V', 'P', '8', 'X', 10, 0, 0, 0};
    System.arraycopy(head, 0, extended, 0, head.length);
    System.arraycopy(size, 0, extended, 12, size.length);
  }

  /** The size that stands in the pixels themselves; a decoder may believe it instead. */
  private void pixels(String type, boolean top) throws IOException {
    int pixelWidth;
    int pixelHeight;
    if (type.equals("VP8 ")) {
      in.skip(3);
      if (in.u8() != 0x9d || in.u8() != 0x01 || in.u8() != 0x2a) {
        throw new BrokenImageException("its pixels do not begin as they should");
      }
      pixelWidth = in.le16() & 0x3fff;
      pixelHeight = in.le16() & 0x3fff;
    } else {
      if (in.u8() != 0x2f) {
        throw new BrokenImageException("its pixels do not begin as they should");
      }
      long bits = in.le32();
      pixelWidth = 1 + (int) (bits & 0x3fff);
      pixelHeight = 1 + (int) (bits >> 14 & 0x3fff);
    }
    limit.check(pixelWidth, pixelHeight);
    if (top) {
      if (image) {
        throw new BrokenImageException("it has two images in one");
      }
      if (flags >= 0 && (width != pixelWidth || height != pixelHeight)) {
        throw new BrokenImageException("it tells two sizes");
      }
      width = pixelWidth;
      height = pixelHeight;
    }
    image = true;
  }

  private void frame(long at, long end) throws IOException {
    in.skip(6);
    limit.countFrame(1L + in.le24(), 1L + in.le24());
    in.skip(4);
    long headEnd = in.position();
    // The frame is kept as a chunk of its own, whose length is known when its parts are.
    Pieces outer = new Pieces();
    outer.addAll(body);
    body.clear();
    while (in.position() + 8 <= end) {
      chunk(end, false);
    }
    long length = 16 + body.length();
    outer.add(
        'A',
        'N',
        'M',
        'F',
        (int) length,
        (int) (length >> 8),
        (int) (length >> 16),
        (int) (length >> 24));
    outer.keep(at + 8, headEnd);
    outer.addAll(body);
    body.clear();
    body.addAll(outer);
  }

  private int exif(long from, long to) throws IOException {
    in.seek(from);
    // Some writers put the name in front that JPEG needs.
    boolean named = to - from > 6 && in.ascii(6).equals("Exif\0\0");
    return Exif.orientation(in, named ? from + 6 : from, to);
  }
}

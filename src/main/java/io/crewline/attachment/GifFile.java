package io.crewline.attachment;

import java.io.IOException;
import java.util.Set;

/**
 * Takes a GIF file apart (GIF89a §18 and later). Kept are the frames, their timing and how often
 * they repeat; not kept are comments, texts, data of applications (XMP among them), and whatever
 * stands behind the end.
 */
final class GifFile {
  private static final Set<String> LOOPS = Set.of("NETSCAPE2.0", "ANIMEXTS1.0");

  private GifFile() {}

  static CleanImage read(ImageSource in, PixelLimit limit) throws IOException {
    in.seek(6);
    int width = in.le16();
    int height = in.le16();
    limit.check(width, height);
    int flags = in.u8();
    in.skip(2);
    in.skip(colours(flags));
    Pieces pieces = new Pieces();
    pieces.keep(0, in.position());
    boolean image = false;
    while (true) {
      long at = in.position();
      switch (in.u8()) {
        case 0x21 -> {
          boolean kept =
              switch (in.u8()) {
                case 0xf9 -> true;
                case 0xff -> isLoop(in);
                default -> false;
              };
          skipBlocks(in);
          if (kept) {
            pieces.keep(at, in.position());
          }
        }
        case 0x2c -> {
          in.skip(4);
          limit.countFrame(in.le16(), in.le16());
          in.skip(colours(in.u8()) + 1);
          skipBlocks(in);
          pieces.keep(at, in.position());
          image = true;
        }
        case 0x3b -> {
          if (!image) {
            throw new BrokenImageException("it has no image");
          }
          pieces.add(0x3b);
          return new CleanImage(ImageType.GIF, width, height, 1, pieces);
        }
        default -> throw new BrokenImageException("it has a part that nobody knows");
      }
    }
  }

  /** How many bytes the colours take that such flags announce. */
  private static int colours(int flags) {
    return (flags & 0x80) == 0 ? 0 : 3 << (flags & 7) + 1;
  }

  /** Leaves the position where it was. */
  private static boolean isLoop(ImageSource in) throws IOException {
    long before = in.position();
    boolean loop = in.u8() == 11 && LOOPS.contains(in.ascii(11));
    if (loop) {
      // One block of three bytes, then the end: nothing may hide behind it.
      loop = in.u8() == 3;
      if (loop) {
        in.skip(3);
        loop = in.u8() == 0;
      }
    }
    in.seek(before);
    return loop;
  }

  private static void skipBlocks(ImageSource in) throws IOException {
    for (int length = in.u8(); length != 0; length = in.u8()) {
      in.skip(length);
    }
  }
}

package io.crewline.attachment;

import java.io.IOException;

/** The one thing of EXIF that is needed to show an image: which way up it is (EXIF 2.32 §4.6.5). */
final class Exif {
  private static final int ORIENTATION = 0x0112;
  private static final int MOST_ENTRIES = 1000;

  private Exif() {}

  /**
   * The orientation in a TIFF structure; 1 when it tells none, or nothing that can be understood.
   */
  static int orientation(ImageSource in, long from, long to) throws IOException {
    long before = in.position();
    try {
      return read(in, from, to);
    } catch (BrokenImageException e) {
      return 1;
    } finally {
      in.seek(before);
    }
  }

  private static int read(ImageSource in, long from, long to) throws IOException {
    if (to - from < 14) {
      return 1;
    }
    in.seek(from);
    int order = in.u16();
    boolean little = order == 0x4949;
    if (!little && order != 0x4d4d || u16(in, little) != 42) {
      return 1;
    }
    long entries = from + (little ? in.le32() : in.u32());
    if (entries + 2 > to) {
      return 1;
    }
    in.seek(entries);
    int count = Math.min(u16(in, little), MOST_ENTRIES);
    for (int i = 0; i < count && in.position() + 12 <= to; i++) {
      int tag = u16(in, little);
      in.skip(6);
      int value = u16(in, little);
      in.skip(2);
      if (tag == ORIENTATION) {
        return value >= 1 && value <= 8 ? value : 1;
      }
    }
    return 1;
  }

  private static int u16(ImageSource in, boolean little) throws IOException {
    return little ? in.le16() : in.u16();
  }

  /** A TIFF structure that tells the orientation and nothing else. */
  static byte[] of(int orientation) {
    return new byte[] {
      'M',
      'M',
      0,
      42,
      0,
      0,
      0,
      8,
      0,
      1,
      0x01,
      0x12,
      0,
      3,
      0,
      0,
      0,
      1,
      0,
      (byte) orientation,
      0,
      0,
      0,
      0,
      0,
      0
    };
  }
}

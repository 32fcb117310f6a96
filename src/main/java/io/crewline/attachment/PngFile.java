package io.crewline.attachment;

import java.io.IOException;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * Takes a PNG file apart (W3C PNG 3, §5). Kept are the image and what tells its colours; not kept
 * are texts, times, EXIF, animation, chunks that nobody knows, and whatever stands behind the end.
 * The orientation is kept as an EXIF of that alone.
 */
final class PngFile {
  private static final long SIGNATURE = 8;
  private static final Set<String> KEPT =
      Set.of(
          "IHDR", "PLTE", "IDAT", "IEND", "tRNS", "cHRM", "gAMA", "iCCP", "sBIT", "sRGB", "cICP",
          "bKGD", "pHYs");

  private PngFile() {}

  static CleanImage read(ImageSource in, PixelLimit limit) throws IOException {
    Pieces pieces = new Pieces();
    pieces.keep(0, SIGNATURE);
    in.seek(SIGNATURE);
    long width = 0;
    long height = 0;
    int orientation = 1;
    boolean data = false;
    while (true) {
      long at = in.position();
      long length = in.u32();
      String type = in.ascii(4);
      long end = at + 12 + length;
      if (end > in.size()) {
        throw new BrokenImageException("it ends early");
      }
      if ((at == SIGNATURE) != type.equals("IHDR")) {
        throw new BrokenImageException("its header is not where it should be");
      }
      switch (type) {
        case "IHDR" -> {
          if (length != 13) {
            throw new BrokenImageException("its header is too long or too short");
          }
          width = in.u32();
          height = in.u32();
          limit.check(width, height);
        }
        case "eXIf" -> {
          if (orientation == 1) {
            orientation = Exif.orientation(in, at + 8, at + 8 + length);
          }
        }
        case "IDAT" -> data = true;
        default -> {
          if (Character.isUpperCase(type.charAt(0)) && !KEPT.contains(type)) {
            throw new BrokenImageException("it has a part that nobody knows");
          }
        }
      }
      if (type.equals("IEND")) {
        if (!data) {
          throw new BrokenImageException("it has no image");
        }
        if (orientation != 1) {
          pieces.add(chunk("eXIf", Exif.of(orientation)));
        }
        pieces.add(chunk("IEND", new byte[0]));
        return new CleanImage(ImageType.PNG, (int) width, (int) height, orientation, pieces);
      }
      if (KEPT.contains(type)) {
        pieces.keep(at, end);
      }
      in.seek(end);
    }
  }

  private static byte[] chunk(String type, byte[] data) {
    byte[] chunk = new byte[12 + data.length];
    put(chunk, 0, data.length);
    for (int i = 0; i < 4; i++) {
      chunk[4 + i] = (byte) type.charAt(i);
    }
    System.arraycopy(data, 0, chunk, 8, data.length);
    CRC32 sum = new CRC32();
    sum.update(chunk, 4, 4 + data.length);
    put(chunk, 8 + data.length, (int) sum.getValue());
    return chunk;
  }

  private static void put(byte[] into, int at, int value) {
    for (int i = 0; i < 4; i++) {
      into[at + i] = (byte) (value >> 8 * (3 - i));
    }
  }
}

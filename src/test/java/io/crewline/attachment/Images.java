package io.crewline.attachment;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;

/** Images made for tests, some with secrets in them. */
final class Images {
  /** Stands in every kind of metadata, and must not be found in what the server gives out. */
  static final String SECRET = "52.5163N-13.3777E";

  private Images() {}

  /** Red at the upper left, green upper right, blue lower left, white lower right. */
  static BufferedImage quarters(int width, int height, int type) {
    BufferedImage image = new BufferedImage(width, height, type);
    Graphics2D graphics = image.createGraphics();
    Color[] colours = {Color.RED, Color.GREEN, Color.BLUE, Color.WHITE};
    for (int i = 0; i < 4; i++) {
      graphics.setColor(colours[i]);
      graphics.fillRect(i % 2 * width / 2, i / 2 * height / 2, width / 2 + 1, height / 2 + 1);
    }
    graphics.dispose();
    return image;
  }

  static byte[] encode(BufferedImage image, String format) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(image, format, out)) {
        throw new AssertionError(format);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  static BufferedImage decode(byte[] bytes) {
    try {
      BufferedImage image = ImageIO.read(new ByteArrayInputStream(bytes));
      if (image == null) {
        throw new AssertionError("no image");
      }
      return image;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] jpeg(int width, int height) {
    return encode(quarters(width, height, BufferedImage.TYPE_INT_RGB), "jpeg");
  }

  static byte[] png(int width, int height) {
    return encode(quarters(width, height, BufferedImage.TYPE_INT_ARGB), "png");
  }

  static byte[] gif(int width, int height) {
    return encode(quarters(width, height, BufferedImage.TYPE_INT_RGB), "gif");
  }

  /** A lossy WebP of one pixel. */
  static byte[] webp() {
    return Base64.getDecoder()
        .decode("UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAUAmJaQAA3AA/v02aAA=");
  }

  /** A JPEG that cannot be compressed further, of about the given size. */
  static byte[] noise(int bytes) {
    int side = (int) Math.sqrt(bytes / 2.0);
    BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
    Random random = new Random(1);
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        image.setRGB(x, y, random.nextInt());
      }
    }
    return encode(image, "png");
  }

  /** With an EXIF that tells position and orientation, XMP, IPTC, a comment, and a tail. */
  static byte[] jpegWithSecrets(int width, int height, int orientation) {
    byte[] plain = jpeg(width, height);
    return concat(
        Arrays.copyOf(plain, 2),
        segment(0xe1, concat("Exif\0\0".getBytes(StandardCharsets.US_ASCII), exif(orientation))),
        segment(0xe1, text("http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + SECRET)),
        segment(0xed, text("Photoshop 3.0\0" + SECRET)),
        segment(0xfe, text(SECRET)),
        Arrays.copyOfRange(plain, 2, plain.length),
        text("PK\3\4" + SECRET));
  }

  static byte[] pngWithSecrets(int width, int height, int orientation) {
    byte[] plain = png(width, height);
    int afterHeader = 8 + 25;
    return concat(
        Arrays.copyOf(plain, afterHeader),
        chunk("tEXt", text("Comment\0" + SECRET)),
        chunk("iTXt", text("XML:com.adobe.xmp\0\0\0\0\0" + SECRET)),
        chunk("eXIf", exif(orientation)),
        Arrays.copyOfRange(plain, afterHeader, plain.length),
        text(SECRET));
  }

  static byte[] gifWithSecrets(int width, int height) {
    byte[] plain = gif(width, height);
    int head = 13 + (3 << (plain[10] & 7) + 1);
    byte[] comment =
        concat(new byte[] {0x21, (byte) 0xfe, (byte) SECRET.length()}, text(SECRET), new byte[1]);
    byte[] xmp =
        concat(
            new byte[] {0x21, (byte) 0xff, 11},
            text("XMP DataXMP"),
            new byte[] {(byte) SECRET.length()},
            text(SECRET),
            new byte[1]);
    return concat(
        Arrays.copyOf(plain, head),
        comment,
        xmp,
        Arrays.copyOfRange(plain, head, plain.length),
        text(SECRET));
  }

  static byte[] webpWithSecrets(int orientation) {
    byte[] pixels = Arrays.copyOfRange(webp(), 12, webp().length);
    byte[] header = {'V', 'P', '8', 'X', 10, 0, 0, 0, 0x0c, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    byte[] exif = exif(orientation);
    byte[] xmp = text(SECRET + "!");
    byte[] body =
        concat(
            text("WEBP"), header, pixels, riff("EXIF", exif), riff("XMP ", xmp), riff("hide", xmp));
    return concat(riff("RIFF", body), text(SECRET));
  }

  static byte[] riff(String type, byte[] data) {
    int n = data.length;
    return concat(
        text(type),
        new byte[] {(byte) n, (byte) (n >> 8), (byte) (n >> 16), (byte) (n >> 24)},
        data,
        new byte[n & 1]);
  }

  /** A TIFF structure, little-endian, with an orientation and a GPS directory. */
  static byte[] exif(int orientation) {
    byte[] secret = text(SECRET + "\0");
    java.nio.ByteBuffer tiff =
        java.nio.ByteBuffer.allocate(200).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    tiff.put(text("II")).putShort((short) 42).putInt(8);
    tiff.putShort((short) 2);
    tiff.putShort((short) 0x0112).putShort((short) 3).putInt(1).putInt(orientation);
    tiff.putShort((short) 0x8825).putShort((short) 4).putInt(1).putInt(38);
    tiff.putInt(0);
    tiff.putShort((short) 1);
    tiff.putShort((short) 0x001b).putShort((short) 2).putInt(secret.length).putInt(56);
    tiff.putInt(0).put(secret);
    return Arrays.copyOf(tiff.array(), (tiff.position() + 1) / 2 * 2);
  }

  /** A PNG header that promises more pixels than its file holds. */
  static byte[] bomb(int width, int height) {
    byte[] png = png(1, 1);
    java.nio.ByteBuffer header = java.nio.ByteBuffer.wrap(png);
    header.putInt(16, width).putInt(20, height);
    CRC32 sum = new CRC32();
    sum.update(png, 12, 17);
    header.putInt(29, (int) sum.getValue());
    return png;
  }

  private static byte[] segment(int marker, byte[] data) {
    int length = data.length + 2;
    return concat(
        new byte[] {(byte) 0xff, (byte) marker, (byte) (length >> 8), (byte) length}, data);
  }

  static byte[] chunk(String type, byte[] data) {
    CRC32 sum = new CRC32();
    sum.update(text(type));
    sum.update(data);
    return java.nio.ByteBuffer.allocate(12 + data.length)
        .putInt(data.length)
        .put(text(type))
        .put(data)
        .putInt((int) sum.getValue())
        .array();
  }

  static byte[] text(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}

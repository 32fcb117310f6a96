package io.crewline.attachment;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The image types that are accepted, known by how their files begin. */
enum ImageType {
  JPEG("image/jpeg", List.of("image/jpg", "image/pjpeg")),
  PNG("image/png", List.of("image/x-png", "image/apng")),
  WEBP("image/webp", List.of()),
  GIF("image/gif", List.of());

  /** How many bytes tell the type. */
  static final int HEAD = 16;

  private final String mediaType;
  private final List<String> aliases;

  ImageType(String mediaType, List<String> aliases) {
    this.mediaType = mediaType;
    this.aliases = aliases;
  }

  String mediaType() {
    return mediaType;
  }

  /** Whether a client that says this media type means this one; unknown ones say nothing. */
  boolean isCalled(@Nullable String told) {
    return told == null
        || told.equals("application/octet-stream")
        || told.equals(mediaType)
        || aliases.contains(told);
  }

  static Optional<ImageType> of(byte[] head) {
    return Arrays.stream(values()).filter(type -> type.begins(head)).findFirst();
  }

  /** HEIC and its relatives: what phones make of photos unless told otherwise (ISO 23008-12). */
  static boolean isHeic(byte[] head) {
    return has(head, 4, "ftyp")
        && List.of("heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1").stream()
            .anyMatch(brand -> has(head, 8, brand));
  }

  private boolean begins(byte[] head) {
    return switch (this) {
      case JPEG -> has(head, 0, "\u00ff\u00d8\u00ff");
      case PNG -> has(head, 0, "\u0089PNG\r\n\u001a\n");
      case WEBP -> has(head, 0, "RIFF") && has(head, 8, "WEBP");
      case GIF -> has(head, 0, "GIF87a") || has(head, 0, "GIF89a");
    };
  }

  private static boolean has(byte[] head, int at, String text) {
    if (head.length < at + text.length()) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if ((head[at + i] & 0xff) != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}

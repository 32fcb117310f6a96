package io.crewline.attachment;

import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;
import io.crewline.platform.UploadSettings;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The first part named {@code file} of a {@code multipart/form-data} body (RFC 7578), read while it
 * arrives. As a stream it ends where the part ends. Other parts before it are skipped, {@value
 * UploadSettings#FORM_BYTES} bytes of them at most; what comes after it is not looked at.
 *
 * <p>A body that ends before the part does is a {@link EOFException}, never a short file.
 */
final class MultipartFile extends InputStream {
  private static final int BUFFER = 16 * 1024;
  private static final int MAX_HEADER = 8 * 1024;
  private static final int MAX_PARTS = 100;
  private static final Pattern BOUNDARY =
      Pattern.compile(
          ";\\s*boundary=(?:\"([^\"]{1,70})\"|([^\\s;\"]{1,70}))", Pattern.CASE_INSENSITIVE);
  private static final Pattern NAME = parameter("name");
  private static final Pattern FILE_NAME = parameter("filename");

  private final InputStream body;
  private final byte[] delimiter;
  private final byte[] window = new byte[BUFFER];
  private int start;
  private int end;
  private boolean bodyEnded;
  private @Nullable String fileName;
  private @Nullable String contentType;

  private MultipartFile(InputStream body, String boundary) {
    this.body = body;
    this.delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
    // The first delimiter has no line before it.
    window[0] = '\r';
    window[1] = '\n';
    this.end = 2;
  }

  private static Pattern parameter(String name) {
    return Pattern.compile(
        ";\\s*" + name + "=(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^\\s;\"]+))", Pattern.CASE_INSENSITIVE);
  }

  /**
   * Reads up to the beginning of the file.
   *
   * @throws ApiException UNSUPPORTED_MEDIA_TYPE for a body that is no form, BAD_REQUEST for one
   *     without the part
   */
  static MultipartFile open(InputStream body, String mediaType) throws IOException {
    Matcher boundary = BOUNDARY.matcher(mediaType);
    if (!mediaType.toLowerCase(Locale.ROOT).startsWith("multipart/form-data")) {
      throw ApiException.of(
          ErrorCode.UNSUPPORTED_MEDIA_TYPE, "an upload is multipart/form-data with a part 'file'");
    }
    if (!boundary.find()) {
      throw ApiException.badRequest("the Content-Type has no boundary");
    }
    String found = boundary.group(1) == null ? boundary.group(2) : boundary.group(1);
    MultipartFile file = new MultipartFile(body, found);
    file.find();
    return file;
  }

  /** The name that the client gave the file, without folders; null for none. */
  @Nullable String fileName() {
    return fileName;
  }

  /** The media type that the client gave the file, without parameters; null for none. */
  @Nullable String contentType() {
    return contentType;
  }

  private void find() throws IOException {
    long skipped = 0;
    for (int part = 0; part < MAX_PARTS; part++) {
      while (true) {
        int length = available(1);
        if (length == 0) {
          break;
        }
        skipped += length;
        start += length;
        if (skipped > UploadSettings.FORM_BYTES) {
          throw ApiException.of(ErrorCode.TOO_LARGE, "the form has too much before its file");
        }
      }
      start += delimiter.length;
      if (headers()) {
        return;
      }
    }
    throw ApiException.badField("file", "is required");
  }

  /** Reads a part's headers; true if it is the file. */
  private boolean headers() throws IOException {
    String line = line();
    if (line.startsWith("--")) {
      throw ApiException.badField("file", "is required");
    }
    if (!line.isBlank()) {
      throw ApiException.badRequest("the form is not as its boundary says");
    }
    String disposition = "";
    String type = null;
    int length = 0;
    for (line = line(); !line.isEmpty(); line = line()) {
      length += line.length();
      if (length > MAX_HEADER) {
        throw ApiException.of(ErrorCode.TOO_LARGE, "the headers of a part are too long");
      }
      int colon = line.indexOf(':');
      String name = colon < 0 ? "" : line.substring(0, colon).strip().toLowerCase(Locale.ROOT);
      if (name.equals("content-disposition")) {
        disposition = line.substring(colon + 1);
      } else if (name.equals("content-type")) {
        type = line.substring(colon + 1).replaceAll(";.*", "").strip().toLowerCase(Locale.ROOT);
      }
    }
    if (!"file".equals(value(NAME, disposition))) {
      return false;
    }
    fileName = FileNames.clean(value(FILE_NAME, disposition));
    contentType = type == null || type.isEmpty() ? null : type;
    return true;
  }

  private static @Nullable String value(Pattern pattern, String disposition) {
    Matcher matcher = pattern.matcher(disposition);
    if (!matcher.find()) {
      return null;
    }
    return matcher.group(1) == null
        ? matcher.group(2)
        : matcher.group(1).replaceAll("\\\\([\"\\\\])", "$1");
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (true) {
      if (start == end && !fill()) {
        throw new EOFException("the form ends within a part");
      }
      byte next = window[start++];
      if (next == '\n') {
        String text = line.toString(StandardCharsets.UTF_8);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
      }
      line.write(next);
      if (line.size() > MAX_HEADER) {
        throw ApiException.of(ErrorCode.TOO_LARGE, "the headers of a part are too long");
      }
    }
  }

  /**
   * How many bytes of the part lie ready in the window; at least one, or 0 at its end. Those that
   * may be the beginning of the delimiter are held back.
   */
  private int available(int wanted) throws IOException {
    while (true) {
      int found = 0;
      int at = start;
      for (; at < end; at++) {
        found = 0;
        while (found < delimiter.length
            && at + found < end
            && window[at + found] == delimiter[found]) {
          found++;
        }
        if (found == delimiter.length || at + found == end) {
          break;
        }
      }
      if (at - start >= wanted) {
        return at - start;
      }
      if (at < end && found == delimiter.length) {
        return 0;
      }
      if (!fill()) {
        throw new EOFException("the form ends within a part");
      }
    }
  }

  /** Reads more of the body into the window; false at its end. */
  private boolean fill() throws IOException {
    if (start > 0) {
      System.arraycopy(window, start, window, 0, end - start);
      end -= start;
      start = 0;
    }
    int read;
    try {
      read = bodyEnded ? -1 : body.read(window, end, window.length - end);
    } catch (IOException e) {
      EOFException cut = new EOFException("the connection ends within the form");
      cut.initCause(e);
      throw cut;
    }
    bodyEnded = read < 0;
    end += Math.max(0, read);
    return !bodyEnded;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    int ready = Math.min(available(1), length);
    if (ready == 0) {
      return -1;
    }
    System.arraycopy(window, start, into, offset, ready);
    start += ready;
    return ready;
  }

  @Override
  public void close() throws IOException {
    body.close();
  }
}

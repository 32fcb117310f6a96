package io.crewline.attachment;

import io.micronaut.core.type.Argument;
import io.micronaut.core.type.MutableHeaders;
import io.micronaut.http.ByteBodyHttpResponse;
import io.micronaut.http.ByteBodyHttpResponseWrapper;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.body.ByteBodyFactory;
import io.micronaut.http.body.CloseableByteBody;
import io.micronaut.http.body.ResponseBodyWriter;
import io.micronaut.http.body.stream.InputStreamByteBody;
import io.micronaut.scheduling.TaskExecutors;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.io.OutputStream;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;

/**
 * Sends files as fast as the client takes them. The framework's own writers either tell no length
 * or make headers of their own, and leave the file open when they answer that it is not modified.
 */
@Singleton
final class FileBytesWriter implements ResponseBodyWriter<FileBytes> {
  private final ExecutorService threads;

  FileBytesWriter(@Named(TaskExecutors.BLOCKING) ExecutorService threads) {
    this.threads = threads;
  }

  @Override
  public ByteBodyHttpResponse<?> write(
      ByteBodyFactory bodies,
      HttpRequest<?> request,
      MutableHttpResponse<FileBytes> response,
      Argument<FileBytes> type,
      MediaType mediaType,
      FileBytes file) {
    return ByteBodyHttpResponseWrapper.wrap(response, body(bodies, file));
  }

  @Override
  public CloseableByteBody writePiece(
      ByteBodyFactory bodies,
      HttpRequest<?> request,
      HttpResponse<?> response,
      Argument<FileBytes> type,
      MediaType mediaType,
      FileBytes file) {
    return body(bodies, file);
  }

  private CloseableByteBody body(ByteBodyFactory bodies, FileBytes file) {
    return InputStreamByteBody.create(
        file.stream(), OptionalLong.of(file.length()), threads, bodies);
  }

  @Override
  public void writeTo(
      Argument<FileBytes> type,
      MediaType mediaType,
      FileBytes file,
      MutableHeaders headers,
      OutputStream out) {
    throw new UnsupportedOperationException("only as the body of an answer");
  }
}

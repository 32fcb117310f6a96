package io.crewline.platform;

import io.micronaut.core.type.Argument;
import io.micronaut.serde.Encoder;
import io.micronaut.serde.Serializer;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Instant;

/** Writes times into JSON as {@link WireTime}; the framework's own leaves out zeros. */
@Singleton
final class WireTimeSerializer implements Serializer<Instant> {
  @Override
  public void serialize(
      Encoder encoder, EncoderContext context, Argument<? extends Instant> type, Instant value)
      throws IOException {
    encoder.encodeString(WireTime.of(value));
  }
}

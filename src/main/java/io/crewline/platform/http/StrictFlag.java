package io.crewline.platform.http;

import io.micronaut.core.type.Argument;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.serde.Decoder;
import io.micronaut.serde.Deserializer;
import io.micronaut.serde.exceptions.SerdeException;
import jakarta.inject.Singleton;
import java.io.IOException;

/** Reads a truth value from JSON: true, false and nothing else. */
@Singleton
final class StrictFlag implements Deserializer<Boolean> {
  @Override
  public Boolean deserialize(
      Decoder decoder, DecoderContext context, Argument<? super Boolean> type) throws IOException {
    JsonNode node = decoder.decodeNode();
    if (!node.isBoolean()) {
      throw new SerdeException("not true or false");
    }
    return node.getBooleanValue();
  }
}

package io.crewline.platform;

import io.micronaut.core.type.Argument;
import io.micronaut.json.JsonMapper;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** JSON of {@code @Serdeable} types, with the compile-time mapper that REST uses too. */
@Singleton
public final class Json {
  private final JsonMapper mapper;

  Json(JsonMapper mapper) {
    this.mapper = mapper;
  }

  /** The JSON text of a serializable value. */
  public String write(Object value) {
    if (value instanceof JsonText written) {
      return written.text();
    }
    try {
      return new String(mapper.writeValueAsBytes(value), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads JSON text that Crewline wrote itself. */
  public <T> T read(String json, Class<T> type) {
    try {
      return mapper.readValue(json, Argument.of(type));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

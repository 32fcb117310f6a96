package io.crewline.platform;

import io.crewline.platform.ApiException.FieldError;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Collects what is wrong with the fields of one form or command, so that one answer names all of
 * it. Not thread-safe.
 */
public final class InputErrors {
  /** An answer names no more. */
  private static final int MOST = 100;

  private final List<FieldError> errors = new ArrayList<>();

  /**
   * Reads a value.
   *
   * @param whenWrong stands for a value that breaks a rule, until {@link #check} refuses the input
   * @throws ApiException a refusal that names no field
   */
  public <T extends @Nullable Object> T read(Supplier<T> value, T whenWrong) {
    try {
      return value.get();
    } catch (ApiException e) {
      if (e.errors().isEmpty()) {
        throw e;
      }
      e.errors().forEach(error -> add(error.field(), error.message()));
      return whenWrong;
    }
  }

  /** Notes a rule that is broken; of one field the first stands. */
  public void add(String field, String message) {
    if (errors.size() < MOST && errors.stream().noneMatch(error -> error.field().equals(field))) {
      errors.add(new FieldError(field, message));
    }
  }

  /** Whether the field, or an element of it, breaks a rule. */
  public boolean names(String field) {
    return errors.stream()
        .anyMatch(error -> error.field().equals(field) || error.field().startsWith(field + "["));
  }

  /** How many rules are broken so far. */
  public int count() {
    return errors.size();
  }

  /** Refuses the input if anything in it is wrong. */
  public void check() {
    if (!errors.isEmpty()) {
      throw ApiException.badFields(errors);
    }
  }
}

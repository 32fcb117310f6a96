package io.crewline.platform.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import io.crewline.platform.ApiException;
import io.crewline.platform.ApiException.FieldError;
import io.crewline.platform.ErrorCode;
import io.micronaut.core.bind.exceptions.UnsatisfiedArgumentException;
import io.micronaut.core.convert.exceptions.ConversionErrorException;
import io.micronaut.core.type.Argument;
import io.micronaut.http.annotation.Body;
import io.micronaut.json.JsonSyntaxException;
import io.micronaut.serde.exceptions.SerdeException;
import io.micronaut.serde.exceptions.path.CollectionItemReferencePath;
import io.micronaut.serde.exceptions.path.MapItemReferencePath;
import io.micronaut.serde.exceptions.path.PropertyReferencePath;
import io.micronaut.serde.exceptions.path.ReferencePath;
import io.micronaut.web.router.exceptions.UnsatisfiedRouteException;
import jakarta.validation.ConstraintViolation;
import jakarta.validation.ConstraintViolationException;
import jakarta.validation.ElementKind;
import jakarta.validation.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Says in our words what is wrong with an input that the framework could not read. Its own messages
 * name Java classes, so none of them reaches a client.
 */
final class InputFault {
  private static final int MAX_CAUSES = 20;

  private InputFault() {}

  /** What to answer, or null when the failure does not come from the input. */
  static @Nullable ApiException explain(Throwable failure) {
    Argument<?> argument = null;
    boolean missing = false;
    JsonProcessingException json = null;
    boolean syntax = false;
    SerdeException serde = null;
    Throwable cause = failure;
    for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
      switch (cause) {
        case ConstraintViolationException violation -> {
          return violations(violation);
        }
        case ConversionErrorException conversion -> argument = conversion.getArgument();
        case UnsatisfiedArgumentException unsatisfied -> {
          argument = unsatisfied.getArgument();
          missing = true;
        }
        case UnsatisfiedRouteException unsatisfied -> {
          argument = unsatisfied.getArgument();
          missing = true;
        }
        case JsonSyntaxException unreadable -> syntax = true;
        case JsonProcessingException unreadable -> {
          json = unreadable;
          syntax = true;
        }
        case SerdeException found -> serde = deeper(serde, found);
        default -> {}
      }
      cause = cause.getCause();
    }
    if (json instanceof InputCoercionException coercion) {
      return outOfRange(coercion);
    }
    if (syntax) {
      return ApiException.badRequest("the body is not valid JSON");
    }
    if (serde != null) {
      return inBody(serde);
    }
    if (argument == null) {
      return null;
    }
    if (argument.isAnnotationPresent(Body.class)) {
      return ApiException.badRequest(
          missing ? "a JSON body is required" : "the body is not what is expected here");
    }
    return ApiException.badField(name(argument), missing ? "is required" : expected(argument));
  }

  private static ApiException outOfRange(InputCoercionException failure) {
    String pointer =
        failure.getProcessor() == null
            ? ""
            : failure.getProcessor().getParsingContext().pathAsPointer().toString();
    String field = field(pointer);
    return field.isEmpty()
        ? ApiException.badRequest("the body has a number that is out of range")
        : ApiException.badField(field, "must be a whole number in range");
  }

  /** A JSON pointer (RFC 6901) as a path such as {@code parts[0].size}. */
  static String field(String pointer) {
    return pointer.isEmpty()
        ? ""
        : pointer.substring(1).replaceAll("/(\\d+)(?=/|$)", "[$1]").replace('/', '.');
  }

  private static SerdeException deeper(@Nullable SerdeException outer, SerdeException inner) {
    return outer == null || inner.getPath().size() > outer.getPath().size() ? inner : outer;
  }

  private static ApiException inBody(SerdeException failure) {
    List<ReferencePath> path =
        failure.getPath().reversed(); // the library lists the innermost first
    String field = field(path);
    if (field.isEmpty()) {
      return ApiException.badRequest("the body must be a JSON object of the documented shape");
    }
    Argument<?> last = path.getLast().getArgument();
    if (last != null && path.getLast() instanceof CollectionItemReferencePath) {
      last = last.getFirstTypeVariable().orElse(null);
    }
    return ApiException.badField(
        field, last == null ? "has a value of the wrong type" : expected(last));
  }

  private static String field(List<ReferencePath> path) {
    StringBuilder field = new StringBuilder();
    for (ReferencePath step : path) {
      switch (step) {
        case CollectionItemReferencePath item -> field.append('[').append(item.index()).append(']');
        case MapItemReferencePath item -> dot(field).append(item.key());
        case PropertyReferencePath property -> dot(field).append(name(property.property()));
        default -> {}
      }
    }
    return field.toString();
  }

  private static StringBuilder dot(StringBuilder field) {
    return field.isEmpty() ? field : field.append('.');
  }

  static String name(Argument<?> argument) {
    for (String annotation :
        List.of(
            "io.micronaut.http.annotation.QueryValue",
            "io.micronaut.http.annotation.PathVariable",
            "io.micronaut.http.annotation.Header",
            "io.micronaut.http.annotation.Part",
            "com.fasterxml.jackson.annotation.JsonProperty")) {
      String named = argument.getAnnotationMetadata().stringValue(annotation).orElse("");
      if (!named.isEmpty()) {
        return named;
      }
    }
    return argument.getName();
  }

  static String expected(Argument<?> argument) {
    Class<?> type = argument.getType();
    if (type.isEnum()) {
      List<String> names = new ArrayList<>();
      for (Object constant : type.getEnumConstants()) {
        names.add(constant.toString());
      }
      return "must be one of " + String.join(", ", names);
    }
    if (type == int.class || type == Integer.class || type == long.class || type == Long.class) {
      return "must be a whole number in range";
    }
    if (type == boolean.class || type == Boolean.class) {
      return "must be true or false";
    }
    if (CharSequence.class.isAssignableFrom(type)) {
      return "must be a string";
    }
    if (java.time.temporal.Temporal.class.isAssignableFrom(type)) {
      return "must be a time such as 2026-01-31T09:30:00Z";
    }
    if (Collection.class.isAssignableFrom(type) || type.isArray()) {
      return "must be a list";
    }
    if (Map.class.isAssignableFrom(type)) {
      return "must be an object";
    }
    return "is not what is expected here";
  }

  private static ApiException violations(ConstraintViolationException failure) {
    List<FieldError> errors = new ArrayList<>();
    for (ConstraintViolation<?> violation : failure.getConstraintViolations()) {
      errors.add(new FieldError(field(violation.getPropertyPath()), violation.getMessage()));
    }
    errors.sort(Comparator.comparing(FieldError::field).thenComparing(FieldError::message));
    return errors.isEmpty()
        ? ApiException.of(ErrorCode.BAD_REQUEST, "the input breaks a rule")
        : ApiException.badFields(errors);
  }

  /** The path without the Java method, and without the parameter when that is the whole body. */
  private static String field(Path path) {
    List<Path.Node> nodes = new ArrayList<>();
    path.forEach(nodes::add);
    boolean inside = nodes.stream().anyMatch(node -> node.getKind() == ElementKind.PROPERTY);
    StringBuilder field = new StringBuilder();
    for (Path.Node node : nodes) {
      boolean skipped =
          switch (node.getKind()) {
            case METHOD, CONSTRUCTOR, BEAN, RETURN_VALUE, CROSS_PARAMETER -> true;
            case PARAMETER -> inside;
            case PROPERTY, CONTAINER_ELEMENT -> false;
          };
      Integer index = node.getIndex();
      if (index != null) {
        field.append('[').append(index).append(']');
      }
      String name = node.getName();
      if (!skipped
          && name != null
          && !name.startsWith("<")
          && node.getKind() != ElementKind.CONTAINER_ELEMENT) {
        dot(field).append(name);
      }
    }
    return field.toString();
  }
}

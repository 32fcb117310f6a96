package io.crewline.contract;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion.VersionFlag;
import io.crewline.Crewline;
import io.crewline.testing.Rest;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * An API document as a node serves it, and its schemas, read more strictly than a client should: a
 * field that is not described is an error. {@code nullable} of OpenAPI 3.0 becomes the {@code null}
 * type of JSON Schema.
 */
final class ApiDocument {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonSchemaFactory SCHEMAS =
      JsonSchemaFactory.getInstance(VersionFlag.V202012);
  private static final SchemaValidatorsConfig CONFIG =
      SchemaValidatorsConfig.builder().formatAssertionsEnabled(true).build();

  private final JsonNode root;
  private final ObjectNode components;
  private final Map<String, JsonSchema> compiled = new ConcurrentHashMap<>();

  private ApiDocument(JsonNode root) {
    this.root = root;
    this.components = ((ObjectNode) root.path("components")).deepCopy();
    strict(components);
  }

  static ApiDocument load(Crewline node, String path) {
    String text = new Rest(node).get(path).body();
    return new ApiDocument(JSON.valueToTree(yaml().load(text)));
  }

  JsonNode root() {
    return root;
  }

  /** What a reference leads to; what is none leads to itself. */
  JsonNode resolve(JsonNode node) {
    JsonNode current = node;
    while (current.has("$ref")) {
      String ref = current.path("$ref").asText();
      current = root.at(ref.substring(1));
      if (current.isMissingNode()) {
        throw new AssertionError("the document has no " + ref);
      }
    }
    return current;
  }

  /** What is wrong with a value by a schema of the document; empty when it is right. */
  List<String> faults(JsonNode schema, JsonNode value) {
    return compiled
        .computeIfAbsent(schema.toString(), text -> compile(schema))
        .validate(value)
        .stream()
        .map(fault -> fault.getInstanceLocation() + ": " + fault.getMessage())
        .sorted()
        .toList();
  }

  private JsonSchema compile(JsonNode schema) {
    ObjectNode whole = schema.deepCopy();
    strict(whole);
    whole.set("components", components);
    return SCHEMAS.getSchema(whole, CONFIG);
  }

  static JsonNode parse(String json) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new AssertionError("no JSON: " + json, e);
    }
  }

  static JsonNode tree(Object value) {
    return JSON.valueToTree(value);
  }

  static List<String> fieldNames(JsonNode object) {
    Iterable<String> names = object::fieldNames;
    return StreamSupport.stream(names.spliterator(), false).toList();
  }

  private static void strict(JsonNode node) {
    if (node instanceof ObjectNode object) {
      for (Iterator<JsonNode> children = object.elements(); children.hasNext(); ) {
        strict(children.next());
      }
      if (object.path("properties").isObject() && !object.has("additionalProperties")) {
        object.put("unevaluatedProperties", false);
      }
      if (object.has("type") || object.has("$ref")) {
        object.remove("example"); // no keyword of JSON Schema
      }
      if (object.path("nullable").isBoolean() && !object.path("nullable").asBoolean()) {
        object.remove("nullable");
      }
      if (object.path("nullable").asBoolean(false)) {
        allowNull(object);
      }
    } else {
      node.forEach(ApiDocument::strict);
    }
  }

  private static void allowNull(ObjectNode schema) {
    ObjectNode whenThere = schema.deepCopy();
    whenThere.remove("nullable");
    schema.removeAll();
    ArrayNode either = schema.putArray("anyOf");
    either.add(whenThere);
    either.addObject().put("type", "null");
  }

  /** YAML of which times stay texts, as in JSON. */
  private static Yaml yaml() {
    Resolver resolver =
        new Resolver() {
          @Override
          public void addImplicitResolver(Tag tag, Pattern regexp, String first, int limit) {
            if (!tag.equals(Tag.TIMESTAMP)) {
              super.addImplicitResolver(tag, regexp, first, limit);
            }
          }
        };
    LoaderOptions options = new LoaderOptions();
    options.setMaxAliasesForCollections(1000);
    return new Yaml(
        new SafeConstructor(options),
        new Representer(new DumperOptions()),
        new DumperOptions(),
        options,
        resolver);
  }
}

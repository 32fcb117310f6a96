import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Collects results; renders them as a table and as JSON. */
final class Report {
  private final List<String[]> rows = new ArrayList<>();
  private final Map<String, Object> values = new LinkedHashMap<>();

  void row(String name, String format, Object... arguments) {
    rows.add(new String[] {name, format.formatted(arguments)});
  }

  void put(String name, Object value) {
    values.put(name, value);
  }

  String table() {
    int width = rows.stream().mapToInt(row -> row[0].length()).max().orElse(0);
    StringBuilder table = new StringBuilder();
    rows.forEach(
        row -> table.append(("%-" + width + "s  %s%n").formatted((Object[]) row)));
    return table.toString();
  }

  String json() {
    StringBuilder json = new StringBuilder();
    write(json, values);
    return json.append('\n').toString();
  }

  private static void write(StringBuilder json, Object value) {
    switch (value) {
      case Map<?, ?> map -> {
        json.append('{');
        String comma = "";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          json.append(comma);
          write(json, entry.getKey());
          json.append(':');
          write(json, entry.getValue());
          comma = ",";
        }
        json.append('}');
      }
      case List<?> list -> {
        json.append('[');
        String comma = "";
        for (Object element : list) {
          json.append(comma);
          write(json, element);
          comma = ",";
        }
        json.append(']');
      }
      case Double number -> json.append(String.format(Locale.ROOT, "%.3f", number));
      case Number number -> json.append(number);
      default ->
          json.append('"')
              .append(value.toString().replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n"))
              .append('"');
    }
  }
}

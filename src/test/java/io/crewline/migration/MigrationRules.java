package io.crewline.migration;

import io.crewline.migration.SqlScript.SqlStatement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a migration must not do, because nodes of the version before go on reading and writing while
 * it runs and afterwards. Only what is known to be harmless is let through. A statement whose
 * author knows better says why in a comment at it: {@code -- survives: the table is new and empty}.
 */
final class MigrationRules {
  private static final Pattern KNOWS_BETTER = Pattern.compile("survives: *\\S.{9,}");
  private static final String NAME = "(?:if (?:not )?exists )?(?:only )?([\\w.]+)";
  private static final Pattern CREATE_TABLE =
      Pattern.compile("create (?:unlogged )?table " + NAME + "\\b.*");
  private static final Pattern CREATE_INDEX =
      Pattern.compile("create (unique )?index (concurrently )?.*?\\bon (?:only )?([\\w.]+).*");
  private static final Pattern ALTER_TABLE = Pattern.compile("alter table " + NAME + " (.*)");
  private static final Pattern ADD_COLUMN =
      Pattern.compile("add (?:column )?(?:if not exists )?(?!constraint\\b)([\\w]+) (.*)");
  private static final Pattern CONSTRAINT =
      Pattern.compile("add (?:constraint|unique|check|foreign|primary|exclude)\\b.*");
  private static final Pattern HARMLESS_ALTER =
      Pattern.compile(
          "(?:alter (?:column )?\\w+ set (?:default|statistics|storage|compression)\\b.*"
              + "|set \\(.*|validate constraint .*)");
  private static final Pattern HARMLESS =
      Pattern.compile(
          "(?:create (?:sequence|type|view|extension|function|procedure|statistics|schema)"
              + "|insert into|comment on|select|set) .*");
  private static final Pattern VOLATILE_DEFAULT =
      Pattern.compile(
          ".*\\bdefault\\b.*\\b(?:gen_random_uuid|random|clock_timestamp|nextval|md5) ?\\(.*");

  private final List<String> faults = new ArrayList<>();
  private final Set<String> created = new HashSet<>();

  private MigrationRules() {}

  /** Why the version before would not survive the script; empty when it does. */
  static List<String> faults(String script) {
    MigrationRules rules = new MigrationRules();
    for (SqlStatement statement : SqlScript.statements(script)) {
      int before = rules.faults.size();
      rules.check(statement.sql());
      if (KNOWS_BETTER.matcher(statement.comments()).find()) {
        rules.faults.subList(before, rules.faults.size()).clear();
      }
    }
    return rules.faults;
  }

  private void check(String sql) {
    Matcher table = CREATE_TABLE.matcher(sql);
    Matcher index = CREATE_INDEX.matcher(sql);
    Matcher alter = ALTER_TABLE.matcher(sql);
    if (table.matches()) {
      created.add(table.group(1));
      references(sql, sql);
    } else if (index.matches()) {
      index(sql, index.group(1) != null, index.group(2) != null, index.group(3));
    } else if (alter.matches()) {
      if (!created.contains(alter.group(1))) {
        actions(alter.group(2)).forEach(action -> alter(sql, action));
      }
    } else if (sql.startsWith("drop ") || sql.startsWith("truncate ")) {
      fault(sql, "the version before still uses it: drop it one release later");
    } else if (sql.startsWith("update ") || sql.startsWith("delete ")) {
      fault(sql, "it changes rows that the version before reads, and locks them");
    } else if (sql.contains(" trigger ") || sql.startsWith("create rule ")) {
      fault(sql, "it changes what the writes of the version before do");
    } else if (sql.startsWith("create or replace ") || !HARMLESS.matcher(sql).matches()) {
      fault(sql, "it is not known to be harmless for the version before");
    }
  }

  private void index(String sql, boolean unique, boolean concurrently, String table) {
    if (created.contains(table)) {
      return;
    }
    if (unique) {
      fault(sql, "the version before may write what it refuses");
    } else if (!concurrently) {
      fault(
          sql,
          "no node can write to "
              + table
              + " while it is built: say why that is short, or use CONCURRENTLY");
    }
  }

  private void alter(String sql, String action) {
    if (HARMLESS_ALTER.matcher(action).matches()) {
      return;
    }
    if (CONSTRAINT.matcher(action).matches()) {
      fault(sql, "the version before may write what the constraint refuses");
      return;
    }
    Matcher column = ADD_COLUMN.matcher(action);
    if (!column.matches()) {
      String why =
          action.startsWith("rename")
              ? "the version before uses the old name: add the new one beside it"
              : action.contains(" type ")
                  ? "it rewrites the table, and the version before expects the old type"
                  : action.contains("set not null")
                      ? "the version before may write null"
                      : "it is not known to be harmless for the version before";
      fault(sql, why);
      return;
    }
    String definition = column.group(2);
    boolean filled = definition.matches(".*\\b(?:default|generated)\\b.*");
    if (definition.matches(".*\\b(?:not null|primary key)\\b.*") && !filled) {
      fault(
          sql,
          "the version before inserts rows without " + column.group(1) + ": give it a default");
    }
    if (definition.matches(".*\\b(?:unique|primary key)\\b.*")) {
      fault(sql, "it builds an index while no node can read or write the table");
    }
    if (definition.contains("generated") || VOLATILE_DEFAULT.matcher(definition).matches()) {
      fault(sql, "it rewrites the table while no node can read or write it");
    }
    references(sql, definition);
  }

  /** A reference to an older table must not stop the version before from deleting there. */
  private void references(String sql, String definition) {
    Matcher reference =
        Pattern.compile("\\breferences ([\\w.]+)((?:(?!\\breferences\\b).)*)").matcher(definition);
    while (reference.find()) {
      if (!created.contains(reference.group(1))
          && !reference.group(2).matches(".*?on delete (?:cascade|set null|set default)\\b.*")) {
        fault(
            sql,
            "the version before deletes from " + reference.group(1) + ": say ON DELETE CASCADE");
      }
    }
  }

  /** The parts of an ALTER TABLE, cut at the commas outside parentheses. */
  private static List<String> actions(String text) {
    List<String> actions = new ArrayList<>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (c == ',' && depth == 0) {
        actions.add(text.substring(start, i).strip());
        start = i + 1;
      }
    }
    actions.add(text.substring(start).strip());
    return actions;
  }

  private void fault(String sql, String why) {
    faults.add(sql + ": " + why);
  }
}

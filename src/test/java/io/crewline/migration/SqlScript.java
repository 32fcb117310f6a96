package io.crewline.migration;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The statements of a PostgreSQL script. Comments are taken out, texts and quoted names become
 * {@code ''}, so that a word in what is left is a word of the language.
 */
final class SqlScript {
  /**
   * One statement.
   *
   * @param sql in lower case, every run of blanks one space, without the semicolon
   * @param comments the comments before and in it, as they are written
   */
  record SqlStatement(String sql, String comments) {}

  private final String script;
  private final List<SqlStatement> statements = new ArrayList<>();
  private final StringBuilder sql = new StringBuilder();
  private final StringBuilder comments = new StringBuilder();
  private int at;

  private SqlScript(String script) {
    this.script = script;
  }

  static List<SqlStatement> statements(String script) {
    SqlScript reading = new SqlScript(script);
    while (reading.at < script.length()) {
      reading.next();
    }
    reading.end();
    return reading.statements;
  }

  private void next() {
    char c = script.charAt(at);
    if (script.startsWith("--", at)) {
      comment(indexOf("\n", at));
    } else if (script.startsWith("/*", at)) {
      comment(endOfBlock());
    } else if (c == '\'' || c == '"') {
      quoted(c);
    } else if (c == '$' && dollarTag() != null) {
      String tag = String.valueOf(dollarTag());
      at = indexOf(tag, at + tag.length()) + tag.length();
      sql.append("''");
    } else if (c == ';') {
      at++;
      end();
    } else {
      sql.append(c);
      at++;
    }
  }

  private void end() {
    String text = sql.toString().toLowerCase(Locale.ROOT).replaceAll("\\s+", " ").strip();
    if (!text.isEmpty()) {
      statements.add(new SqlStatement(text, comments.toString()));
      comments.setLength(0);
    }
    sql.setLength(0);
  }

  private void comment(int end) {
    comments.append(script, at, Math.min(end, script.length())).append('\n');
    sql.append(' ');
    at = end;
  }

  /** Block comments nest in PostgreSQL. */
  private int endOfBlock() {
    int depth = 0;
    int i = at;
    while (i < script.length()) {
      if (script.startsWith("/*", i)) {
        depth++;
        i += 2;
      } else if (script.startsWith("*/", i)) {
        depth--;
        i += 2;
        if (depth == 0) {
          return i;
        }
      } else {
        i++;
      }
    }
    return i;
  }

  /** A doubled quote stands for itself; a backslash escapes only in {@code E''}. */
  private void quoted(char quote) {
    boolean escapes = quote == '\'' && sql.toString().matches("(?is).*\\be");
    int i = at + 1;
    while (i < script.length()) {
      if (escapes && script.charAt(i) == '\\') {
        i++;
      } else if (script.charAt(i) == quote) {
        if (i + 1 < script.length() && script.charAt(i + 1) == quote) {
          i++;
        } else {
          break;
        }
      }
      i++;
    }
    sql.append(quote == '"' ? script.substring(at + 1, Math.min(i, script.length())) : "''");
    at = i + 1;
  }

  private @org.jspecify.annotations.Nullable String dollarTag() {
    int end = script.indexOf('$', at + 1);
    String tag = end < 0 ? "" : script.substring(at, end + 1);
    return tag.matches("\\$(?:[A-Za-z_]\\w*)?\\$") ? tag : null;
  }

  private int indexOf(String what, int from) {
    int found = script.indexOf(what, from);
    return found < 0 ? script.length() : found;
  }
}

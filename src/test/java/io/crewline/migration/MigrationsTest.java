package io.crewline.migration;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MigrationsTest {
  private static final Path FOLDER = Path.of("src/main/resources/db/migration");

  /**
   * SHA-256 of what is final, because installations have it. A new migration is added here with the
   * release that brings it, by {@code sha256sum}.
   */
  private static final Map<String, String> RELEASED =
      Map.of(
          "V1__crewline.sql", "d057cb0cac10d14778d84c67bdc86a5ad9661641bcf710764225bd5ae8bcb911",
          "V2__tokens.sql", "d694e42d66f7e897142526edb89171135977bc945c86f650948851b70c0b58b5",
          "V3__presence.sql", "ef4dd0f5c29310290a7580889448020c2641f96f058d31a404b559c0176aa644",
          "V4__audience.sql", "a1cfdf4a70c48e924cb5494ffc189fded16bdeaf2fdce936c15449ce4578d299",
          "V5__tasks.sql", "3daab408e99a7e9bb83f2af2c322b6d0fcd541a2687b2145698e23354cec4fb9",
          "V6__attachments.sql", "860a9a55af7a509937ec039efa19ad0ec64e58316fd8ab39c928d689bbbb26a0",
          "V7__confirmations.sql",
              "a5fa2c854f96d3d57cfca7bd8b621248b94ce9c70e28def3c147715d44a28a8a",
          "V8__notifications.sql",
              "7fc80b3669f6bc19ddafd0f958443406a472e267b79b457fb4338f9d59e2c4b1",
          "V9__webhooks.sql", "a094ed7defd98d7fc87d4f53152012192f53a105d4fe3d43b38203ac84d8ed37");

  static List<Path> migrations() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.sorted(java.util.Comparator.comparingInt(MigrationsTest::version)).toList();
    }
  }

  static List<Path> laterMigrations() throws IOException {
    return migrations().stream().filter(file -> version(file) > 1).toList();
  }

  private static int version(Path file) {
    return Integer.parseInt(
        file.getFileName().toString().replaceAll("^V(\\d+)__\\w+\\.sql$", "$1"));
  }

  @Test
  void areNumberedWithoutAGap() throws IOException {
    List<Integer> versions = migrations().stream().map(MigrationsTest::version).toList();
    assertThat(versions).isEqualTo(IntStream.rangeClosed(1, versions.size()).boxed().toList());
  }

  @Test
  void releasedOnesAreNeverEdited() throws Exception {
    for (Map.Entry<String, String> released : RELEASED.entrySet()) {
      byte[] sum =
          MessageDigest.getInstance("SHA-256")
              .digest(Files.readAllBytes(FOLDER.resolve(released.getKey())));
      assertThat(HexFormat.of().formatHex(sum))
          .describedAs(released.getKey() + " is released; write a new migration instead")
          .isEqualTo(released.getValue());
    }
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("laterMigrations")
  void theVersionBeforeSurvivesIt(Path migration) throws IOException {
    assertThat(MigrationRules.faults(Files.readString(migration))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DROP TABLE message",
        "DROP INDEX message_deleted",
        "TRUNCATE message",
        "DELETE FROM event WHERE seq < 5",
        "UPDATE account SET role = 'member'",
        "ALTER TABLE message DROP COLUMN text",
        "ALTER TABLE message DROP COLUMN IF EXISTS text",
        "ALTER TABLE message RENAME COLUMN text TO body",
        "ALTER TABLE message RENAME TO messages",
        "ALTER TABLE message ALTER COLUMN id TYPE text",
        "ALTER TABLE message ALTER id SET DATA TYPE text",
        "ALTER TABLE message ALTER COLUMN text SET NOT NULL",
        "ALTER TABLE message ALTER COLUMN thread_count DROP DEFAULT",
        "ALTER TABLE message ADD COLUMN kind text NOT NULL",
        "ALTER TABLE message ADD kind text NOT NULL",
        "ALTER TABLE message ADD COLUMN a int, ADD COLUMN b int NOT NULL",
        "ALTER TABLE message ADD COLUMN key uuid DEFAULT gen_random_uuid()",
        "ALTER TABLE message ADD COLUMN n bigint GENERATED ALWAYS AS IDENTITY",
        "ALTER TABLE message ADD COLUMN code text UNIQUE",
        "ALTER TABLE message ADD COLUMN by text REFERENCES account",
        "ALTER TABLE message ADD CONSTRAINT short CHECK (length(text) < 10)",
        "ALTER TABLE message ADD CHECK (length(text) < 10)",
        "ALTER TABLE message ADD UNIQUE (cid, text)",
        "ALTER TABLE message ADD FOREIGN KEY (cid) REFERENCES room",
        "ALTER TABLE ONLY message ADD PRIMARY KEY (id)",
        "ALTER TABLE message ENABLE ROW LEVEL SECURITY",
        "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'",
        "CREATE UNIQUE INDEX ON message (text)",
        "CREATE UNIQUE INDEX CONCURRENTLY one ON message (text)",
        "CREATE INDEX message_text ON message (text)",
        "CREATE TABLE pin (cid text REFERENCES room, id bigint)",
        "CREATE TABLE pin (cid text REFERENCES room, u text REFERENCES account ON DELETE CASCADE)",
        "CREATE TRIGGER t AFTER INSERT ON message EXECUTE FUNCTION f()",
        "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$",
        "LOCK TABLE message",
        "DO $$ BEGIN DROP TABLE message; END $$",
        "SELECT 1; DROP TABLE message",
        "/* a /* nested */ comment */ DROP /* here */ TABLE message",
        "INSERT INTO topic (name) VALUES ('it''s; -- no comment'); DROP TABLE message",
        "CREATE TABLE a (id int); ALTER TABLE b DROP COLUMN id",
        "-- survives: short\nDROP TABLE message",
      })
  void harmIsFound(String sql) {
    assertThat(MigrationRules.faults(sql)).hasSize(1).allMatch(fault -> fault.contains(": "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-- DROP TABLE message;",
        "/* DROP TABLE message; */",
        "CREATE TABLE pin (cid text REFERENCES room ON DELETE CASCADE, at timestamptz NOT NULL)",
        "CREATE TABLE pin (id int); CREATE UNIQUE INDEX ON pin (id); ALTER TABLE pin ADD UNIQUE"
            + " (id)",
        "CREATE TABLE pin (id int); CREATE TABLE pinned (id int REFERENCES pin)",
        "CREATE UNLOGGED TABLE pin (id int); ALTER TABLE pin ADD UNIQUE (id)",
        "ALTER TABLE message ADD COLUMN kind text",
        "ALTER TABLE message ADD COLUMN IF NOT EXISTS kind text NOT NULL DEFAULT 'a, b'",
        "ALTER TABLE message ADD COLUMN price numeric(10, 2), ADD COLUMN note text",
        "ALTER TABLE message ADD COLUMN by text REFERENCES account ON DELETE SET NULL",
        "ALTER TABLE topic SET (fillfactor = 60)",
        "ALTER TABLE message ALTER COLUMN text SET DEFAULT ''",
        "CREATE INDEX CONCURRENTLY message_author ON message (author)",
        "INSERT INTO topic (name) VALUES ('DROP TABLE message; ')",
        "INSERT INTO topic (name) VALUES (E'it\\'s; DROP TABLE message')",
        "INSERT INTO topic (name) VALUES ($x$ '; DROP TABLE message; $x$)",
        "COMMENT ON TABLE message IS 'TRUNCATE'",
        "-- survives: it was never used by a released version\nDROP TABLE message",
      })
  void harmlessIsLetThrough(String sql) {
    assertThat(MigrationRules.faults(sql)).isEmpty();
  }
}

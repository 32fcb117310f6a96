package io.crewline.task;

import io.crewline.platform.Database;
import jakarta.inject.Singleton;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** SQL of employees. Every method needs the caller's transaction. */
@Singleton
final class EmployeeRepository {
  private final Database database;

  EmployeeRepository(Database database) {
    this.database = database;
  }

  Optional<Employee> find(long id) {
    return database.queryOne(
        "SELECT * FROM employee WHERE id = ?", EmployeeRepository::employee, id);
  }

  Optional<Employee> ofUser(String username) {
    return database.queryOne(
        "SELECT * FROM employee WHERE username = ?", EmployeeRepository::employee, username);
  }

  /** As {@link #find}, and keeps others from changing it or giving it tasks. */
  Optional<Employee> findAndLock(long id) {
    return database.queryOne(
        "SELECT * FROM employee WHERE id = ? FOR UPDATE", EmployeeRepository::employee, id);
  }

  /** Those that exist, by id, which keep their names until the transaction ends. */
  Map<Long, Employee> share(Collection<Long> ids) {
    Map<Long, Employee> found = new LinkedHashMap<>();
    if (!ids.isEmpty()) {
      database.query(
          "SELECT * FROM employee WHERE id = ANY (?) ORDER BY id FOR SHARE",
          row -> found.put(row.getLong("id"), employee(row)),
          (Object) ids.toArray(Long[]::new));
    }
    return found;
  }

  /** Of these ids those of rows that nobody has locked. */
  List<Long> free(Collection<Long> ids) {
    return database.query(
        "SELECT id FROM employee WHERE id = ANY (?) FOR SHARE SKIP LOCKED",
        row -> row.getLong("id"),
        (Object) ids.toArray(Long[]::new));
  }

  /** In the order of their ids, only that of a user if one is given. */
  List<Employee> page(long after, int limit, @Nullable String username) {
    return database.query(
        """
        SELECT * FROM employee
        WHERE id > ? AND (?::text IS NULL OR username = ?) ORDER BY id LIMIT ?
        """,
        EmployeeRepository::employee,
        after,
        username,
        username,
        limit);
  }

  /** Answers with the new one; its id is ignored. */
  Employee insert(Employee employee) {
    return database
        .queryOne(
            """
            INSERT INTO employee (name, username, email, phone, locale, created_at, updated_at)
            VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING *
            """,
            EmployeeRepository::employee,
            employee.name(),
            employee.username(),
            employee.email(),
            employee.phone(),
            employee.locale(),
            employee.createdAt(),
            employee.updatedAt())
        .orElseThrow();
  }

  void update(Employee employee) {
    database.update(
        """
        UPDATE employee SET name = ?, username = ?, email = ?, phone = ?, locale = ?, updated_at = ?
        WHERE id = ?
        """,
        employee.name(),
        employee.username(),
        employee.email(),
        employee.phone(),
        employee.locale(),
        employee.updatedAt(),
        employee.id());
  }

  void delete(long id) {
    database.update("DELETE FROM employee WHERE id = ?", id);
  }

  private static Employee employee(ResultSet row) throws SQLException {
    return new Employee(
        row.getLong("id"),
        row.getString("name"),
        row.getString("username"),
        row.getString("email"),
        row.getString("phone"),
        row.getString("locale"),
        Database.instant(row, "created_at"),
        Database.instant(row, "updated_at"));
  }
}

package io.crewline.task;

import jakarta.inject.Singleton;
import java.util.Optional;

/** The people who do tasks. Methods join the caller's transaction or open one. */
@Singleton
public final class EmployeeService {
  /** The employee of that id. */
  public Optional<Employee> find(long id) {
    throw new UnsupportedOperationException("soon " + id);
  }

  /** The employee who is linked to an account. */
  public Optional<Employee> ofUser(String username) {
    throw new UnsupportedOperationException("soon " + username);
  }
}

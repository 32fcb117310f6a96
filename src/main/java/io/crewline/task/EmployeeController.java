package io.crewline.task;

import io.crewline.account.Identity;
import io.crewline.platform.Paging;
import io.crewline.platform.http.IdempotentAnswers;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Patch;
import io.micronaut.http.annotation.PathVariable;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Put;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The people who do tasks. */
@Controller("/api/employees")
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "Employees")
class EmployeeController {
  private final EmployeeService employees;
  private final IdempotentAnswers answers;

  EmployeeController(EmployeeService employees, IdempotentAnswers answers) {
    this.employees = employees;
    this.answers = answers;
  }

  /**
   * What an employee is to be.
   *
   * @param name at most 200 characters, not blank
   * @param username the account that is to see the tasks of the employee; of one employee only
   * @param locale a language tag such as {@code de} or {@code pt-BR}
   */
  @Serdeable
  @Schema(name = "EmployeeRequest", example = TaskExamples.NEW_EMPLOYEE)
  record EmployeeRequest(
      @Schema(requiredMode = Schema.RequiredMode.REQUIRED, minLength = 1, maxLength = 200)
          String name,
      @Schema(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$") @Nullable String username,
      @Schema(maxLength = 254) @Nullable String email,
      @Schema(maxLength = 50) @Nullable String phone,
      @Schema(maxLength = 35) @Nullable String locale) {}

  /**
   * A change of an employee as a merge patch (RFC 7396): what is absent stays, null removes. The
   * name cannot be removed.
   *
   * @param name at most 200 characters, not blank
   * @param username the account that is to see the tasks of the employee; of one employee only
   * @param locale a language tag such as {@code de} or {@code pt-BR}
   */
  @Serdeable
  @Schema(name = "EmployeePatch", example = TaskExamples.EMPLOYEE_PATCH)
  record EmployeePatch(
      @Schema(nullable = false, minLength = 1, maxLength = 200) @Nullable String name,
      @Schema(pattern = "^[a-z0-9][a-z0-9_-]{0,63}$") @Nullable String username,
      @Schema(maxLength = 254) @Nullable String email,
      @Schema(maxLength = 50) @Nullable String phone,
      @Schema(maxLength = 35) @Nullable String locale) {}

  /**
   * A page of employees.
   *
   * @param nextCursor for the next page; null at the end
   */
  @Serdeable
  @Schema(name = "EmployeePage", example = TaskExamples.EMPLOYEES)
  record EmployeePage(
      List<Employee> items,
      @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable String nextCursor) {}

  /**
   * Employees by id: managers see all; members the one that is linked to their account, without
   * email, phone and locale.
   */
  @Get
  @Operation(operationId = "listEmployees")
  @ApiResponse(
      responseCode = "200",
      description = "A page of employees",
      useReturnTypeSchema = true)
  EmployeePage list(
      @Parameter(hidden = true) Identity caller,
      @QueryValue(defaultValue = "50") int limit,
      @QueryValue @Nullable String cursor) {
    int checked = Paging.limit(limit);
    List<Employee> found = employees.list(caller, IdCursor.after("employees", cursor), checked + 1);
    boolean more = found.size() > checked;
    List<Employee> page = more ? found.subList(0, checked) : found;
    return new EmployeePage(page, more ? IdCursor.of("employees", page.getLast().id()) : null);
  }

  /** Creates an employee. Managers only. */
  @Post
  @Operation(operationId = "createEmployee")
  @RequestBody(
      required = true,
      content = @Content(schema = @Schema(implementation = EmployeeRequest.class)))
  @ApiResponse(responseCode = "201", description = "The new employee", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "409", description = "The account is another employee's")
  @ApiResponse(responseCode = "403", description = "The caller is no manager")
  HttpResponse<Employee> create(@Parameter(hidden = true) Identity caller, @Body JsonNode body) {
    EmployeeInput input = EmployeeInput.whole(body);
    return answers.commit(
        () -> employees.create(caller, input),
        employee -> HttpResponse.created(employee, URI.create("/api/employees/" + employee.id())));
  }

  /** One employee. */
  @Get("/{id}")
  @Operation(operationId = "getEmployee")
  @ApiResponse(responseCode = "200", description = "The employee", useReturnTypeSchema = true)
  Employee get(
      @Parameter(hidden = true) Identity caller,
      @Parameter(description = "The id of the employee", example = "5") @PathVariable long id) {
    return employees.get(caller, id);
  }

  /**
   * Replaces an employee: what is absent gets its default. A new name changes each task that shows
   * it, with an event for each. Managers only.
   */
  @Put("/{id}")
  @Operation(operationId = "replaceEmployee")
  @RequestBody(
      required = true,
      content = @Content(schema = @Schema(implementation = EmployeeRequest.class)))
  @ApiResponse(responseCode = "200", description = "As it is now", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "409", description = "The account is another employee's")
  @ApiResponse(responseCode = "403", description = "The caller is no manager")
  Employee replace(
      @Parameter(hidden = true) Identity caller,
      @Parameter(description = "The id of the employee", example = "5") @PathVariable long id,
      @Body JsonNode body) {
    return employees.change(caller, id, EmployeeInput.whole(body));
  }

  /**
   * Changes an employee by a merge patch (RFC 7396). A new name changes each task that shows it,
   * with an event for each. Managers only.
   */
  @Patch("/{id}")
  @Consumes({MediaType.APPLICATION_JSON, "application/merge-patch+json"})
  @Operation(operationId = "updateEmployee")
  @RequestBody(
      required = true,
      content = @Content(schema = @Schema(implementation = EmployeePatch.class)))
  @ApiResponse(responseCode = "200", description = "As it is now", useReturnTypeSchema = true)
  @ApiResponse(responseCode = "409", description = "The account is another employee's")
  @ApiResponse(responseCode = "403", description = "The caller is no manager")
  Employee update(
      @Parameter(hidden = true) Identity caller,
      @Parameter(description = "The id of the employee", example = "5") @PathVariable long id,
      @Body JsonNode body) {
    return employees.change(caller, id, EmployeeInput.patch(body));
  }

  /**
   * Deletes an employee. Their tasks stay and are nobody's, with an event for each; those that were
   * assigned or acknowledged are open again. Managers only.
   */
  @Delete("/{id}")
  @Operation(operationId = "deleteEmployee")
  @ApiResponse(responseCode = "204", description = "It is gone")
  @ApiResponse(responseCode = "403", description = "The caller is no manager")
  HttpResponse<?> delete(
      @Parameter(hidden = true) Identity caller,
      @Parameter(description = "The id of the employee", example = "5") @PathVariable long id) {
    employees.delete(caller, id);
    return HttpResponse.noContent();
  }
}

package io.crewline.notification;

import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;

/**
 * Who did what somebody is told about, with the name they had then.
 *
 * @param kind {@code user}, or {@code employee} for somebody who used a confirmation link
 * @param id the username, or the employee's id
 */
@Serdeable
record NotificationBy(
    @Schema(allowableValues = {NotificationBy.USER, NotificationBy.EMPLOYEE}) String kind,
    String id,
    String name) {
  static final String USER = "user";
  static final String EMPLOYEE = "employee";
}

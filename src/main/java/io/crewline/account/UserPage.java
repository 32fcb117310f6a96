package io.crewline.account;

import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Users in the order of their names.
 *
 * @param nextCursor for the next page; null at the end
 */
@Serdeable
@Schema(example = AccountExamples.USERS)
record UserPage(
    List<UserResponse> items,
    @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable String nextCursor) {}

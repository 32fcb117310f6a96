package io.crewline.account;

import io.micronaut.serde.annotation.Serdeable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Users in the order of their names.
 *
 * @param nextCursor for the next page; null at the end
 */
@Serdeable
record UserPage(List<UserResponse> items, @Nullable String nextCursor) {}

package io.crewline.account;

import io.crewline.platform.ApiException;
import io.crewline.platform.ErrorCode;

/**
 * An authenticated user as the database knows them now, not as their token once said. A controller
 * method that takes one gets the caller of the request.
 *
 * @param username unique, see {@link Usernames}
 * @param displayName for people; never blank
 * @param role what the user may do
 */
public record Identity(String username, String displayName, Role role) {

  /**
   * Refuses a caller of a lesser role.
   *
   * @throws ApiException {@link ErrorCode#FORBIDDEN}
   */
  public void requireAtLeast(Role least) {
    if (!role.atLeast(least)) {
      throw ApiException.forbidden("this needs the role " + least.wireName());
    }
  }
}

/**
 * Who may use Crewline: accounts and their roles, passwords, access and refresh tokens, and the
 * authenticated caller of a request.
 *
 * <p>Start with {@link io.crewline.account.AccountService} (who is this user, now) and {@link
 * io.crewline.account.AccessTokens} (whose token is this). A REST controller takes an {@link
 * io.crewline.account.Identity} argument and gets the live account of its caller; sockets verify
 * the token and then call {@link io.crewline.account.AccountService#identify}. What changes about a
 * user is told by {@link io.crewline.account.AccountChanged} and {@link
 * io.crewline.account.LoginEnded}, inside the transaction of the change.
 *
 * <p>May depend on {@code platform} only.
 */
@NullMarked
package io.crewline.account;

import org.jspecify.annotations.NullMarked;

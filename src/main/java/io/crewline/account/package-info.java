/**
 * Who may use Crewline: accounts and their roles, passwords, access and refresh tokens, and the
 * authenticated caller of a request.
 *
 * <p>Start with {@link io.crewline.account.AccountService} (who is this user, now) and {@link
 * io.crewline.account.AccessTokens} (whose token is this). A REST controller takes an {@link
 * io.crewline.account.Identity} argument and gets the live account of its caller; sockets verify
 * the token and then call {@link io.crewline.account.AccountService#identify}. Whoever holds
 * sockets open listens to {@link io.crewline.account.AccountChanged}.
 *
 * <p>May depend on {@code platform} only.
 */
@NullMarked
package io.crewline.account;

import org.jspecify.annotations.NullMarked;

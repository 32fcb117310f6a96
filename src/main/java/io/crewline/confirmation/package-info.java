/**
 * Confirmations: links by which an employee answers for tasks without an account, and the page that
 * such a link opens.
 *
 * <p>Start with {@link io.crewline.confirmation.ConfirmationService}, what managers do with links,
 * and {@code LinkService}, what is done by link: each call is one transaction with its events, and
 * repeating it has no effect. {@code LinkAccess} is the only way from a token to its link; it
 * counts calls and guesses, and answers alike for links that never were, have expired or were
 * revoked. {@code LinkController} is the API of a link, {@code PageController} the page {@code
 * /c/{token}}, which {@code LinkPage} writes. {@code TaskListener} takes tasks off links and tells
 * the makers of links what happens.
 *
 * <p>The texts of the page are in {@code confirmation/texts}, one file for each language; a new
 * language is a new file.
 *
 * <p>The token is in no table, log or event. A transaction locks the link first, then tasks; what
 * listens to tasks never locks a link.
 *
 * <p>May depend on {@code task}, {@code attachment}, {@code realtime}, {@code journal}, {@code
 * account} and {@code platform}; no gateway and no other feature.
 */
@NullMarked
package io.crewline.confirmation;

import org.jspecify.annotations.NullMarked;

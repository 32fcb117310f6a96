/**
 * What every other package stands on: settings and their validation, the database, the embedded
 * PostgreSQL, errors and problem answers, text rules, ids.
 *
 * <p>Start with {@link io.crewline.platform.Settings} (every setting, read and validated in one
 * place), {@link io.crewline.platform.Database} (transactions and SQL) and {@link
 * io.crewline.platform.ErrorCode} (the one catalogue of errors, used by REST and by every socket).
 *
 * <p>May depend on nothing of ours.
 */
@NullMarked
package io.crewline.platform;

import org.jspecify.annotations.NullMarked;

/**
 * What every REST call has in common: errors as RFC 9457 problems, which origins a browser may come
 * from, repeated calls, health.
 *
 * <p>Start with {@link io.crewline.platform.http.Problem}, the one shape of every error answer.
 * Controllers throw {@link io.crewline.platform.ApiException} and never build an error themselves.
 *
 * <p>May depend on {@code platform}.
 */
@NullMarked
package io.crewline.platform.http;

import org.jspecify.annotations.NullMarked;

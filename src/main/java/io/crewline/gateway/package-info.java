/**
 * What the gateways share: the JSON of events, notices and replies, and the frames that carry it.
 * Gateways translate between a protocol and the engine and hold no business rule.
 *
 * <p>May depend on {@code realtime}, {@code journal}, {@code account} and {@code platform}.
 */
@NullMarked
package io.crewline.gateway;

import org.jspecify.annotations.NullMarked;

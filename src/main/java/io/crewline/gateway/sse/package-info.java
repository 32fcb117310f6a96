/**
 * Events over plain HTTP: pages of a topic's journal, and the same topic as server-sent events
 * (WHATWG HTML §9.2).
 *
 * <p>Start with {@link io.crewline.gateway.sse.EventController}. A stream is a session like any
 * other, with an {@link io.crewline.gateway.sse.EventStream} as its transport, so that order,
 * catching up, slow clients and lost access are dealt with by the engine.
 *
 * <p>May depend on {@code realtime}, {@code journal}, {@code account} and {@code platform}.
 */
@NullMarked
package io.crewline.gateway.sse;

import org.jspecify.annotations.NullMarked;

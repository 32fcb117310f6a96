/**
 * Starts Crewline: {@link io.crewline.Crewline#start} turns settings into a running node. The
 * packages below it are layers; each {@code package-info} says what it holds and whom it may know:
 *
 * <pre>
 * platform  ← account, journal  ← realtime  ← gateway.*          (protocols, no business rules)
 *                                          ← chat, task, …      (features, no protocols)
 * </pre>
 */
@NullMarked
package io.crewline;

import org.jspecify.annotations.NullMarked;

/**
 * The chaos run: three nodes, one PostgreSQL and one Redis, each a process that is killed, stopped,
 * frozen and started again, while clients on stock connections write, read and resume; at the end
 * it compares what was acknowledged, what the journal holds and what was received. {@link
 * io.crewline.chaos.Chaos} is its command, {@link io.crewline.chaos.ChaosRun} its course, {@link
 * io.crewline.chaos.Comparison} its judge.
 */
@NullMarked
package io.crewline.chaos;

import org.jspecify.annotations.NullMarked;

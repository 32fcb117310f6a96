/**
 * The journal: the append-only record of every durable change, and the source of truth for what a
 * client has missed.
 *
 * <p>A feature publishes a {@link io.crewline.journal.DomainEvent} inside the transaction of its
 * change. {@link io.crewline.journal.JournalRecorder} gives it the next sequence number of its
 * {@link io.crewline.journal.Topic} and stores it in that same transaction; when the transaction
 * has committed, {@link io.crewline.journal.EventsCommitted} is published. {@link
 * io.crewline.journal.Journal} reads. Start with {@link io.crewline.journal.Position}.
 *
 * <p>An event of a topic in which not everybody sees everything says who may see it: {@link
 * io.crewline.journal.Audience}.
 *
 * <p>May depend on {@code platform}.
 */
@NullMarked
package io.crewline.journal;

import org.jspecify.annotations.NullMarked;

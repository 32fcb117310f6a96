package io.crewline.realtime;

import io.crewline.journal.Topic;
import java.time.Instant;

/**
 * Something that is true for a moment, such as that somebody types. It has no position, is not kept
 * and may be lost: whoever does not hear of it in time need not hear of it at all.
 *
 * @param at when it happened; precision one millisecond
 * @param data the payload as JSON text
 */
public record EphemeralEvent(Topic topic, String type, Instant at, String data) {}

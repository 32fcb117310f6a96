package io.crewline.realtime.presence;

import io.micronaut.serde.annotation.Serdeable;

/**
 * A user as others see them.
 *
 * @param id the username
 * @param name the display name
 */
@Serdeable
record Person(String id, String name) {}

package io.crewline.platform;

/**
 * A JSON object that has been written already and is copied from here on, wherever a serializable
 * value would do: as an event's payload, as a reply's body.
 */
public record JsonText(String text) {}

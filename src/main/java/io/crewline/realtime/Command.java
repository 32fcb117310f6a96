package io.crewline.realtime;

/**
 * What a client asks for.
 *
 * @param id how the client will recognise the reply; opaque to the engine, the gateway's to write
 * @param type the command's name
 * @param fields the other fields; unknown ones are ignored
 */
public record Command(String id, String type, Fields fields) {}

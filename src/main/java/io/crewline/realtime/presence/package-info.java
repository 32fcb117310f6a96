/**
 * Who is online and who types: true for a moment, never recorded, and it ends by itself when
 * whoever said it is gone.
 *
 * <p>Start with {@link io.crewline.realtime.presence.PresenceLoop}: four times a second it
 * publishes which users have sessions on this node, takes in what other nodes publish, and tells
 * sessions what changed ({@link io.crewline.realtime.presence.PresenceAnnouncer}). {@link
 * io.crewline.realtime.presence.OnlineUsers} is what a node knows of all nodes. The tables of
 * {@link io.crewline.realtime.presence.PresenceRepository} are the truth, each node's rows under a
 * lease; the broadcaster is only faster. {@link io.crewline.realtime.presence.Typing} needs no
 * table: every node lets what it heard expire.
 *
 * <p>Commands are the business of features, which know rooms: {@link
 * io.crewline.realtime.presence.Presence} and {@code Typing} are for them, {@link
 * io.crewline.realtime.presence.Roster} is theirs to implement.
 *
 * <p>May depend on {@code realtime} and what that may depend on.
 */
@NullMarked
package io.crewline.realtime.presence;

import org.jspecify.annotations.NullMarked;

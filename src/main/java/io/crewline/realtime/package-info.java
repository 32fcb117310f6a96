/**
 * The engine between protocols and features: who is connected, what they watch, and how an event
 * gets to each of them once and in order.
 *
 * <p>Start with {@link io.crewline.realtime.TopicHub}: it delivers committed events to this node's
 * sessions. A {@link io.crewline.realtime.Broadcaster} carries them to other nodes and is only a
 * fast path; the hub knows the last number it delivered of each topic, drops repeats, and fills
 * gaps from the journal. A {@link io.crewline.realtime.Subscription} is one session's place in one
 * topic. A {@link io.crewline.realtime.Session} is one connection: its {@link
 * io.crewline.realtime.Mailbox} handles its commands one after another, its {@link
 * io.crewline.realtime.Transport} is all that it knows of a protocol.
 *
 * <p>What changes about a user reaches their sessions on every node through the user's own topic:
 * {@link io.crewline.realtime.LiveAccess}.
 *
 * <p>A feature adds commands by declaring {@link io.crewline.realtime.CommandHandler} beans and
 * guards its topics with a {@link io.crewline.realtime.TopicAuthorizer}; no gateway changes for it.
 *
 * <p>Who sees only part of a topic is written what the {@link io.crewline.journal.Audience} of each
 * event grants them; the position moves past the rest, and a {@code position} notice tells it
 * within a second. So nothing that was hidden is read again by a resume.
 *
 * <p>What is only true for a moment, an {@link io.crewline.realtime.EphemeralEvent}, takes the same
 * way without a number and without the journal; see {@link io.crewline.realtime.presence}.
 *
 * <p>May depend on {@code journal}, {@code account} and {@code platform}.
 */
@NullMarked
package io.crewline.realtime;

import org.jspecify.annotations.NullMarked;

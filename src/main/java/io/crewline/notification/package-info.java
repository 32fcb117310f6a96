/**
 * Notifications: what concerns a user, told once, kept until it is read, the same on all their
 * devices.
 *
 * <p>Start with {@link io.crewline.notification.Notifier}. The {@code …Listener} classes hear the
 * public events of other features, in the transaction of the change, and say who is to be told; the
 * notifier stores it in that transaction, once for each user and cause, and records it on the topic
 * {@code user:<username>}. {@link io.crewline.notification.NotificationService} lists and marks as
 * read.
 *
 * <p>Nobody is told what they did themselves. Every event says how many are unread as of that
 * event: see {@link io.crewline.notification.NotificationEvent}. No lock is held that another
 * transaction could wait for crosswise: notifications are only added, in the order of users, and
 * marked in the order of ids, before topics are locked.
 *
 * <p>May depend on {@code realtime}, {@code journal}, {@code account} and {@code platform}, and on
 * the public services, ids and events of {@code chat}, {@code task} and {@code confirmation}.
 */
@NullMarked
package io.crewline.notification;

import org.jspecify.annotations.NullMarked;

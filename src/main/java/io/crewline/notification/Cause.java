package io.crewline.notification;

import org.jspecify.annotations.Nullable;

/**
 * Something that a user is to be told.
 *
 * @param username who is told
 * @param key what happened: the same user is never told the same again
 * @param by who did it; null for nobody
 */
record Cause(
    String username,
    NotificationKind kind,
    String key,
    @Nullable NotificationBy by,
    NotificationData data) {}

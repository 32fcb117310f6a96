package io.crewline.gateway.websocket;

import io.crewline.account.VerifiedToken;
import io.netty.util.AttributeKey;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * What {@link UpgradeGuard} found out about an upgrade.
 *
 * @param token the bearer token it came with, verified; null when there was none
 * @param originAllowed false for a page of an origin that is not allowed. The upgrade goes on all
 *     the same and ends at once with 4403, because a browser does not show a page the status of a
 *     refused upgrade
 * @param client where it comes from, past proxies that are trusted
 */
record Admission(@Nullable VerifiedToken token, boolean originAllowed, InetAddress client) {
  static final AttributeKey<Admission> KEY = AttributeKey.valueOf(Admission.class, "admission");
}

/**
 * The native WebSocket protocol at {@code /ws}: one JSON object in each text frame, RFC 6455 kept
 * strictly.
 *
 * <p>Start with {@link io.crewline.gateway.websocket.UpgradeGuard}, which decides about an upgrade
 * before the framework sees it, and {@link io.crewline.gateway.websocket.WebSocketEndpoint}, which
 * takes the upgraded channel over: from then on {@link io.crewline.gateway.websocket.InboundFrames}
 * reads commands and {@link io.crewline.gateway.websocket.WebSocketTransport} writes, both on the
 * channel's event loop, and the framework sees no more than the end of the connection.
 *
 * <p>May depend on {@code realtime}, {@code journal}, {@code account} and {@code platform}.
 */
@NullMarked
package io.crewline.gateway.websocket;

import org.jspecify.annotations.NullMarked;

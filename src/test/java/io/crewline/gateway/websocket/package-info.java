/** Tests of the native protocol over real sockets. */
@NullMarked
package io.crewline.gateway.websocket;

import org.jspecify.annotations.NullMarked;

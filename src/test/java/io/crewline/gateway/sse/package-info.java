/** Tests of events over plain HTTP. */
@NullMarked
package io.crewline.gateway.sse;

import org.jspecify.annotations.NullMarked;

/** Tests of typing and presence. */
@NullMarked
package io.crewline.realtime.presence;

import org.jspecify.annotations.NullMarked;

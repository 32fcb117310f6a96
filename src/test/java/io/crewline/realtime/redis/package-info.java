@NullMarked
package io.crewline.realtime.redis;

import org.jspecify.annotations.NullMarked;

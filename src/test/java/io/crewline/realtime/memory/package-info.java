@NullMarked
package io.crewline.realtime.memory;

import org.jspecify.annotations.NullMarked;

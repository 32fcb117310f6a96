@NullMarked
package io.crewline.realtime;

import org.jspecify.annotations.NullMarked;

/** The broadcaster of a node that is alone: there is nobody to carry events to. */
@NullMarked
package io.crewline.realtime.memory;

import org.jspecify.annotations.NullMarked;

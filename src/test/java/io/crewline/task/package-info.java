/** Tasks, over REST and sockets, on real databases. */
@NullMarked
package io.crewline.task;

import org.jspecify.annotations.NullMarked;

/** Settings and the embedded database, tried as an operator meets them. */
@NullMarked
package io.crewline.platform;

import org.jspecify.annotations.NullMarked;

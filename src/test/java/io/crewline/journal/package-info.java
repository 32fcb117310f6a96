@NullMarked
package io.crewline.journal;

import org.jspecify.annotations.NullMarked;

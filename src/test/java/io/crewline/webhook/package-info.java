@NullMarked
package io.crewline.webhook;

import org.jspecify.annotations.NullMarked;

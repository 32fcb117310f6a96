@NullMarked
package io.crewline.notification;

import org.jspecify.annotations.NullMarked;

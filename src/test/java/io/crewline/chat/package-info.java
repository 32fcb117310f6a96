@NullMarked
package io.crewline.chat;

import org.jspecify.annotations.NullMarked;

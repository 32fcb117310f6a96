/** Tests of confirmation links and their page. */
@NullMarked
package io.crewline.confirmation;

import org.jspecify.annotations.NullMarked;

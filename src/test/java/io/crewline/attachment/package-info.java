/** Tests of uploads and downloads. */
@NullMarked
package io.crewline.attachment;

import org.jspecify.annotations.NullMarked;

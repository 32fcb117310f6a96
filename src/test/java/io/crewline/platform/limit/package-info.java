/** Tests of buckets and addresses. */
@NullMarked
package io.crewline.platform.limit;

import org.jspecify.annotations.NullMarked;

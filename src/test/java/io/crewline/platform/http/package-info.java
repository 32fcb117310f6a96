/** What every REST call has in common, tried through a real node with a controller of the tests. */
@NullMarked
package io.crewline.platform.http;

import org.jspecify.annotations.NullMarked;

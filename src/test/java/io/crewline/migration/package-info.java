/** Whether nodes of two versions can share a database: its migrations, and a real pair. */
@NullMarked
package io.crewline.migration;

import org.jspecify.annotations.NullMarked;

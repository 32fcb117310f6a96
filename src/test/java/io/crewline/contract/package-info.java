/** Holds what a node really says against the API documents that it serves. */
@NullMarked
package io.crewline.contract;

import org.jspecify.annotations.NullMarked;

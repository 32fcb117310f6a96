/**
 * What tests stand on: a real PostgreSQL for the JVM, nodes started on it, clients to talk to them.
 */
@NullMarked
package io.crewline.testing;

import org.jspecify.annotations.NullMarked;

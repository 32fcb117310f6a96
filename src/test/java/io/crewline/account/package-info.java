/** Tests of accounts, over real HTTP on a real PostgreSQL. */
@NullMarked
package io.crewline.account;

import org.jspecify.annotations.NullMarked;

/**
 * How much a client may ask of a node: token buckets, and who they belong to.
 *
 * <p>Start with {@link io.crewline.platform.limit.RateLimits}, which keeps the buckets of users and
 * addresses. {@link io.crewline.platform.limit.ClientAddresses} says from which address a client
 * comes when there are proxies in between. Everything here is counted on this node alone: nothing
 * asks the cluster.
 *
 * <p>May depend on {@code platform}.
 */
@NullMarked
package io.crewline.platform.limit;

import org.jspecify.annotations.NullMarked;

/**
 * The broadcaster of a cluster: events go between nodes through Redis or Valkey pub/sub, when
 * {@code REDIS_URL} is set.
 *
 * <p>Start with {@link io.crewline.realtime.redis.RedisBroadcaster}, which keeps one {@link
 * io.crewline.realtime.redis.RedisLink} to Redis and makes another when it ends. What Redis is (one
 * server, a cluster, the master that sentinels know of) a {@link
 * io.crewline.realtime.redis.RedisConnector} finds out each time; a {@link
 * io.crewline.realtime.redis.RedisNode} is one server of it. An {@link
 * io.crewline.realtime.redis.Outbox} holds what waits to be published; an {@link
 * io.crewline.realtime.redis.Envelope} is what one published message looks like, sealed by {@link
 * io.crewline.realtime.redis.BroadcastKeys} when {@code CREWLINE_BROADCAST_KEYS} is set. Redis
 * keeps nothing of ours: it may be restarted or replaced at any time.
 *
 * <p>May depend on {@code realtime} and what that depends on. The only package that knows Lettuce.
 */
@NullMarked
package io.crewline.realtime.redis;

import org.jspecify.annotations.NullMarked;

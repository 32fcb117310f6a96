package io.crewline.gateway.websocket;

import io.crewline.account.AccessTokens;
import io.crewline.platform.Draining;
import io.crewline.platform.http.OriginPolicy;
import io.crewline.platform.http.RequestIds;
import io.crewline.platform.limit.ClientAddresses;
import io.crewline.platform.limit.RateLimits;
import io.micronaut.context.BeanProvider;
import io.micronaut.context.event.BeanCreatedEvent;
import io.micronaut.context.event.BeanCreatedEventListener;
import io.micronaut.http.netty.channel.ChannelPipelineCustomizer;
import io.micronaut.http.server.netty.NettyServerCustomizer;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import jakarta.inject.Singleton;

/**
 * Puts our handlers into the pipeline of each connection: the deadline of requests in front of the
 * codec; the ids and the count of requests, the guard of upgrades and the decoding of bodies in
 * front of the framework. The framework's compression of WebSockets is taken out: it inflates
 * without a limit.
 */
@Singleton
final class GatewayPipeline implements BeanCreatedEventListener<NettyServerCustomizer.Registry> {
  private static final String COMPRESSION = "WebSocketServerCompressionHandler";

  private final BeanProvider<OriginPolicy> origins;
  private final BeanProvider<AccessTokens> tokens;
  private final BeanProvider<Draining> draining;
  private final BeanProvider<RateLimits> limits;
  private final BeanProvider<ClientAddresses> addresses;
  private final BeanProvider<RequestIds> requestIds;

  GatewayPipeline(
      BeanProvider<OriginPolicy> origins,
      BeanProvider<AccessTokens> tokens,
      BeanProvider<Draining> draining,
      BeanProvider<RateLimits> limits,
      BeanProvider<ClientAddresses> addresses,
      BeanProvider<RequestIds> requestIds) {
    this.origins = origins;
    this.tokens = tokens;
    this.draining = draining;
    this.limits = limits;
    this.addresses = addresses;
    this.requestIds = requestIds;
  }

  @Override
  public NettyServerCustomizer.Registry onCreated(
      BeanCreatedEvent<NettyServerCustomizer.Registry> event) {
    event
        .getBean()
        .register(
            new NettyServerCustomizer() {
              @Override
              public NettyServerCustomizer specializeForChannel(Channel channel, ChannelRole role) {
                return role == ChannelRole.CONNECTION ? connection(channel) : this;
              }
            });
    return event.getBean();
  }

  private NettyServerCustomizer connection(Channel channel) {
    return new NettyServerCustomizer() {
      @Override
      public void onStreamPipelineBuilt() {
        ChannelPipeline pipeline = channel.pipeline();
        if (pipeline.get(ChannelPipelineCustomizer.HANDLER_HTTP_SERVER_CODEC) == null) {
          return;
        }
        if (pipeline.get(COMPRESSION) != null) {
          pipeline.remove(COMPRESSION);
        }
        RequestDeadline deadline = new RequestDeadline();
        pipeline.addBefore(
            ChannelPipelineCustomizer.HANDLER_HTTP_SERVER_CODEC, RequestDeadline.NAME, deadline);
        pipeline.addBefore(
            ChannelPipelineCustomizer.HANDLER_MICRONAUT_INBOUND,
            RequestIdHandler.NAME,
            new RequestIdHandler(requestIds.get()));
        pipeline.addBefore(
            ChannelPipelineCustomizer.HANDLER_MICRONAUT_INBOUND,
            OpenRequests.NAME,
            new OpenRequests(draining.get()));
        pipeline.addBefore(
            ChannelPipelineCustomizer.HANDLER_MICRONAUT_INBOUND,
            UpgradeGuard.NAME,
            new UpgradeGuard(
                origins.get(),
                tokens.get(),
                draining.get(),
                limits.get(),
                addresses.get(),
                deadline));
        pipeline.addBefore(
            ChannelPipelineCustomizer.HANDLER_MICRONAUT_INBOUND,
            BodyDecoding.NAME,
            new BodyDecoding());
      }
    };
  }
}

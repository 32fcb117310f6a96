package io.crewline.gateway.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;

/**
 * Reads frames and refuses what RFC 6455 §5 forbids: frames that are not masked, reserved bits and
 * opcodes, long or fragmented control frames. It only reports; {@link InboundFrames} closes.
 */
final class StrictFrameDecoder extends WebSocket13FrameDecoder {
  private static final WebSocketDecoderConfig CONFIG =
      WebSocketDecoderConfig.newBuilder()
          .expectMaskedFrames(true)
          .allowMaskMismatch(false)
          .allowExtensions(false)
          .maxFramePayloadLength(MessageBuffer.MAX_BYTES)
          .closeOnProtocolViolation(false)
          .withUTF8Validator(false)
          .build();

  StrictFrameDecoder() {
    super(CONFIG);
  }

  @Override
  protected void checkCloseFrameBody(ChannelHandlerContext ctx, ByteBuf buffer) {
    // CloseCodes judges it: the check of the superclass lets codes from 5000 on pass.
  }
}

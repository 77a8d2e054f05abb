import AsteriskProtocol
import NIOCore
import NIOWebSocket
import Telephony

/// The reading end of ARI's websocket: joins fragments, decodes, passes one batch per read; pings and waits
/// for the pong. A slow reader becomes a zombie that Asterisk still counts as our application: only the pong
/// tells.
final class ARIWebSocketHandler: ChannelInboundHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundOut = WebSocketFrame
  typealias Sink = @Sendable ([ReceivedEvent], ARIStatistics) -> Void

  /// How a websocket ended.
  struct End: Sendable {
    var reason: String
    /// Another connection took our application.
    var isReplaced = false
  }

  private let limits: LinkLimits
  private let sink: Sink
  private let ended: EventLoopPromise<End>
  private var end = End(reason: "the PBX closed the websocket")
  private var decoder = ARIDecoder()
  private var message: [UInt8] = []
  /// A text message has begun and not ended.
  private var isInText = false
  /// The rest of a message over the limit is being skipped.
  private var isTooLong = false
  private(set) var oversized = 0
  private var batch: [ReceivedEvent] = []
  private var pings: RepeatedTask?
  private var pongLimit: Scheduled<Void>?

  init(limits: LinkLimits, ended: EventLoopPromise<End>, sink: @escaping Sink) {
    self.limits = limits
    self.ended = ended
    self.sink = sink
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
    let interval = TimeAmount(limits.ariPingInterval)
    pings = context.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
      bound.value.handler.ping(bound.value.context)
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) { stopTimers() }

  private func stopTimers() {
    pings?.cancel()
    pongLimit?.cancel()
  }

  private func ping(_ context: ChannelHandlerContext) {
    guard context.channel.isActive, pongLimit == nil else { return }
    let frame = WebSocketFrame(fin: true, opcode: .ping, maskKey: .random(), data: ByteBuffer())
    context.writeAndFlush(Self.wrapOutboundOut(frame), promise: nil)
    let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
    let limit = limits.ariPongTimeout
    pongLimit = context.eventLoop.scheduleTask(in: TimeAmount(limit)) {
      bound.value.handler.end.reason = "no pong on the ARI websocket within \(limit.inSeconds) s"
      bound.value.context.close(promise: nil)
    }
  }

  /// Says why the websocket is about to be closed by us. On the event loop.
  func willClose(because reason: String) { end.reason = reason }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let frame = Self.unwrapInboundIn(data)
    switch frame.opcode {
    case .text:
      message = []
      isInText = true
      isTooLong = false
      take(frame, context)
    case .continuation: if isInText { take(frame, context) }
    case .ping:
      let pong = WebSocketFrame(fin: true, opcode: .pong, maskKey: .random(), data: frame.unmaskedData)
      context.writeAndFlush(Self.wrapOutboundOut(pong), promise: nil)
    case .pong:
      pongLimit?.cancel()
      pongLimit = nil
    case .connectionClose: context.close(promise: nil)
    default: break  // Binary: Asterisk never sends it. WebSocketOpcode is open, so no exhaustive list exists.
    }
  }

  private func take(_ frame: WebSocketFrame, _ context: ChannelHandlerContext) {
    let bytes = frame.unmaskedData.readableBytesView
    if isTooLong || message.count + bytes.count > limits.ariMessageBytesMax {
      if !isTooLong { oversized += 1 }
      isTooLong = true
      message = []
    } else {
      message.append(contentsOf: bytes)
    }
    guard frame.fin else { return }
    isInText = false
    guard !isTooLong else { return }
    switch decoder.decode(message) {
    case .event(let event, let at):
      batch.append(ReceivedEvent(event: event, at: at))
      if case .applicationReplaced(let application) = event { replaced(application, context) }
    case .ignored, .malformed: break
    }
    message = []
  }

  private func replaced(_ application: String, _ context: ChannelHandlerContext) {
    end = End(
      reason: "another connection took the Stasis application \"\(application)\": is a second service "
        + "configured for this PBX?", isReplaced: true)
    flush()
    context.close(promise: nil)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    flush()
    context.fireChannelReadComplete()
  }

  private func flush() {
    var statistics = decoder.statistics
    statistics.oversized += oversized
    let events = batch
    batch = []
    sink(events, statistics)
  }

  func channelInactive(context: ChannelHandlerContext) {
    stopTimers()
    flush()
    ended.succeed(end)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    end.reason = "ARI websocket: \(error)"
    context.close(promise: nil)
  }
}

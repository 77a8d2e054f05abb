import AsteriskProtocol
import NIOCore
import Telephony

/// The reading end of one AMI session: bytes to messages, answers to their askers, the rest as one batch per
/// read. Never waits: Asterisk cuts off a reader that blocks it.
final class AMIChannelHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = Never

  /// Called on the event loop: one batch of messages in order, and the parser's counts.
  typealias Sink = @Sendable ([AMIMessage], AMIStatistics) -> Void

  private var parser = AMIParser()
  private let table: ActionTable
  private let sink: Sink
  private var banner: EventLoopPromise<String>?
  private let ended: EventLoopPromise<String>
  private var batch: [AMIMessage] = []
  private var reason = "the PBX closed the connection"

  init(
    table: ActionTable, banner: EventLoopPromise<String>, ended: EventLoopPromise<String>,
    sink: @escaping Sink
  ) {
    self.table = table
    self.banner = banner
    self.ended = ended
    self.sink = sink
  }

  /// From now on events must carry this `SystemName`. On the event loop.
  func trust(systemName: String) { parser.trust.systemName = systemName }

  /// Says why the session is about to be closed by us. On the event loop.
  func willClose(because reason: String) { self.reason = reason }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let buffer = Self.unwrapInboundIn(data)
    buffer.withUnsafeReadableBytes { bytes in
      parser.consume(bytes) { message in take(message) }
    }
  }

  private func take(_ message: AMIMessage) {
    switch message {
    case .banner(let version):
      banner?.succeed(version)
      banner = nil
    case .response(let response): if !table.answer(response) { batch.append(message) }
    case .event, .listItem: batch.append(message)
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    flush()
    context.fireChannelReadComplete()
  }

  private func flush() {
    guard !batch.isEmpty else { return }
    let messages = batch
    batch = []
    sink(messages, parser.statistics)
  }

  func channelInactive(context: ChannelHandlerContext) {
    parser.connectionEnded()
    flush()
    banner?.fail(LinkError(.cut, reason))
    banner = nil
    table.close(reason)
    ended.succeed(reason)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    reason = "\(error)"
    context.close(promise: nil)
  }
}

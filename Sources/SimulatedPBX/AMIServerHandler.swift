internal import NIOCore
internal import Synchronization

/// One AMI connection of the simulated PBX: splits actions at the blank line and answers them.
final class AMIServerHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let pbx: SimulatedPBX
  private var pending: [UInt8] = []
  private var session = 0

  init(pbx: SimulatedPBX) { self.pbx = pbx }

  func channelActive(context: ChannelHandlerContext) {
    session = pbx.state.withLock { state in
      state.sessionsAccepted += 1
      state.sessions[state.sessionsAccepted] = SimulatedPBX.Session(channel: context.channel)
      return state.sessionsAccepted
    }
    if !pbx.state.withLock({ $0.amiIsSilent }) { write("\(pbx.settings.banner)\r\n", context) }
    pbx.changed()
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    pbx.state.withLock { _ = $0.sessions.removeValue(forKey: session) }
    pbx.changed()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let now = ContinuousClock.now
    pending.append(contentsOf: Self.unwrapInboundIn(data).readableBytesView)
    let end = Array("\r\n\r\n".utf8)
    while let range = pending.firstRange(of: end) {
      let text = String(decoding: pending[..<range.lowerBound], as: UTF8.self)
      pending.removeSubrange(..<range.upperBound)
      let headers = text.split(separator: "\r\n").map { line in
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let value = parts.count > 1 ? parts[1].drop { $0 == " " } : ""
        return (name: String(parts[0]), value: String(value))
      }
      act(ReceivedAction(session: session, headers: headers, arrivedAt: now), context)
    }
  }

  private func act(_ action: ReceivedAction, _ context: ChannelHandlerContext) {
    let (script, silent) = pbx.state.withLock { state in
      state.actions.append(action)
      return (state.onAction, state.amiIsSilent)
    }
    defer { pbx.changed() }
    if silent { return }
    let (reply, after) = script?(action).map { ($0, []) } ?? pbx.builtInReply(to: action)
    switch reply {
    case .silence: break
    case .cut: context.close(promise: nil)
    case .answer(let lines, let events):
      let id = action.header("ActionID")
      let addition = id.isEmpty ? [] : ["ActionID: \(id)"]
      var text = frame([lines[0]] + addition + lines.dropFirst())
      for event in events { text += frame(event + addition) }
      write(text, context)
    }
    for event in after { pbx.sendEvent(event) }
  }

  private func frame(_ lines: [String]) -> String { (lines + ["", ""]).joined(separator: "\r\n") }

  private func write(_ text: String, _ context: ChannelHandlerContext) {
    context.writeAndFlush(Self.wrapOutboundOut(context.channel.allocator.buffer(string: text)), promise: nil)
  }
}

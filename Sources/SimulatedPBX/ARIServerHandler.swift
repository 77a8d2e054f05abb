internal import NIOCore
internal import NIOHTTP1
internal import NIOWebSocket
internal import Synchronization

/// HTTP with an upgrade to the websocket at `/ari/events`.
func setUpHTTP(_ channel: any Channel, _ pbx: SimulatedPBX) throws {
  let requests = NIOLoopBound(ARIServerHandler(pbx: pbx), eventLoop: channel.eventLoop)
  let upgrader = NIOWebSocketServerUpgrader(
    maxFrameSize: 1 << 20,
    shouldUpgrade: { [weak pbx] channel, head in
      let (path, query) = splitTarget(head.uri)
      let allowed = pbx.map {
        $0.mayConnect(query: query, authorization: head.headers.first(name: "Authorization"))
      }
      let upgrades = path == "/ari/events" && query["app"] != nil && allowed == true
      return channel.eventLoop.makeSucceededFuture(upgrades ? HTTPHeaders() : nil)
    },
    upgradePipelineHandler: { [weak pbx] channel, head in
      channel.eventLoop.makeCompletedFuture {
        guard let pbx else { throw ChannelError.ioOnClosedChannel }
        let application = splitTarget(head.uri).query["app"] ?? ""
        try channel.pipeline.syncOperations.addHandler(
          WebSocketServerHandler(pbx: pbx, application: application))
      }
    })
  try channel.pipeline.syncOperations.configureHTTPServerPipeline(
    withServerUpgrade: (
      upgraders: [upgrader],
      completionHandler: { context in
        context.pipeline.syncOperations.removeHandler(requests.value, promise: nil)
      }
    ))
  try channel.pipeline.syncOperations.addHandler(requests.value)
}

/// The path of a request target and its percent-decoded query.
func splitTarget(_ target: String) -> (path: String, query: [String: String]) {
  let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
  var query: [String: String] = [:]
  for pair in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
    let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    query[percentDecoded(sides[0])] = sides.count > 1 ? percentDecoded(sides[1]) : ""
  }
  return (percentDecoded(parts[0]), query)
}

private func percentDecoded(_ text: Substring) -> String {
  var bytes: [UInt8] = []
  var rest = text.utf8[...]
  while let byte = rest.popFirst() {
    if byte == UInt8(ascii: "%"), let value = UInt8(String(Substring(rest.prefix(2))), radix: 16) {
      bytes.append(value)
      rest = rest.dropFirst(2)
    } else {
      bytes.append(byte)
    }
  }
  return String(decoding: bytes, as: UTF8.self)
}

/// REST requests of one HTTP connection.
final class ARIServerHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let pbx: SimulatedPBX
  private var head: HTTPRequestHead?
  private var body: [UInt8] = []

  init(pbx: SimulatedPBX) { self.pbx = pbx }

  func handlerAdded(context: ChannelHandlerContext) {
    pbx.state.withLock { state in
      state.httpConnectionsAccepted += 1
      state.httpChannels[ObjectIdentifier(context.channel)] = context.channel
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    pbx.state.withLock { _ = $0.httpChannels.removeValue(forKey: ObjectIdentifier(context.channel)) }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch Self.unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body = []
    case .body(let buffer): body.append(contentsOf: buffer.readableBytesView)
    case .end:
      guard let head else { return }
      answer(head, at: .now, context)
      self.head = nil
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func answer(
    _ head: HTTPRequestHead, at now: ContinuousClock.Instant, _ context: ChannelHandlerContext
  ) {
    let (path, query) = splitTarget(head.uri)
    let request = ReceivedRequest(
      method: head.method.rawValue, path: path, query: query, body: String(decoding: body, as: UTF8.self),
      arrivedAt: now)
    let script = pbx.state.withLock { state in
      state.requests.append(request)
      return state.onRequest
    }
    defer { pbx.changed() }
    let allowed = pbx.mayConnect(query: query, authorization: head.headers.first(name: "Authorization"))
    let refusal = RequestReply.answer(status: 401, body: #"{"message":"Authentication required"}"#)
    switch script?(request) ?? (allowed ? pbx.builtInReply(to: request) : refusal) {
    case .silence: break
    case .cut: context.close(promise: nil)
    case .answer(let status, let body):
      var headers = HTTPHeaders()
      if status != 204 { headers.add(name: "Content-Length", value: String(body.utf8.count)) }
      headers.add(name: "Content-Type", value: "application/json")
      let head = HTTPResponseHead(
        version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: headers)
      context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
      if !body.isEmpty {
        context.write(Self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
      }
      context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
    }
  }
}

/// One ARI websocket: answers pings, keeps a record of itself.
final class WebSocketServerHandler: ChannelInboundHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundOut = WebSocketFrame

  private let pbx: SimulatedPBX
  private let application: String
  private var number = 0

  init(pbx: SimulatedPBX, application: String) {
    self.pbx = pbx
    self.application = application
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let (number, others) = pbx.state.withLock { state in
      let others = state.webSockets.values.filter { $0.application == application }.map(\.channel)
      state.webSocketsAccepted += 1
      state.webSockets[state.webSocketsAccepted] = .init(channel: context.channel, application: application)
      return (state.webSocketsAccepted, others)
    }
    self.number = number
    // As res_stasis does: the one before is told, and stays open.
    let text =
      #"{"type":"ApplicationReplaced","application":"\#(application)","timestamp":"2026-11-22T08:00:00.000+0000"}"#
    for other in others {
      let frame = WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(string: text))
      other.writeAndFlush(frame, promise: nil)
    }
    pbx.changed()
  }

  func channelInactive(context: ChannelHandlerContext) {
    pbx.state.withLock { _ = $0.webSockets.removeValue(forKey: number) }
    pbx.changed()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let frame = Self.unwrapInboundIn(data)
    if frame.opcode == .ping {
      let silent = pbx.state.withLock { state in
        state.pingsReceived += 1
        return state.webSocketsAreSilent
      }
      if !silent {
        let pong = WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData)
        context.writeAndFlush(Self.wrapOutboundOut(pong), promise: nil)
      }
      pbx.changed()
    } else if frame.opcode == .connectionClose {
      context.close(promise: nil)
    }
  }
}

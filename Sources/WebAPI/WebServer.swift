import Foundation
import HTTPTypes
public import Hummingbird
public import Logging
import NIOCore

/// Where the API listens.
public struct WebSettings: Sendable {
  /// Default 127.0.0.1.
  public var host: String
  /// Default 8080; 0 takes a free one.
  public var port: Int
  /// Readers of `/api/v1/stream` at once, at most; one more is answered 503. Default 300.
  public var streamReadersMax: Int

  public init(host: String = "127.0.0.1", port: Int = 8080, streamReadersMax: Int = 300) {
    self.host = host
    self.port = port
    self.streamReadersMax = streamReadersMax
  }
}

/// The HTTP side of the service.
public struct WebServer: Sendable {
  public let settings: WebSettings
  let face: any ServiceFace
  let logger: Logger

  public init(settings: WebSettings, face: any ServiceFace, logger: Logger) {
    self.settings = settings
    self.face = face
    self.logger = logger
  }

  /// The application to run; `onListening` is told the port once it listens.
  public func application(
    onListening: @escaping @Sendable (Int) async -> Void = { _ in }
  ) -> some ApplicationProtocol {
    Application(
      router: router(),
      configuration: ApplicationConfiguration(
        address: .hostname(settings.host, port: settings.port), serverName: "perezvon"),
      onServerRunning: { channel in await onListening(channel.localAddress?.port ?? 0) },
      logger: logger)
  }

  func router() -> Router<BasicRequestContext> {
    let router = Router(context: BasicRequestContext.self)
    let face = face
    router.get("/healthz") { _, _ in
      Response(status: .ok, headers: [.contentType: "text/plain"], body: text("ok\n"))
    }
    router.get("/readyz") { request, _ in
      if let refused = await refusal(request, needs: .viewer) { return refused }
      let reasons = await face.reasonsNotReady()
      return json(
        ["ready": .bool(reasons.isEmpty), "reasons": .strings(reasons)],
        reasons.isEmpty ? .ok : .serviceUnavailable)
    }
    router.get("/api/v1/status") { request, _ in
      if let refused = await refusal(request, needs: .viewer) { return refused }
      return Self.encoded(await face.status())
    }
    let readers = StreamReaders(max: settings.streamReadersMax)
    router.get("/api/v1/stream") { request, _ in
      if let refused = await refusal(request, needs: .viewer) { return refused }
      guard readers.enter() else {
        return problem(
          .serviceUnavailable,
          "All \(settings.streamReadersMax) places at the stream are taken; try again later.")
      }
      return stream(readers)
    }
    addPreviewRoutes(to: router)
    return router
  }

  /// Nil where the request may go on.
  func refusal(_ request: Request, needs: Role) async -> Response? {
    let prefix = "Bearer "
    guard let header = request.headers[.authorization], header.hasPrefix(prefix) else {
      return problem(
        .unauthorized, "Send a token: Authorization: Bearer …; `perezvon token create` makes one.")
    }
    guard let role = await face.role(token: String(header.dropFirst(prefix.count))) else {
      return problem(.unauthorized, "This token is unknown, expired or revoked.")
    }
    guard role >= needs else {
      return problem(.forbidden, "This needs the role \(needs.rawValue); the token has \(role.rawValue).")
    }
    return nil
  }

  private func stream(_ readers: StreamReaders) -> Response {
    let face = face
    let place = StreamPlace(readers)
    return Response(
      status: .ok,
      headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
      body: ResponseBody { [place] writer in
        // Held until the last use of the body, also of one that is never sent.
        _ = place
        let latest = await face.news()
        try await writer.write(Self.event("status", await face.status()))
        for await news in latest {
          switch news {
          case .status(let status): try await writer.write(Self.event("status", status))
          case .notice(let notice): try await writer.write(Self.event("notice", notice))
          case .card(let card): try await writer.write(Self.event("card", card))
          }
        }
        try await writer.finish(nil)
      })
  }

  private static func event(_ name: String, _ value: some Encodable) -> ByteBuffer {
    // JSONEncoder writes no newline unless pretty-printing is asked for, so one data line suffices.
    let data = (try? JSONEncoder().encode(value)) ?? Data("{}".utf8)
    var buffer = ByteBuffer()
    buffer.writeString("event: \(name)\ndata: ")
    buffer.writeBytes(data)
    buffer.writeString("\n\n")
    return buffer
  }

  static func encoded(_ value: some Encodable) -> Response {
    guard let data = try? JSONEncoder().encode(value) else { return Response(status: .internalServerError) }
    return Response(
      status: .ok, headers: [.contentType: "application/json"],
      body: .init(byteBuffer: ByteBuffer(bytes: data)))
  }
}

/// A reader's place, given back when the answer is gone.
final class StreamPlace: Sendable {
  private let readers: StreamReaders
  init(_ readers: StreamReaders) { self.readers = readers }
  deinit { readers.leave() }
}

/// Counts the readers of the stream: each holds a connection and a buffer.
final class StreamReaders: Sendable {
  private let max: Int
  private let count = Counter()

  init(max: Int) { self.max = max }

  func enter() -> Bool { count.add(1, upTo: max) }
  func leave() { _ = count.add(-1, upTo: max) }
}

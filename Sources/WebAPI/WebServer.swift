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
    let fan = StreamFan(status: { await face.status() }, news: { await face.news() })
    router.get("/api/v1/stream") { request, _ in
      if let refused = await refusal(request, needs: .viewer) { return refused }
      guard readers.enter() else {
        return problem(
          .serviceUnavailable,
          "All \(settings.streamReadersMax) places at the stream are taken; try again later.")
      }
      return stream(readers, fan)
    }
    Pages().add(to: router)
    return router
  }

  /// Nil where the request may go on.
  private func refusal(_ request: Request, needs: Role) async -> Response? {
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

  private func stream(_ readers: StreamReaders, _ fan: StreamFan) -> Response {
    let place = StreamPlace(readers)
    return Response(
      status: .ok,
      headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
      body: ResponseBody { [place] writer in
        // Held until the last use of the body, also of one that is never sent.
        _ = place
        let reading = await fan.enter()
        defer { fan.leave(reading) }
        try await writer.write(reading.first)
        for await _ in reading.wakes {
          for event in fan.take(reading) { try await writer.write(event) }
        }
        try await writer.finish(nil)
      })
  }

  private static func encoded(_ value: some Encodable) -> Response {
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

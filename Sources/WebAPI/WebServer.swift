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

  /// Everything that is answered, in the order of the documentation.
  func routes() -> [Route] {
    let described =
      ServiceRoutes.all(face) + [stream] + JobRoutes.all(face) + NumberRoutes.all(face)
      + CustomerRoutes.all(face) + AgentRoutes.all(face) + CardRoutes.all(face) + OwnCallRoutes.all(face)
      + CampaignRoutes.all(face) + TaskRoutes.all(face) + ReportRoutes.all(face)
    let document = OpenAPIDocument(routes: described).node
    let own = Route(
      method: .get, path: "/api/v1/openapi.json", role: .viewer, sentence: "This document."
    ) { _ in .ok(document) }
    return described + [own]
  }

  func router() -> Router<BasicRequestContext> {
    let router = Router(context: BasicRequestContext.self, options: [.autoGenerateHeadEndpoints])
    let gate = Gate(face: face, limits: RateLimit(), logger: logger)
    let routes = routes()
    router.add(middleware: UnknownPaths(routes: routes))
    for route in routes {
      router.on(RouterPath(route.path), method: route.method) { request, context in
        await gate.answer(request, context, route)
      }
    }
    Pages().add(to: router)
    return router
  }

  static func encoded(_ value: some Encodable) -> Response {
    guard let data = try? JSONEncoder().encode(value) else { return Response(status: .internalServerError) }
    return Response(
      status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
      body: .init(byteBuffer: ByteBuffer(bytes: data)))
  }
}

/// Answers what no route is for: 404, or 405 with the methods there are.
private struct UnknownPaths: RouterMiddleware {
  typealias Context = BasicRequestContext
  let routes: [Route]

  @concurrent func handle(
    _ request: Request, context: Context,
    next: @concurrent (Request, Context) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let error as HTTPError where error.status == .notFound {
      let parts = request.uri.path.split(separator: "/")
      let allowed = routes.filter { Self.matches($0.path, parts) }.map(\.method.rawValue)
      guard !allowed.isEmpty else {
        return APIProblem(.notFound, "There is nothing at this path; see /api/v1/openapi.json.").response
      }
      var problem = APIProblem(.methodNotAllowed, "This path answers \(allowed.joined(separator: ", ")).")
      problem.headers[.allow] = allowed.joined(separator: ", ")
      return problem.response
    }
  }

  private static func matches(_ path: String, _ parts: [Substring]) -> Bool {
    let own = path.split(separator: "/")
    return own.count == parts.count && zip(own, parts).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
  }
}

import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Telephony

/// What every request passes before its route works: token, role, rate, parameters, body, idempotency key.
struct Gate: Sendable {
  let face: any ServiceFace
  let limits: RateLimit
  let logger: Logger

  func answer(_ request: Request, _ context: BasicRequestContext, _ route: Route) async -> Response {
    let begun = ContinuousClock.now
    let response = await tried(request, context, route)
    face.answered(route.method.rawValue, route.path, status: response.status.code, in: .now - begun)
    return response
  }

  private func tried(
    _ request: Request, _ context: BasicRequestContext, _ route: Route
  ) async -> Response {
    do {
      return try await pass(request, context, route)
    } catch let problem as APIProblem {
      return problem.response
    } catch {
      logger.error("A request failed", metadata: ["path": "\(route.path)", "error": "\(error)"])
      return APIProblem(.failed, "The request failed; the log of the service says why.").response
    }
  }

  private func pass(
    _ request: Request, _ context: BasicRequestContext, _ route: Route
  ) async throws -> Response {
    let bearer = try await bearer(request, route)
    if let seconds = limits.wait(bearer.label, perSecond: face.requestsPerSecond) {
      face.reached(limit: "http.requests_per_second")
      var problem = APIProblem(
        .tooMany,
        "This token made more than \(face.requestsPerSecond) requests a second (http.requests_per_second); wait."
      )
      problem.headers[.retryAfter] = String(seconds)
      throw problem
    }
    var read = APIRequest(
      bearer: bearer, path: [:], query: try query(request, route),
      contentType: Self.contentType(request), body: [])
    for name in route.pathParameters {
      let raw = context.parameters.get(name) ?? ""
      guard let value = raw.removingPercentEncoding, !value.isEmpty, value.unicodeScalars.count <= 200 else {
        throw APIProblem(.notFound, "There is nothing at this path.")
      }
      read.path[name] = value
    }
    if let body = route.body { read.body = try await self.body(request, body, read.contentType) }
    // Logging in twice does no harm, and its cookie is in no answer that could be kept.
    guard route.method == .post, route.role != nil, let key = try Self.key(request) else {
      return try Self.response(try await route.handle(read))
    }
    return try await once(key, read, request, route)
  }

  // MARK: Who asks

  private func bearer(_ request: Request, _ route: Route) async throws(APIProblem) -> Bearer {
    guard let role = route.role else { return Bearer(label: "everybody", role: .viewer) }
    let prefix = "Bearer "
    let header = request.headers[.authorization]
    guard
      let token = header.map({ $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : "" })
        ?? SessionCookie.token(request.headers)
    else {
      throw APIProblem(
        .unauthorized, "Send a token: Authorization: Bearer …; `perezvon token create` makes one.")
    }
    guard let bearer = try await face.bearer(token: token) else {
      throw APIProblem(.unauthorized, "This token is unknown, expired or revoked.")
    }
    // No form of another site can send these types, and the cookie does not go with what another site sends.
    guard
      header != nil || request.method != .post
        || ["application/json", "text/csv"].contains(Self.contentType(request))
    else { throw APIProblem(.notAJSONBody, "With a cookie the Content-Type must be application/json.") }
    guard bearer.role >= role else {
      throw APIProblem(
        .forbidden, "This needs the role \(role.rawValue); the token has \(bearer.role.rawValue).")
    }
    return bearer
  }

  // MARK: What is asked

  private func query(_ request: Request, _ route: Route) throws(APIProblem) -> [String: String] {
    var found: [String: String] = [:]
    for pair in (request.uri.query ?? "").split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = Self.decoded(parts[0]), let value = Self.decoded(parts.count > 1 ? parts[1] : "")
      else {
        throw APIProblem(.invalid, "The query is not percent-encoded UTF-8.")
      }
      guard let parameter = route.parameters.first(where: { $0.name == name }) else {
        let known = route.parameters.map(\.name).joined(separator: ", ")
        throw APIProblem(
          .invalid,
          known.isEmpty
            ? "This path takes no query." : "The query must not have `\(name)`; it may have: \(known).")
      }
      guard parameter.accepts(value) else {
        throw APIProblem(.invalid, "`\(name)` in the query is not what it may be: \(parameter.sentence)")
      }
      guard found.updateValue(value, forKey: name) == nil else {
        throw APIProblem(.invalid, "`\(name)` stands in the query twice.")
      }
    }
    return found
  }

  private static func decoded(_ text: Substring) -> String? {
    text.replacing("+", with: " ").removingPercentEncoding
  }

  static func contentType(_ request: Request) -> String {
    let field = request.headers[.contentType] ?? ""
    return field.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
  }

  private func body(
    _ request: Request, _ body: Route.Body, _ type: String
  ) async throws(APIProblem) -> [UInt8] {
    let bytes: [UInt8]
    do {
      bytes = Array(try await request.body.collect(upTo: body.bytesMax).readableBytesView)
    } catch {
      face.reached(limit: "bodyBytesMax")
      throw APIProblem(.tooLarge, "The body must have at most \(body.bytesMax) bytes.")
    }
    guard !bytes.isEmpty else {
      guard !body.required else { throw APIProblem(.invalid, "The body is empty.") }
      return []
    }
    guard type == "application/json" || body.otherTypes.contains(type) else {
      throw APIProblem(
        .notAJSONBody,
        "Content-Type must be \((["application/json"] + body.otherTypes).joined(separator: " or ")).")
    }
    return bytes
  }

  // MARK: Once only

  /// Characters of an `Idempotency-Key`, at most.
  static let keyMax = 200

  private static func key(_ request: Request) throws(APIProblem) -> String? {
    guard let key = request.headers[.idempotencyKey] else { return nil }
    guard (1...keyMax).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw APIProblem(
        .invalid, "Idempotency-Key must be 1 to \(keyMax) visible ASCII characters, such as a UUID.")
    }
    return key
  }

  private func once(_ key: String, _ read: APIRequest, _ request: Request, _ route: Route) async throws
    -> Response
  {
    let fingerprint =
      "\(request.method.rawValue) \(request.uri.path)?\(request.uri.query ?? "")\n"
      + String(decoding: read.body, as: UTF8.self)
    switch try await face.takeKey(key, of: read.bearer, fingerprint: fingerprint) {
    case .busy:
      throw APIProblem(.conflict, "The first request with this Idempotency-Key is still being done.")
    case .otherRequest:
      throw APIProblem(.keyReused, "This Idempotency-Key was used for another request; take a new one.")
    case .answered(let kept):
      return Response(
        status: .init(code: kept.status),
        headers: [.contentType: kept.contentType, .idempotencyReplayed: "true"],
        body: .init(byteBuffer: ByteBuffer(bytes: kept.body)))
    case .taken: break
    }
    do {
      let answer = try await route.handle(read)
      let (bytes, type) = try Self.bytes(answer.body)
      await face.keepAnswer(
        KeptAnswer(status: answer.status.code, contentType: type, body: bytes), key: key, of: read.bearer)
      return Self.response(answer, bytes, type)
    } catch {
      // A no may be a yes the next time: only what was done is kept.
      await face.keepAnswer(nil, key: key, of: read.bearer)
      throw error
    }
  }

  // MARK: The answer

  private static func bytes(_ body: APIAnswer.Body) throws -> ([UInt8], type: String) {
    switch body {
    case .empty, .response: ([], "application/json")
    case .text(let text, let type): (Array(text.utf8), type)
    case .document(let document): (Array(try APIEncoder.data(document)), "application/json")
    }
  }

  private static func response(_ answer: APIAnswer) throws -> Response {
    if case .response(let response) = answer.body { return response }
    let (bytes, type) = try bytes(answer.body)
    return Self.response(answer, bytes, type)
  }

  /// Of what was encoded already: the answer that is kept is the one that is given, to the byte.
  private static func response(_ answer: APIAnswer, _ bytes: [UInt8], _ type: String) -> Response {
    var response = Response(
      status: answer.status, headers: answer.headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    if !bytes.isEmpty { response.headers[.contentType] = type }
    response.headers[.cacheControl] = "no-store"
    response.headers[.xContentTypeOptions] = "nosniff"
    return response
  }
}

/// Writes documents as the API shows them.
enum APIEncoder {
  static func data(_ document: APIDocument) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    encoder.userInfo[.momentText] = MomentFormat { MomentText.text($0) }
    return try encoder.encode(document)
  }
}

extension HTTPField.Name {
  static let idempotencyKey = HTTPField.Name("Idempotency-Key")!
  static let idempotencyReplayed = HTTPField.Name("Idempotency-Replayed")!
}

import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The routes of preview mode: `/api/v1/agents/{member}/…` and `/api/v1/attempts/{id}/…`. All need the role agent.
extension WebServer {
  /// Bytes of a body, at most: one more is answered 413.
  static let cardBodyMax = 8_192

  func addPreviewRoutes(to router: Router<BasicRequestContext>) {
    let face = face
    router.post("/api/v1/agents/:member/next") { request, context in
      await answer(request) { () throws(CardRefusal) in
        try await face.nextCard(for: try Self.decoded("member", context))
      }
    }
    router.get("/api/v1/agents/:member/card") { request, context in
      await answer(request) { () throws(CardRefusal) in
        try await face.card(of: try Self.decoded("member", context))
      }
    }
    router.post("/api/v1/attempts/:id/accept") { request, context in
      await answer(request) { () throws(CardRefusal) in
        try await face.accept(attempt: try Self.decoded("id", context))
      }
    }
    router.post("/api/v1/attempts/:id/decline") { request, context in
      await answer(request) { () throws(CardRefusal) in
        try await face.decline(attempt: try Self.decoded("id", context))
      }
    }
    router.post("/api/v1/attempts/:id/postpone") { request, context in
      await answer(request) { () throws(CardRefusal) in
        let until: PostponeRequest = try await Self.body(request)
        return try await face.postpone(attempt: try Self.decoded("id", context), until: until)
      }
    }
    router.post("/api/v1/attempts/:id/disposition") { request, context in
      if let refused = await refusal(request, needs: .agent) { return refused }
      do throws(CardRefusal) {
        let remark: DispositionRequest = try await Self.body(request)
        try await face.remark(attempt: try Self.decoded("id", context), remark)
        return Response(status: .noContent)
      } catch { return Self.refused(error) }
    }
  }

  private func answer(
    _ request: Request, _ work: () async throws(CardRefusal) -> CardAnswer
  ) async -> Response {
    if let refused = await refusal(request, needs: .agent) { return refused }
    do throws(CardRefusal) {
      var response = Self.encoded(try await work())
      response.headers[.cacheControl] = "no-store"
      return response
    } catch { return Self.refused(error) }
  }

  /// A part of the path, percent-encoded as it came: `PJSIP%2F101`.
  private static func decoded(_ name: String, _ context: BasicRequestContext) throws(CardRefusal) -> String {
    guard let raw = context.parameters.get(name), let text = raw.removingPercentEncoding, !text.isEmpty else {
      throw CardRefusal(.unknown, "The path holds no \(name) that can be read.")
    }
    return text
  }

  private static func body<Value: Decodable>(_ request: Request) async throws(CardRefusal) -> Value {
    let buffer: ByteBuffer
    do { buffer = try await request.body.collect(upTo: cardBodyMax) } catch {
      throw CardRefusal(.invalid, "The body is longer than \(cardBodyMax) bytes, or was cut off.")
    }
    do { return try JSONDecoder().decode(Value.self, from: Data(buffer.readableBytesView)) } catch {
      throw CardRefusal(.invalid, "The body is no JSON of the expected form; docs/api.md shows it.")
    }
  }

  private static func refused(_ refusal: CardRefusal) -> Response {
    let status: HTTPResponse.Status =
      switch refusal.kind {
      case .unknown: .notFound
      case .over: .conflict
      case .invalid: .unprocessableContent
      case .elsewhere: .serviceUnavailable
      }
    return problem(status, refusal.sentence)
  }
}

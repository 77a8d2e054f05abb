import Foundation
import HTTPTypes

/// Preview mode: `/api/v1/agents/{member}/…` and `/api/v1/attempts/{id}/…`. A token of role agent acts for its own member.
enum CardRoutes {
  private static let member = "/api/v1/agents/{member}"
  private static let attempt = "/api/v1/attempts/{id}"

  private static let answer: JSONNode = [
    "type": "object", "required": ["reason"],
    "properties": [
      "card": [
        "type": ["object", "null"],
        "description": "Absent where there is none. Its moments are microseconds since 1970 UTC.",
      ],
      "reason": ["type": "string", "description": "Why there is none, or what became of it."],
    ],
  ]

  static func all(_ face: any PreviewFace) -> [Route] {
    [
      Route(
        method: .post, path: "\(member)/next", role: .agent,
        sentence: "The agent's card; where he has none he asks for one and is waited with for a moment.",
        body: APISchema.noBody, answer: .init(schema: answer)
      ) { request in
        _ = try request.object([])
        let member = try request.member()
        return try await told { () throws(CardRefusal) in try await face.nextCard(for: member) }
      },
      Route(
        method: .get, path: "\(member)/card", role: .agent,
        sentence: "The agent's card, without asking for one.", answer: .init(schema: answer)
      ) { request in
        let member = try request.member()
        return try await told { () throws(CardRefusal) in try await face.card(of: member) }
      },
      change("accept", "The agent takes the card: his phone rings, then the customer's.", face) {
        id throws(CardRefusal) in try await face.accept(attempt: id)
      },
      change("decline", "The agent does not want the card; it goes to another.", face) {
        id throws(CardRefusal) in try await face.decline(attempt: id)
      },
      postpone(face), disposition(face),
    ]
  }

  private static func change(
    _ verb: String, _ sentence: String, _ face: any PreviewFace,
    _ work: @escaping @Sendable (String) async throws(CardRefusal) -> CardAnswer
  ) -> Route {
    Route(
      method: .post, path: "\(attempt)/\(verb)", role: .agent, sentence: sentence, body: APISchema.noBody,
      answer: .init(schema: answer)
    ) { request in
      _ = try request.object([])
      let id = try await ownAttempt(request, face)
      return try await told { () throws(CardRefusal) in try await work(id) }
    }
  }

  private static func postpone(_ face: any PreviewFace) -> Route {
    Route(
      method: .post, path: "\(attempt)/postpone", role: .agent,
      sentence: "The customer is called later: in so many minutes, or at a moment on his clock.",
      body: .init(schema: [
        "type": "object", "additionalProperties": false, "minProperties": 1, "maxProperties": 1,
        "properties": [
          "minutes": ["type": "integer", "minimum": 1, "maximum": 43_200],
          "at": ["type": "string", "minLength": 1, "maxLength": 40],
        ],
      ]), answer: .init(schema: answer)
    ) { request in
      let until: PostponeRequest = try body(request, ["minutes", "at"])
      let id = try await ownAttempt(request, face)
      return try await told { () throws(CardRefusal) in try await face.postpone(attempt: id, until: until) }
    }
  }

  private static func disposition(_ face: any PreviewFace) -> Route {
    Route(
      method: .post, path: "\(attempt)/disposition", role: .agent,
      sentence: "What the agent says of a call, while it goes on or afterwards.",
      body: .init(schema: [
        "type": "object", "additionalProperties": false, "minProperties": 1,
        "properties": [
          "disposition": ["type": "string", "maxLength": 60],
          "note": ["type": "string", "maxLength": 900],
        ],
      ]), answer: .init(status: .noContent, contentTypes: [])
    ) { request in
      let remark: DispositionRequest = try body(request, ["disposition", "note"])
      let id = try await ownAttempt(request, face)
      do throws(CardRefusal) { try await face.remark(attempt: id, remark) } catch { throw error.problem }
      return APIAnswer(status: .noContent, body: .empty)
    }
  }

  private static func ownAttempt(
    _ request: APIRequest, _ face: any PreviewFace
  ) async throws(APIProblem) -> String {
    let id = request.part("id")
    guard request.bearer.role == .agent else { return id }
    let member: String?
    do throws(CardRefusal) { member = try await face.agent(ofAttempt: id) } catch { throw error.problem }
    guard let member, request.bearer.mayAct(for: member) else {
      throw APIProblem(.forbidden, "This attempt is another member's.")
    }
    return id
  }

  private static func body<Value: Decodable>(
    _ request: APIRequest, _ keys: Set<String>
  ) throws(APIProblem) -> Value {
    let given = try request.object(keys)
    guard given.fields.values.allSatisfy({ $0 != .null }) else {
      throw APIProblem(.invalid, "Leave a key out rather than sending null.")
    }
    do { return try JSONDecoder().decode(Value.self, from: Data(request.body)) } catch {
      throw APIProblem(.invalid, "The body is not of the expected form; /api/v1/openapi.json shows it.")
    }
  }

  private static func told(
    _ work: () async throws(CardRefusal) -> CardAnswer
  ) async throws(APIProblem) -> APIAnswer {
    do throws(CardRefusal) {
      let answer = try await work()
      let data = (try? JSONEncoder().encode(answer)) ?? Data("{}".utf8)
      return APIAnswer(body: .text(String(decoding: data, as: UTF8.self), type: "application/json"))
    } catch { throw error.problem }
  }
}

extension CardRefusal {
  var problem: APIProblem {
    let kind: APIProblem.Kind =
      switch self.kind {
      case .unknown: .notFound
      case .over: .conflict
      case .invalid: .invalid
      case .elsewhere: .unavailable
      }
    return APIProblem(kind, sentence)
  }
}

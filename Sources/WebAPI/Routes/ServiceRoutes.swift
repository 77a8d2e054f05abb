import HTTPTypes
import Hummingbird

/// The service itself: whether it works, what it shows, who is asking.
enum ServiceRoutes {
  static func all(_ face: any ServiceFace) -> [Route] {
    [
      Route(
        method: .get, path: "/healthz", role: nil, sentence: "The process answers.",
        answer: .init(contentTypes: ["text/plain"])
      ) { _ in APIAnswer(body: .text("ok\n", type: "text/plain")) },
      Route(
        method: .get, path: "/readyz", role: .viewer,
        sentence: "Whether PostgreSQL, AMI and ARI of every PBX are up; 503 with the reasons where not.",
        answer: .init(schema: ready), otherAnswer: .init(status: .serviceUnavailable, schema: ready)
      ) { _ in
        let reasons = await face.reasonsNotReady()
        let document: JSONNode = [
          "ready": .bool(reasons.isEmpty), "reasons": .list(reasons.map { .text($0) }),
        ]
        return APIAnswer(
          status: reasons.isEmpty ? .ok : .serviceUnavailable, body: .document(document))
      },
      Route(
        method: .get, path: "/metrics", role: .viewer, sentence: "All metrics, as Prometheus reads them.",
        answer: .init(contentTypes: ["text/plain"])
      ) { _ in
        APIAnswer(body: .text(await face.metrics(), type: "text/plain; version=0.0.4; charset=utf-8"))
      },
      Route(
        method: .get, path: "/api/v1/status", role: .viewer,
        sentence: "Everything at this moment; moments are microseconds since 1970 UTC here."
      ) { _ in
        // As in the stream: what draws both reads one form.
        APIAnswer(body: .response(WebServer.encoded(await face.status())))
      },
      Route(
        method: .get, path: "/api/v1/me", role: .viewer, sentence: "Whose token this is.",
        answer: .init(schema: ["type": "object", "required": ["label", "role", "member"]])
      ) { request in
        let bearer = request.bearer
        let document: JSONNode = [
          "label": .text(bearer.label), "role": .text(bearer.role.rawValue),
          "member": bearer.member.map { .text($0) } ?? .null,
        ]
        return .ok(document)
      },
      login(face),
      Route(
        method: .post, path: "/logout", role: nil, sentence: "Take the cookie of `/login` back.",
        body: APISchema.noBody, answer: .init(status: .noContent, contentTypes: [])
      ) { request in
        _ = try request.object([])
        return APIAnswer(status: .noContent, headers: [.setCookie: SessionCookie.field("")], body: .empty)
      },
    ]
  }

  private static let ready: JSONNode = [
    "type": "object", "required": ["ready", "reasons"],
    "properties": [
      "ready": ["type": "boolean"], "reasons": ["type": "array", "items": ["type": "string"]],
    ],
  ]

  private static func login(_ face: any ServiceFace) -> Route {
    Route(
      method: .post, path: "/login", role: nil,
      sentence: "Keep a token in the browser: a cookie that only this host gets.",
      body: .init(schema: [
        "type": "object", "additionalProperties": false, "required": ["token"],
        "properties": ["token": ["type": "string", "minLength": 1, "maxLength": 1000]],
      ]), answer: .init(status: .noContent, contentTypes: [])
    ) { request in try await signIn(request, face) }
  }

  // With its errors untyped, in the closure or in a function, the optimiser of Swift 6.3.1 crashes on it (a release build).
  private static func signIn(
    _ request: APIRequest, _ face: any ServiceFace
  ) async throws(APIProblem) -> APIAnswer {
    let token = try request.object(["token"]).text("token")
    let bearer = SessionCookie.canHold(token) ? try await face.bearer(token: token) : nil
    guard bearer != nil else {
      throw APIProblem(.unauthorized, "This token is unknown, expired or revoked.")
    }
    return APIAnswer(status: .noContent, headers: [.setCookie: SessionCookie.field(token)], body: .empty)
  }
}

import HTTPTypes
import Telephony

/// `/api/v1/jobs`: the callbacks that are owed.
enum JobRoutes {
  static let schema: JSONNode = [
    "type": "object",
    "required": ["job", "campaign", "number", "state", "reason", "createdAt", "dueAt"],
    "properties": [
      "job": ["type": "string", "format": "uuid"], "campaign": ["type": "string"],
      "number": ["type": "string", "description": "E.164; masked for the role viewer."],
      "state": ["type": "string", "enum": .list(states.map { .text($0) })],
      "reason": ["type": "string"], "source": ["type": "string"],
      "createdAt": moment, "firstMissedAt": moment, "dueAt": moment, "expiresAt": moment,
      "missedCount": ["type": "integer"], "attempts": ["type": "integer"], "priority": ["type": "integer"],
      "owner": ["type": ["string", "null"]], "queue": ["type": ["string", "null"]],
    ],
  ]
  static let moment: JSONNode = ["type": "string", "format": "date-time"]
  static let states = [
    "waiting", "working", "succeeded", "recovered", "exhausted", "expired", "excluded", "cancelled", "failed",
  ]
  private static let id = "/api/v1/jobs/{id}"

  static func all(_ face: any JobsFace) -> [Route] {
    [
      Route(
        method: .get, path: "/api/v1/jobs", role: .viewer, sentence: "Jobs, newest first.",
        parameters: [
          .number, .choice("state", states, "Only this state."), .queue, .campaign,
          .moment("from", "Created not before this moment."), .moment("to", "Created before this moment."),
          .limit, .jobCursor,
        ], answer: .init(schema: APISchema.page(of: schema))
      ) { request in .ok(try await face.jobs(request.list, for: request.bearer)) },
      Route(
        method: .post, path: "/api/v1/jobs", role: .supervisor,
        sentence: "Owe a number a callback; 200 where one is owed already.",
        body: .init(schema: [
          "type": "object", "additionalProperties": false, "required": ["number", "campaign"],
          "properties": [
            "number": ["type": "string", "pattern": .text(NumberText.pattern)],
            "campaign": APISchema.text, "pbx": APISchema.text, "at": moment,
          ],
        ]), answer: .init(status: .created, schema: schema), otherAnswer: .init(schema: schema)
      ) { request in
        let body = try request.object(["number", "campaign", "pbx", "at"])
        let order = JobOrder(
          number: try body.number("number"), campaign: try body.text("campaign"),
          pbx: try body.textOrNil("pbx"), at: try body.momentOrNil("at"))
        let added = try await face.addJob(order, by: request.bearer)
        return APIAnswer(status: added.created ? .created : .ok, body: .document(added.job))
      },
      Route(
        method: .get, path: id, role: .viewer, sentence: "One job with its attempts and decisions.",
        answer: .init(schema: schema)
      ) { request in .ok(try await face.job(request.part("id"), for: request.bearer)) },
      change(face, "cancel", "Close a waiting job without calling.", body: nil) { _ throws(APIProblem) in
        .cancel
      },
      change(face, "now", "Make a waiting job due at once.", body: nil) { _ throws(APIProblem) in .now },
      change(
        face, "postpone", "Make a waiting job due at another time.",
        body: [
          "type": "object", "additionalProperties": false, "required": ["to"],
          "properties": ["to": moment],
        ]
      ) { request throws(APIProblem) in .postpone(to: try request.object(["to"]).moment("to")) },
      change(
        face, "assign",
        "Give a waiting job to a member, who is waited for during sticky_wait; null: to nobody in particular.",
        body: [
          "type": "object", "additionalProperties": false, "required": ["member"],
          "properties": ["member": ["type": ["string", "null"], "minLength": 1, "maxLength": 200]],
        ]
      ) { request throws(APIProblem) in
        let body = try request.object(["member"])
        guard body.fields["member"] != nil else {
          throw APIProblem(.invalid, "The body needs `member`, such as PJSIP/101, or null.")
        }
        let member = try body.textOrNil("member", limit: 200)
        guard member != "" else { throw APIProblem(.invalid, "`member` is empty.") }
        return .assign(to: member)
      },
    ]
  }

  private static func change(
    _ face: any JobsFace, _ verb: String, _ sentence: String, body: JSONNode?,
    _ read: @escaping @Sendable (APIRequest) throws(APIProblem) -> JobOrderChange
  ) -> Route {
    Route(
      method: .post, path: "\(id)/\(verb)", role: .supervisor, sentence: sentence,
      body: body.map { .init(schema: $0) } ?? APISchema.noBody, answer: .init(schema: schema)
    ) { request in
      if body == nil { _ = try request.object([]) }
      return .ok(try await face.changeJob(request.part("id"), try read(request), by: request.bearer))
    }
  }
}

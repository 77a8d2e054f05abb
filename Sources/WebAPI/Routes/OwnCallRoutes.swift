import HTTPTypes

/// `/api/v1/agents/{member}/promise` and `/call`: calls an agent makes himself. A token of role agent acts for its own
/// member.
enum OwnCallRoutes {
  /// Characters of a note, at most: so many always fit the 900 bytes of the books.
  static let noteMax = 220

  private static let path = "/api/v1/agents/{member}"
  private static let keys: [String: JSONNode] = [
    "number": ["type": "string", "pattern": .text(NumberText.pattern)], "campaign": APISchema.text,
    "pbx": APISchema.text, "note": ["type": "string", "maxLength": .integer(Int64(noteMax))],
  ]

  static func all(_ face: any OwnCallsFace) -> [Route] {
    [
      Route(
        method: .post, path: "\(path)/promise", role: .agent,
        sentence:
          "The agent has promised to call: the callback is his, and due then; 200 where one that was owed became"
          + " his. Without a number it is the customer he talks with, or talked with last.",
        body: .init(schema: [
          "type": "object", "additionalProperties": false, "required": ["at"],
          "properties": .object(keys.merging(["at": JobRoutes.moment]) { own, _ in own }),
        ]), answer: .init(status: .created, schema: JobRoutes.schema),
        otherAnswer: .init(schema: JobRoutes.schema)
      ) { request in
        let (body, said) = try common(request, also: ["at"])
        let order = PromiseOrder(
          member: said.member, number: body.fields["number"] == nil ? nil : try body.number("number"),
          at: try body.moment("at"), campaign: said.campaign, pbx: said.pbx, note: said.note)
        return answer(try await face.promise(order, by: request.bearer))
      },
      Route(
        method: .post, path: "\(path)/call", role: .agent,
        sentence:
          "The agent calls a number now: his phone rings as soon as it is free, then the number's; 200 where a"
          + " callback that was owed became his.",
        body: .init(schema: [
          "type": "object", "additionalProperties": false, "required": ["number"],
          "properties": .object(keys),
        ]), answer: .init(status: .created, schema: JobRoutes.schema),
        otherAnswer: .init(schema: JobRoutes.schema)
      ) { request in
        let (body, said) = try common(request)
        let order = OwnCallOrder(
          member: said.member, number: try body.number("number"), campaign: said.campaign, pbx: said.pbx,
          note: said.note)
        return answer(try await face.callNow(order, by: request.bearer))
      },
    ]
  }

  private struct Said {
    var member: String
    var campaign: String?
    var pbx: String?
    var note: String
  }

  /// What both say.
  private static func common(
    _ request: APIRequest, also more: Set<String> = []
  ) throws(APIProblem) -> (body: JSONObject, said: Said) {
    let member = try request.member()
    let body = try request.object(Set(keys.keys).union(more))
    let said = Said(
      member: member, campaign: try body.filledOrNil("campaign"), pbx: try body.filledOrNil("pbx"),
      note: try body.textOrNil("note", limit: noteMax) ?? "")
    return (body, said)
  }

  private static func answer(_ made: (job: APIDocument, created: Bool)) -> APIAnswer {
    APIAnswer(status: made.created ? .created : .ok, body: .document(made.job))
  }
}

extension JSONObject {
  /// Nil where the key is absent; a text that is there is not empty.
  fileprivate func filledOrNil(_ key: String) throws(APIProblem) -> String? {
    fields[key] == nil ? nil : try text(key, limit: 200)
  }
}

import HTTPTypes

/// `/api/v1/campaigns`: what runs, and the lists behind it.
enum CampaignRoutes {
  /// Bytes of a list, at most: about 200,000 contacts. `perezvon contacts import` takes more.
  static let listBytesMax = 16 * 1_024 * 1_024
  /// Texts of one contact, at most.
  static let fieldsMax = 100

  static let schema: JSONNode = [
    "type": "object", "required": ["campaign", "kind", "mode", "runs", "contacts", "jobs"],
    "properties": [
      "campaign": ["type": "string"], "kind": ["type": "string"], "mode": ["type": "string"],
      "runs": ["type": "boolean"], "held": ["type": ["string", "null"]],
      "startsAt": ["type": ["string", "null"], "format": "date-time"],
      "stopsAt": ["type": ["string", "null"], "format": "date-time"],
      "contacts": ["type": "integer"], "jobs": ["type": "object"],
    ],
  ]
  private static let moment: JSONNode = ["type": ["string", "null"], "format": "date-time"]

  static func all(_ face: any CampaignsFace) -> [Route] {
    [
      Route(
        method: .get, path: "/api/v1/campaigns", role: .viewer,
        sentence: "All campaigns of the configuration, with what is left to do.",
        answer: .init(schema: APISchema.page(of: schema))
      ) { _ in .ok(try await face.campaigns()) },
      change(
        face, "start", "Let a campaign dial, now or from `at` on, until `until`.",
        ["at": moment, "until": moment]
      ) { body throws(APIProblem) in
        .start(at: try body.momentOrNil("at"), until: try body.momentOrNil("until"))
      },
      change(
        face, "pause", "Begin no further calls, from now or from `at` on; those that ring or talk go on.",
        ["at": moment]
      ) { body throws(APIProblem) in .pause(at: try body.momentOrNil("at")) },
      change(face, "resume", "Let a paused campaign dial again.", [:]) { _ throws(APIProblem) in .resume },
      contacts(face),
    ]
  }

  private static func change(
    _ face: any CampaignsFace, _ verb: String, _ sentence: String, _ keys: [String: JSONNode],
    _ read: @escaping @Sendable (JSONObject) throws(APIProblem) -> CampaignOrder
  ) -> Route {
    Route(
      method: .post, path: "/api/v1/campaigns/{name}/\(verb)", role: .supervisor, sentence: sentence,
      body: .init(
        schema: ["type": "object", "additionalProperties": false, "properties": .object(keys)],
        required: false),
      answer: .init(schema: schema)
    ) { request in
      let order = try read(try request.object(Set(keys.keys)))
      return .ok(try await face.changeCampaign(request.part("name"), order, by: request.bearer))
    }
  }

  private static func contacts(_ face: any CampaignsFace) -> Route {
    Route(
      method: .post, path: "/api/v1/campaigns/{name}/contacts", role: .supervisor,
      sentence: "Bring contacts into a campaign's list: CSV with a header, or an array of objects.",
      parameters: [
        .choice("again", ["true", "false"], "Whether contacts that were called to an end are called again.")
      ],
      body: .init(
        schema: [
          "type": "array", "minItems": 1, "maxItems": 100_000,
          "items": [
            "type": "object", "minProperties": 1, "maxProperties": .integer(Int64(fieldsMax)),
            "additionalProperties": [
              "oneOf": [
                ["type": "string"],
                ["type": "integer", "minimum": -9_007_199_254_740_991, "maximum": 9_007_199_254_740_991],
                ["type": "array", "items": ["type": "string"]],
              ]
            ],
          ],
        ], otherTypes: ["text/csv"], bytesMax: listBytesMax),
      answer: .init(schema: ["type": "object", "required": ["rows", "added", "updated", "refused"]])
    ) { request in
      let upload: ContactUpload =
        request.contentType == "text/csv" ? .csv(request.body) : .rows(try rows(request.body))
      return .ok(
        try await face.addContacts(
          upload, to: request.part("name"), again: request.query["again"] == "true"))
    }
  }

  private static func rows(_ body: [UInt8]) throws(APIProblem) -> [[String: String]] {
    guard case .list(let list)? = JSONNode(json: body), !list.isEmpty else {
      throw APIProblem(.invalid, "The body must be a JSON array of contacts that is not empty.")
    }
    var rows: [[String: String]] = []
    for (index, item) in list.enumerated() {
      guard case .object(let fields) = item, !fields.isEmpty, fields.count <= fieldsMax else {
        throw APIProblem(.invalid, "Contact \(index + 1) must be an object of 1 to \(fieldsMax) values.")
      }
      var row: [String: String] = [:]
      for (key, value) in fields { row[key] = try text(value, of: key, index) }
      rows.append(row)
    }
    return rows
  }

  private static func text(_ value: JSONNode, of key: String, _ index: Int) throws(APIProblem) -> String {
    switch value {
    case .text(let text): return text
    case .integer(let number): return String(number)
    // JSON has one kind of number: 7.0 is 7.
    case .number(let number) where number == number.rounded() && number.magnitude < 9.1e15:
      return String(Int64(number))
    case .list(let items):
      var texts: [String] = []
      for item in items {
        guard case .text(let text) = item else { break }
        texts.append(text)
      }
      if texts.count == items.count { return texts.joined(separator: ";") }
    case .null, .bool, .number, .object: break
    }
    throw APIProblem(
      .invalid, "`\(key)` of contact \(index + 1) must be a text, a whole number or an array of texts.")
  }
}

import HTTPTypes

/// `/api/v1/campaigns`: what runs, and the lists behind it.
enum CampaignRoutes {
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
      body: ListUpload.body,
      answer: .init(schema: ["type": "object", "required": ["rows", "added", "updated", "refused"]])
    ) { request in
      let upload = try ListUpload(request)
      return .ok(
        try await face.addContacts(
          upload, to: request.part("name"), again: request.query["again"] == "true"))
    }
  }
}

import HTTPTypes

/// `/api/v1/tasks`: what is left for a person to do.
enum TaskRoutes {
  /// Characters of a note, at most.
  static let noteMax = 1_000

  private static let schema: JSONNode = [
    "type": "object", "required": ["task", "kind", "state", "reason", "createdAt", "dueAt"],
    "properties": [
      "task": ["type": "string", "format": "uuid"], "kind": ["type": "string"],
      "state": ["type": "string", "enum": ["open", "overdue", "closed"]],
      "number": ["type": ["string", "null"], "description": "Masked for the role viewer."],
      "customerName": ["type": "string"], "reason": ["type": "string"],
      "assignee": ["type": ["string", "null"]], "createdAt": JobRoutes.moment, "dueAt": JobRoutes.moment,
    ],
  ]

  static func all(_ face: any TasksFace) -> [Route] {
    [
      Route(
        method: .get, path: "/api/v1/tasks", role: .viewer,
        sentence: "Tasks: open ones first, in the order in which they are due.",
        parameters: [
          .number, .choice("state", ["open", "closed"], "Only these; open has the overdue ones."), .queue,
          .text("assignee", "Only those of this person."), .moment("from", "Made not before this moment."),
          .moment("to", "Made before this moment."), .limit, taskCursor,
        ], answer: .init(schema: APISchema.page(of: schema))
      ) { request in
        let query = TaskQuery(list: request.list, assignee: request.query["assignee"])
        return .ok(try await face.tasks(query, for: request.bearer))
      },
      Route(
        method: .post, path: "/api/v1/tasks/{id}/close", role: .agent,
        sentence: "Say that a task is done; 409 where it was closed before.",
        body: .init(
          schema: [
            "type": "object", "additionalProperties": false,
            "properties": ["note": ["type": "string", "maxLength": .integer(Int64(noteMax))]],
          ], required: false), answer: .init(schema: schema)
      ) { request in
        let note = try request.object(["note"]).textOrNil("note", limit: noteMax) ?? ""
        return .ok(try await face.closeTask(request.part("id"), note: note, by: request.bearer))
      },
    ]
  }

  /// How many tasks the pages before had.
  private static let taskCursor = Route.Parameter(
    name: "cursor", schema: ["type": "string", "pattern": "^[0-9]{1,9}$"],
    sentence: "`next` of the page before.",
    accepts: { (1...9).contains($0.utf8.count) && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
}

import HTTPTypes

/// `/api/v1/agents`: the members of queues.
enum AgentRoutes {
  static let states = ["free", "ringing", "in_call", "paused", "callback", "wrap_up", "unavailable"]

  static func all(_ face: any AgentsFace) -> [Route] {
    [
      Route(
        method: .get, path: "/api/v1/agents", role: .viewer,
        sentence: "Members of the queues: what each does now, and his callbacks of today.",
        parameters: [.choice("state", states, "Only this state."), .queue, .pbx, .limit, .cursor],
        answer: .init(
          schema: APISchema.page(of: [
            "type": "object", "required": ["pbx", "member", "name", "queues", "state", "since"],
            "properties": [
              "pbx": ["type": "string"], "member": ["type": "string"], "name": ["type": "string"],
              "queues": ["type": "array", "items": ["type": "string"]],
              "state": ["type": "string", "enum": .list(states.map { .text($0) })],
              "since": ["type": "integer", "description": "Seconds in that state."],
              "reason": ["type": "string"],
            ],
          ]))
      ) { request in .ok(try await face.agents(request.list)) }
    ]
  }
}

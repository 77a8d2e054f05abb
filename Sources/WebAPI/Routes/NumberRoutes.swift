import HTTPTypes

/// `/api/v1/numbers/{e164}`: one customer.
enum NumberRoutes {
  private static let path = "/api/v1/numbers/{e164}"

  static func all(_ face: any NumbersFace) -> [Route] {
    [
      Route(
        method: .get, path: path, role: .agent,
        sentence: "What happened with a number, what was decided and why, what comes next.",
        answer: .init(schema: [
          "type": "object", "required": ["number", "lines", "next", "doNotCall"],
          "properties": [
            "number": ["type": "string"], "next": ["type": "string"], "doNotCall": ["type": "boolean"],
            "lines": [
              "type": "array",
              "items": [
                "type": "object", "required": ["at", "kind", "sentence"],
                "properties": [
                  "at": JobRoutes.moment, "kind": ["type": "string"], "sentence": ["type": "string"],
                ],
              ],
            ],
          ],
        ])
      ) { request in .ok(try await face.story(of: try number(request))) },
      Route(
        method: .delete, path: path, role: .admin,
        sentence: "Remove every trace of a number; 409 while he is being called."
      ) { request in .ok(try await face.erase(try number(request))) },
    ]
  }

  /// The number of the path.
  static func number(_ request: APIRequest) throws(APIProblem) -> String {
    let text = NumberText.restored(request.part("e164"))
    guard NumberText.isOne(text) else {
      throw APIProblem(.notFound, "This is not a phone number; write it as +79161234567.")
    }
    return text
  }
}

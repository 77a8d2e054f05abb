import HTTPTypes

/// The OpenAPI 3.1 document of a list of routes.
struct OpenAPIDocument: Sendable {
  let routes: [Route]

  var node: JSONNode {
    var paths: [String: JSONNode] = [:]
    for route in routes {
      var operations: [String: JSONNode] = [:]
      if case .object(let known)? = paths[route.path] { operations = known }
      operations[route.method.rawValue.lowercased()] = operation(route)
      paths[route.path] = .object(operations)
    }
    return [
      "openapi": "3.1.0",
      "info": [
        "title": "Perezvon", "version": "1",
        "description":
          "Missed calls, the callbacks that are owed for them, and what came of them. Errors are problem+json (RFC 9457).",
      ],
      "servers": [["url": "/"]],
      "paths": .object(paths),
      "components": [
        "securitySchemes": [
          "token": ["type": "http", "scheme": "bearer"],
          "cookie": ["type": "apiKey", "in": "cookie", "name": .text(SessionCookie.name)],
        ],
        "schemas": [
          "problem": [
            "type": "object", "required": ["title", "status", "detail"],
            "properties": [
              "title": ["type": "string"], "status": ["type": "integer"], "detail": ["type": "string"],
            ],
          ]
        ],
      ],
    ]
  }

  private func operation(_ route: Route) -> JSONNode {
    var operation: [String: JSONNode] = [
      "summary": .text(route.sentence),
      "operationId": .text(Self.identifier(route)),
      "parameters": .list(parameters(route)),
      "responses": .object(responses(route)),
    ]
    if let role = route.role {
      operation["security"] = [["token": []], ["cookie": []]]
      operation["description"] = .text("Needs the role \(role.rawValue) or more.")
    } else {
      operation["security"] = []
    }
    if let body = route.body {
      var content: [String: JSONNode] = ["application/json": ["schema": body.schema]]
      for type in body.otherTypes { content[type] = ["schema": ["type": "string", "minLength": 1]] }
      operation["requestBody"] = ["required": .bool(body.required), "content": .object(content)]
    }
    return .object(operation)
  }

  private func parameters(_ route: Route) -> [JSONNode] {
    let path = route.pathParameters.map { name -> JSONNode in
      ["name": .text(name), "in": "path", "required": true, "schema": Self.pathSchema(name)]
    }
    let query = route.parameters.map { parameter -> JSONNode in
      [
        "name": .text(parameter.name), "in": "query", "required": false, "schema": parameter.schema,
        "description": .text(parameter.sentence),
      ]
    }
    guard route.method == .post, route.role != nil else { return path + query }
    let key: JSONNode = [
      "name": "Idempotency-Key", "in": "header", "required": false,
      "schema": ["type": "string", "pattern": "^[!-~]{1,200}$"],
      "description": "A request that is repeated with the same key is done once, within 24 hours.",
    ]
    return path + query + [key]
  }

  private static func pathSchema(_ name: String) -> JSONNode {
    switch name {
    case "id": ["type": "string", "format": "uuid"]
    case "e164": ["type": "string", "pattern": .text(NumberText.pattern)]
    default: ["type": "string", "minLength": 1, "maxLength": 200]
    }
  }

  private func responses(_ route: Route) -> [String: JSONNode] {
    let problem: JSONNode = [
      "description": "Not done; `detail` says why.",
      "content": ["application/problem+json": ["schema": ["$ref": "#/components/schemas/problem"]]],
    ]
    var responses: [String: JSONNode] = ["default": problem]
    for answer in [route.answer, route.otherAnswer].compactMap({ $0 }) {
      var content: [String: JSONNode] = [:]
      for type in answer.contentTypes {
        content[type] = ["schema": type == "application/json" ? answer.schema : ["type": "string"]]
      }
      var response: [String: JSONNode] = ["description": .text(answer.status.reasonPhrase)]
      if !content.isEmpty { response["content"] = .object(content) }
      responses[String(answer.status.code)] = .object(response)
    }
    let always: [APIProblem.Kind] =
      [.invalid, .tooMany] + (route.role == nil ? [] : [.unauthorized, .forbidden])
      + (route.path.contains("{") ? [.notFound] : [])
      + (route.body == nil ? [] : [.tooLarge, .notAJSONBody, .keyReused])
      + (route.method == .get ? [] : [.conflict])
    for kind in always where responses[String(kind.rawValue)] == nil {
      responses[String(kind.rawValue)] = problem
    }
    return responses
  }

  /// `get_jobs_id`.
  private static func identifier(_ route: Route) -> String {
    let words = route.path.split(whereSeparator: { !$0.isLetter && !$0.isNumber }).filter {
      $0 != "api" && $0 != "v1"
    }
    return ([route.method.rawValue.lowercased()] + words.map(String.init)).joined(separator: "_")
  }
}

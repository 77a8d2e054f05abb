import HTTPTypes
import Hummingbird

/// One request the service answers: what it is for, what it takes, who may ask, and what is done. Both the router
/// and the OpenAPI document are made of these, so that they cannot differ.
struct Route: Sendable {
  /// What a request may have behind its `?`.
  struct Parameter: Sendable {
    var name: String
    /// JSON schema of it.
    var schema: JSONNode
    var sentence: String
    /// Whether a text is one; the schema says the same.
    var accepts: @Sendable (String) -> Bool
  }

  /// What a POST carries.
  struct Body: Sendable {
    var schema: JSONNode
    /// Whether it may be left out.
    var required = true
    /// Beside `application/json`.
    var otherTypes: [String] = []
    /// Bytes, at most.
    var bytesMax = Route.bodyBytesMax
  }

  /// What the answer to a successful request is.
  struct Answer: Sendable {
    var status: HTTPResponse.Status = .ok
    /// Empty: no body.
    var contentTypes = ["application/json"]
    /// Of a JSON body.
    var schema: JSONNode = ["type": "object"]
  }

  /// Bytes of a body, at most. Default 64 kB.
  static let bodyBytesMax = 64 * 1_024

  var method: HTTPRequest.Method
  /// `/api/v1/jobs/{id}`.
  var path: String
  /// Nil: open to everybody.
  var role: Role?
  /// What it does, in a sentence.
  var sentence: String
  var parameters: [Parameter] = []
  var body: Body?
  var answer = Answer()
  /// A second success beside `answer`.
  var otherAnswer: Answer?
  /// What is done; throws `APIProblem`.
  var handle: @Sendable (APIRequest) async throws -> APIAnswer

  /// The names between braces, in their order.
  var pathParameters: [String] {
    path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
  }
}

/// What a route answers.
struct APIAnswer: Sendable {
  enum Body: Sendable {
    case empty
    case document(APIDocument)
    case text(String, type: String)
    /// Made by the route itself.
    case response(Response)
  }

  var status: HTTPResponse.Status = .ok
  var headers: HTTPFields = [:]
  var body: Body

  static func ok(_ document: APIDocument) -> APIAnswer { APIAnswer(body: .document(document)) }
}

extension Route.Parameter {
  static func text(_ name: String, _ sentence: String) -> Route.Parameter {
    .init(
      name: name, schema: ["type": "string", "minLength": 1, "maxLength": 200], sentence: sentence,
      accepts: { (1...200).contains($0.unicodeScalars.count) })
  }

  static func choice(_ name: String, _ words: [String], _ sentence: String) -> Route.Parameter {
    .init(
      name: name, schema: ["type": "string", "enum": .list(words.map { .text($0) })], sentence: sentence,
      accepts: { words.contains($0) })
  }

  static func moment(_ name: String, _ sentence: String) -> Route.Parameter {
    .init(
      name: name, schema: ["type": "string", "format": "date-time"], sentence: sentence,
      accepts: { MomentText.read($0) != nil })
  }

  static let number = Route.Parameter(
    name: "number", schema: ["type": "string", "pattern": .text(NumberText.pattern)],
    sentence: "Only this phone number.", accepts: { NumberText.isOne(NumberText.restored($0)) })
  static let limit = Route.Parameter(
    name: "limit", schema: ["type": "integer", "minimum": 1, "maximum": 1000, "default": 100],
    sentence: "Entries of a page.",
    accepts: { text in
      text.utf8.allSatisfy { (0x30...0x39).contains($0) } && (1...1_000).contains(Int(text) ?? 0)
    })
  static let cursor = text("cursor", "`next` of the page before.")
  /// Of the list of jobs: when the last one of a page was made, and its id.
  static let jobCursor = Route.Parameter(
    name: "cursor",
    schema: [
      "type": "string",
      "pattern": "^[0-9]{1,16}_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
    ],
    sentence: "`next` of the page before.",
    accepts: { text in
      text.wholeMatch(of: /[0-9]{1,16}_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/) != nil
    })
  static let queue = text("queue", "Only this queue.")
  static let campaign = text("campaign", "Only this campaign.")
  static let pbx = text("pbx", "Only this PBX.")
  static let from = moment("from", "Not before this moment.")
  static let to = moment("to", "Before this moment.")
}

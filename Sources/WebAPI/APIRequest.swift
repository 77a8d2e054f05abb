public import Telephony

/// Something the API answers with: written as JSON, moments as RFC 3339 texts.
public typealias APIDocument = any Encodable & Sendable

/// A page of a list.
public struct APIPage: Sendable, Encodable {
  public var items: [APIDocument]
  /// What to give as `cursor` for the next page; nil after the last one.
  public var next: String?

  public init(items: [APIDocument], next: String? = nil) {
    self.items = items
    self.next = next
  }

  private enum CodingKeys: String, CodingKey { case items, next }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    var list = container.nestedUnkeyedContainer(forKey: .items)
    for item in items { try item.encode(to: list.superEncoder()) }
    try container.encode(next, forKey: .next)
  }
}

/// What lists have in common: filters, and where to go on.
public struct ListQuery: Sendable, Equatable {
  /// As it was given.
  public var number: String?
  public var state: String?
  public var queue: String?
  public var campaign: String?
  public var pbx: String?
  public var from: Timestamp?
  public var to: Timestamp?
  /// 1 to 1,000. Default 100.
  public var limit = 100
  /// `APIPage.next` of the page before.
  public var cursor: String?

  public init() {}
}

/// A request that passed the gate: who asks, and what was asked, read and checked.
struct APIRequest: Sendable {
  var bearer: Bearer
  /// Of the path, decoded.
  var path: [String: String]
  /// Of the query, checked against the route's description.
  var query: [String: String]
  var contentType: String
  var body: [UInt8]

  /// The part of the path of that name.
  func part(_ name: String) -> String { path[name] ?? "" }

  /// The member of the path, `PJSIP/101`; refused where the token acts for another one.
  func member() throws(APIProblem) -> String {
    let member = part("member")
    guard bearer.mayAct(for: member) else {
      throw APIProblem(.forbidden, "This token acts for another member.")
    }
    return member
  }

  var list: ListQuery {
    var list = ListQuery()
    list.number = query["number"].map(NumberText.restored)
    list.state = query["state"]
    list.queue = query["queue"]
    list.campaign = query["campaign"]
    list.pbx = query["pbx"]
    list.from = query["from"].flatMap(MomentText.read)
    list.to = query["to"].flatMap(MomentText.read)
    list.limit = query["limit"].flatMap { Int($0) } ?? 100
    list.cursor = query["cursor"]
    return list
  }

  /// The body as an object that has no other keys than these; an empty body is an empty object.
  func object(_ keys: Set<String>) throws(APIProblem) -> JSONObject {
    guard !body.isEmpty else { return JSONObject(fields: [:]) }
    guard case .object(let fields)? = JSONNode(json: body) else {
      throw APIProblem(.invalid, "The body must be a JSON object.")
    }
    for key in fields.keys.sorted() where !keys.contains(key) {
      throw APIProblem(
        .invalid,
        "The body must not have the key `\(key)`; it may have: \(keys.sorted().joined(separator: ", "))."
      )
    }
    return JSONObject(fields: fields)
  }
}

/// A body's object, read key by key; what is missing or of a wrong kind is a problem with a sentence.
struct JSONObject: Sendable {
  /// Characters of a text, at most, where the key says nothing else.
  static let textMax = 1_000

  var fields: [String: JSONNode]

  /// Nil where the key is absent or null.
  func textOrNil(_ key: String, limit: Int = textMax) throws(APIProblem) -> String? {
    switch fields[key] {
    case nil, .null?: return nil
    case .text(let text)?:
      guard text.unicodeScalars.count <= limit else {
        throw APIProblem(.invalid, "`\(key)` must have at most \(limit) characters.")
      }
      return text
    default: throw APIProblem(.invalid, "`\(key)` must be a text.")
    }
  }

  func text(_ key: String, limit: Int = textMax) throws(APIProblem) -> String {
    guard let text = try textOrNil(key, limit: limit), !text.isEmpty else {
      throw APIProblem(.invalid, "The body needs `\(key)`, a text that is not empty.")
    }
    return text
  }

  func momentOrNil(_ key: String) throws(APIProblem) -> Timestamp? {
    guard let text = try textOrNil(key) else { return nil }
    guard let moment = MomentText.read(text) else {
      throw APIProblem(.invalid, "`\(key)` must be a moment, such as 2026-11-23T09:00:00+03:00.")
    }
    return moment
  }

  func moment(_ key: String) throws(APIProblem) -> Timestamp {
    guard let moment = try momentOrNil(key) else {
      throw APIProblem(.invalid, "The body needs `\(key)`, a moment such as 2026-11-23T09:00:00+03:00.")
    }
    return moment
  }

  /// A number as people and programs write it; see `NumberText`.
  func number(_ key: String) throws(APIProblem) -> String {
    let text = try text(key)
    guard NumberText.isOne(text) else {
      throw APIProblem(.invalid, "`\(key)` must be a phone number, such as +79161234567.")
    }
    return text
  }
}

/// A phone number in a path, a query or a body: `+` and digits, or digits alone.
enum NumberText {
  static let pattern = "^\\+?[0-9]{3,20}$"

  /// A `+` in a query becomes a blank.
  static func restored(_ text: String) -> String { text.hasPrefix(" ") ? "+" + text.dropFirst() : text }

  static func isOne(_ text: String) -> Bool {
    let digits = text.utf8.first == 0x2B ? text.utf8.dropFirst() : text.utf8[...]
    return (3...20).contains(digits.count) && digits.allSatisfy { (0x30...0x39).contains($0) }
  }
}

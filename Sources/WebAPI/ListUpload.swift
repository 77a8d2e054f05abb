/// A list as it comes in: CSV, or an array of objects.
public enum ListUpload: Sendable, Equatable {
  /// With a header.
  case csv([UInt8])
  /// One object for each row, of texts by their columns.
  case rows([[String: String]])
}

extension ListUpload {
  /// Bytes of a list, at most: about 200,000 rows. The commands take more.
  static let bytesMax = 16 * 1_024 * 1_024
  /// Texts of one row, at most.
  static let fieldsMax = 100
  /// Beyond it not every reader of JSON keeps whole numbers whole: 2^53 - 1.
  static let wholeMax: Int64 = 9_007_199_254_740_991

  static let body = Route.Body(
    schema: [
      "type": "array", "minItems": 1, "maxItems": 100_000,
      "items": [
        "type": "object", "minProperties": 1, "maxProperties": .integer(Int64(fieldsMax)),
        "additionalProperties": [
          "oneOf": [
            ["type": "string"],
            ["type": "integer", "minimum": .integer(-wholeMax), "maximum": .integer(wholeMax)],
            ["type": "array", "items": ["type": "string"]],
          ]
        ],
      ],
    ], otherTypes: ["text/csv"], bytesMax: bytesMax)

  init(_ request: APIRequest) throws(APIProblem) {
    self = request.contentType == "text/csv" ? .csv(request.body) : .rows(try Self.rows(request.body))
  }

  private static func rows(_ body: [UInt8]) throws(APIProblem) -> [[String: String]] {
    guard case .list(let list)? = JSONNode(json: body), !list.isEmpty else {
      throw APIProblem(.invalid, "The body must be a JSON array of objects that is not empty.")
    }
    var rows: [[String: String]] = []
    for (index, item) in list.enumerated() {
      guard case .object(let fields) = item, !fields.isEmpty, fields.count <= fieldsMax else {
        throw APIProblem(.invalid, "Row \(index + 1) must be an object of 1 to \(fieldsMax) values.")
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
    case .integer(let number) where number.magnitude <= wholeMax.magnitude: return String(number)
    // JSON has one kind of number: 7.0 is 7.
    case .number(let number) where number == number.rounded() && number.magnitude <= Double(wholeMax):
      return String(Int64(number))
    case .list(let items):
      var texts: [String] = []
      for item in items {
        guard case .text(let text) = item else { break }
        texts.append(text)
      }
      if texts.count == items.count { return texts.joined(separator: ";") }
    case .null, .bool, .integer, .number, .object: break
    }
    throw APIProblem(
      .invalid, "`\(key)` of row \(index + 1) must be a text, a whole number or an array of texts.")
  }
}

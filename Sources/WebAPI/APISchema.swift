/// JSON schemas that several routes share.
enum APISchema {
  /// A text that is not empty.
  static let text: JSONNode = ["type": "string", "minLength": 1, "maxLength": 200]

  /// For a POST that needs none: nothing, or an empty object.
  static let noBody = Route.Body(
    schema: ["type": "object", "additionalProperties": false, "maxProperties": 0], required: false)

  static func page(of item: JSONNode) -> JSONNode {
    [
      "type": "object", "required": ["items", "next"],
      "properties": [
        "items": ["type": "array", "items": item],
        "next": [
          "type": ["string", "null"],
          "description": "The `cursor` of the next page; null after the last one.",
        ],
      ],
    ]
  }
}

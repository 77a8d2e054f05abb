/// One value of the configuration after it was checked against its key's description.
struct ConfigurationNode {
  indirect enum Value {
    case text(String)
    case secret(Secret)
    case integer(Int)
    /// Numbers, and percentages as shares.
    case number(Double)
    case duration(Duration)
    case boolean(Bool)
    case list([ConfigurationNode])
    /// Keys of ours. One that is unset, or whose value has a mistake, is not there.
    case map([String: ConfigurationNode])
    /// Keys of the administrator's, in the order of the file.
    case table([(key: String, value: ConfigurationNode)])
  }

  var value: Value
  /// From 1. A default stands where its map begins.
  var line: Int
  var column: Int
  /// `campaigns[0].agents`; empty for the whole file.
  var path: String
  /// False for a default.
  var given: Bool

  /// A key of this map; nil where it is unset, broken, or this is no map.
  subscript(_ key: String) -> ConfigurationNode? {
    if case .map(let keys) = value { keys[key] } else { nil }
  }

  // The readers below are for values whose kind the description fixes; anything else is a mistake of ours,
  // so they have an empty value for it rather than an end of the service.

  var text: String {
    switch value {
    case .text(let text): text
    case .secret(let secret): secret.value
    case .integer, .number, .duration, .boolean, .list, .map, .table: ""
    }
  }
  var secret: Secret { if case .secret(let secret) = value { secret } else { Secret(text) } }
  var integer: Int { if case .integer(let number) = value { number } else { 0 } }
  var number: Double { if case .number(let number) = value { number } else { Double(integer) } }
  var duration: Duration { if case .duration(let duration) = value { duration } else { .zero } }
  var boolean: Bool { if case .boolean(let flag) = value { flag } else { false } }
  var list: [ConfigurationNode] { if case .list(let items) = value { items } else { [] } }
  var table: [(key: String, value: ConfigurationNode)] {
    if case .table(let rows) = value { rows } else { [] }
  }
  var texts: [String] { list.map(\.text) }
}

/// Random damage to a seed, for the short run that needs no libFuzzer. A seed repeats it.
public struct Mutation: Sendable {
  private var state: UInt64
  private let dictionary: [[UInt8]]

  /// - Parameter dictionary: texts that mean something to the reader; put in now and then.
  public init(seed: UInt64, dictionary: [String]) {
    state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    self.dictionary = dictionary.map { Array($0.utf8) }
  }

  /// xorshift64: enough to scatter damage.
  private mutating func next(below bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state % UInt64(max(1, bound)))
  }

  /// A damaged copy, at most twice as long and 4 KiB more.
  public mutating func damage(_ seed: [UInt8]) -> [UInt8] {
    var bytes = seed
    for _ in 0...next(below: 6) {
      let at = next(below: bytes.count + 1)
      switch next(below: 6) {
      case 0: bytes.removeSubrange(at..<min(bytes.count, at + 1 + next(below: 60)))
      case 1: bytes.insert(UInt8(next(below: 256)), at: at)
      case 2: if at < bytes.count { bytes[at] = UInt8(next(below: 256)) }
      case 3: if at < bytes.count { bytes[at] ^= UInt8(1 << next(below: 8)) }
      case 4:
        if !dictionary.isEmpty { bytes.insert(contentsOf: dictionary[next(below: dictionary.count)], at: at) }
      default:
        let copy = Array(bytes[at..<min(bytes.count, at + next(below: 600))])
        if bytes.count < 2 * seed.count + 4_096 { bytes.insert(contentsOf: copy, at: next(below: at + 1)) }
      }
    }
    return bytes
  }
}

extension FuzzTarget {
  /// Words the reader knows.
  public var dictionary: [String] {
    switch self {
    case .ami:
      [
        "\r\n", "\r\n\r\n", "\n", "Event: ", "Response: ", "Uniqueid: ", "Linkedid: ", ": ", "\\",
        "Privilege: ",
      ]
    case .ari:
      ["{", "}", "[", "]", "\"", "\\u0000", "\\ud800", "null", "1e999", "\"type\":", "\"channel\":", ","]
    case .queueLog: ["|", "\n", "NONE", "ENTERQUEUE", "COMPLETEAGENT", "99999999999999999999", "-1"]
    case .yaml:
      [": ", "- ", "\n", "  ", "&a ", "*a", "<<: ", "\"", "'", "|\n", "#", "${", "!!int ", "[", "{", "\u{0}"]
    case .number: ["+", "00", "*", "#", "()", " ", "\u{0}", "\u{661}", "\u{FF11}", ";ext=", "7916"]
    }
  }
}

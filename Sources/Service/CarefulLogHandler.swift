public import Logging
import Telephony

/// The last door before the log: whatever text got into a message, it stays on its own line, acts on no
/// terminal, and shows no phone number whole. Numbers are masked where they are made into text; this catches
/// what others say, such as PostgreSQL or Asterisk in an error.
public struct CarefulLogHandler: LogHandler {
  /// Characters of one message or value, at most.
  static let charactersMax = 4_000

  private var inner: any LogHandler

  /// Passes what it has made harmless on to `inner`.
  public init(_ inner: any LogHandler) { self.inner = inner }

  public var logLevel: Logger.Level {
    get { inner.logLevel }
    set { inner.logLevel = newValue }
  }

  public var metadata: Logger.Metadata {
    get { inner.metadata }
    set { inner.metadata = newValue.mapValues(Self.harmless) }
  }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { inner[metadataKey: key] }
    set { inner[metadataKey: key] = newValue.map(Self.harmless) }
  }

  public func log(event: LogEvent) {
    var event = event
    event.message = "\(Self.harmless(event.message.description))"
    event.metadata = event.metadata?.mapValues(Self.harmless)
    inner.log(event: event)
  }

  private static func harmless(_ value: Logger.MetadataValue) -> Logger.MetadataValue {
    switch value {
    case .string(let text): .string(harmless(text))
    case .stringConvertible(let some): .string(harmless(some.description))
    case .dictionary(let values): .dictionary(values.mapValues(harmless))
    case .array(let values): .array(values.map(harmless))
    }
  }

  static func harmless(_ text: String) -> String {
    masked(PrintableText(text, limit: charactersMax).description)
  }

  /// Hides the middle of `+` and 7 to 15 digits, and of 11 to 15 digits that stand alone: unique ids (10 digits
  /// and a point), UUIDs and times are none.
  private static func masked(_ text: String) -> String {
    var out: [UInt8] = []
    var run: [UInt8] = []
    func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    func close(before next: UInt8?) {
      defer { run = [] }
      let plus = run.first == UInt8(ascii: "+")
      let digits = run.count - (plus ? 1 : 0)
      let behind = out.last.map(joins) ?? false
      let number = plus ? (7...15).contains(digits) : (11...15).contains(digits) && !behind
      guard number, next.map(joins) != true else { return out += run }
      out += PhoneNumber.masked(String(decoding: run, as: UTF8.self)).utf8
    }
    for byte in text.utf8 {
      if isDigit(byte) || byte == UInt8(ascii: "+") && run.isEmpty {
        run.append(byte)
        continue
      }
      if !run.isEmpty { close(before: byte) }
      if byte == UInt8(ascii: "+") { run = [byte] } else { out.append(byte) }
    }
    if !run.isEmpty { close(before: nil) }
    return String(decoding: out, as: UTF8.self)
  }

  /// Letters, digits and `_` make one word with digits beside them; `-` may stand before the last part of a UUID.
  private static func joins(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}

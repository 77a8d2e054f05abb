internal import CPhoneNumber
internal import Synchronization
public import Telephony

/// Reads caller ids with libphonenumber, national numbers as those of one region.
///
/// A number costs about 31 µs to read, so the latest `cacheMax` answers are kept. Safe from any thread.
public final class PhoneNumberPlan: NumberPlan {
  /// Longer caller-id text is not read as a number; its first digits are kept as they came. In bytes.
  public static let textMax = 64
  /// Digits of an unreadable number that are kept.
  public static let rawDigitsMax = 32
  /// Answers kept, at most; about 0.5 MB.
  public static let cacheMax = 4_096

  /// Words that networks and phones put where a number is withheld. Compared in lower case.
  static let hiddenWords: Set<String> = [
    "", "<unknown>", "unknown", "anonymous", "unavailable", "restricted", "private", "withheld", "asterisk",
  ]

  /// ISO 3166-1 code in capitals: `RU`.
  public let region: String
  /// `7` for RU.
  private let callingCode: String
  private let cache = Mutex(Cache())

  /// What E.164 numbers of the region begin with: `+7` for RU.
  public var countryPrefix: String { "+" + callingCode }

  /// Answers kept now.
  var cached: Int { cache.withLock { $0.count } }

  /// Nil where libphonenumber knows no such region. Lower case is accepted.
  public init?(region: String) {
    let upper = region.uppercased()
    let code = pz_region_calling_code(upper)
    guard upper.utf8.count == 2, code != 0 else { return nil }
    self.region = upper
    callingCode = String(code)
  }

  /// Reads raw caller-id text. Text without a digit, or one of the words networks use, is `hidden`; text that
  /// is no number of any plan is `unreadable` with its digits. Never fails, never keeps more than the limits.
  public func read(_ raw: String) -> CallerNumber {
    guard raw.utf8.count <= Self.textMax else { return Self.unreadable(raw) }
    if let known = cache.withLock({ $0.value(for: raw) }) { return known }
    var home: String?
    let answer = readUncached(raw, home: &home)
    cache.withLock { $0.insert(answer, for: raw) }
    return answer
  }

  /// The same for a list of numbers that each come once, and so are not kept; with the number's country (ISO
  /// 3166-1), empty where it has none.
  func readOnce(_ raw: String) -> (caller: CallerNumber, region: String) {
    guard raw.utf8.count <= Self.textMax else { return (Self.unreadable(raw), "") }
    var home: String? = ""
    let caller = readUncached(raw, home: &home)
    return (caller, caller.e164 == nil ? "" : home ?? "")
  }

  /// The number as it is dialled within its own country, digits only (`8916…` in RU, `067…` in UA); nil
  /// for a number of another country. The countries of +1 share one plan and count as one.
  public func national(_ number: PhoneNumber) -> String? {
    var text = [CChar](repeating: 0, count: 40)
    var home = [CChar](repeating: 0, count: 4)
    guard pz_number_national(number.e164, &text, &home) == 1 else { return nil }
    let shared = number.e164.hasPrefix("+1") && callingCode == "1"
    guard shared || Self.string(home) == region else { return nil }
    let digits = Self.string(text).filter { $0.isASCII && $0.isNumber }
    return digits.isEmpty ? nil : digits
  }

  /// `home`: nil, or any text in whose place the number's country is put.
  private func readUncached(_ raw: String, home: inout String?) -> CallerNumber {
    let text = raw.trimmingASCIISpace()
    if Self.hiddenWords.contains(text.lowercased()) { return .hidden }
    // Letters would be read as a keypad spells them; a caller id that holds any is not a number.
    guard text.utf8.allSatisfy(Self.isNumberByte) else { return Self.unreadable(raw) }
    let digits = text.filter { $0.isASCII && $0.isNumber }
    // Trunks often send E.164 without its "+". A German national number that is as long and begins with 49
    // would be written with a 0 in front, so the country's own code wins.
    if digits == text, digits.hasPrefix(callingCode), let own = international(digits, home: &home) {
      return own
    }
    let national = parse(text, home: &home)
    if let national, national.kind != .invalid { return .number(national.number, kind: national.kind) }
    if !text.contains("+") {
      // "00" is dialled for "+" in most countries, though not in all.
      let foreign =
        digits.hasPrefix("00")
        ? international(digits.dropFirst(2), home: &home) : international(digits, home: &home)
      if let foreign { return foreign }
    }
    if let national { return .number(national.number, kind: .invalid) }
    return Self.unreadable(raw)
  }

  /// Digits of E.164 without the `+`; nil where they are none. Fewer than 11 are too few to tell them from a
  /// national number.
  private func international(_ digits: some StringProtocol, home: inout String?) -> CallerNumber? {
    guard digits.utf8.count >= 11, let read = parse("+" + digits, home: &home), read.kind != .invalid else {
      return nil
    }
    return .number(read.number, kind: read.kind)
  }

  private func parse(
    _ text: some StringProtocol, home: inout String?
  ) -> (number: PhoneNumber, kind: PhoneNumberKind)? {
    var out = [CChar](repeating: 0, count: 20)
    var place = [CChar](repeating: 0, count: 4)
    var kind: CInt = 0
    let asked = home != nil
    var text = String(text)
    let done = text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { bytes in
        guard let base = bytes.baseAddress else { return CInt(0) }
        return place.withUnsafeMutableBufferPointer { place in
          pz_number_read(base, bytes.count, region, &out, &kind, asked ? place.baseAddress : nil)
        }
      }
    }
    guard done == 1, let number = PhoneNumber(e164: Self.string(out)) else { return nil }
    if asked { home = Self.string(place) }
    return (number, Self.kind(kind))
  }

  private static func kind(_ code: CInt) -> PhoneNumberKind {
    switch Int(code) {
    case PZ_KIND_FIXED: .fixed
    case PZ_KIND_MOBILE: .mobile
    case PZ_KIND_FIXED_OR_MOBILE: .fixedOrMobile
    case PZ_KIND_TOLL_FREE: .tollFree
    case PZ_KIND_PREMIUM: .premium
    case PZ_KIND_SHARED_COST: .sharedCost
    case PZ_KIND_VOIP: .voip
    case PZ_KIND_PERSONAL: .personal
    case PZ_KIND_OTHER: .other
    default: .invalid
    }
  }

  /// The digits, `+`, `*` and `#` of a text, at most `rawDigitsMax`; hidden where it has no digit.
  private static func unreadable(_ raw: String) -> CallerNumber {
    var kept = ""
    var hasDigit = false
    // Bounds the work as well: a number has its digits among the first bytes.
    for byte in raw.utf8.prefix(16 * textMax) where kept.utf8.count < rawDigitsMax {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        hasDigit = true
        kept.unicodeScalars.append(Unicode.Scalar(byte))
      case UInt8(ascii: "+"), UInt8(ascii: "*"), UInt8(ascii: "#"):
        kept.unicodeScalars.append(Unicode.Scalar(byte))
      default: continue
      }
    }
    return hasDigit ? .unreadable(kept) : .hidden
  }

  /// Digits and what people put between them.
  private static func isNumberByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
    case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "."),
      UInt8(ascii: "/"), UInt8(ascii: " "):
      true
    default: false
    }
  }

  private static func string(_ buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Two halves: when the young one is full it becomes the old one, and the old one is forgotten.
  private struct Cache: Sendable {
    private var young: [String: CallerNumber] = [:]
    private var old: [String: CallerNumber] = [:]

    var count: Int { young.count + old.count }

    mutating func value(for key: String) -> CallerNumber? {
      if let found = young[key] { return found }
      guard let found = old[key] else { return nil }
      insert(found, for: key)
      return found
    }

    mutating func insert(_ value: CallerNumber, for key: String) {
      if young.count >= PhoneNumberPlan.cacheMax / 2 {
        old = young
        young.removeAll(keepingCapacity: true)
      }
      young[key] = value
    }
  }
}

extension String {
  /// Without blanks and tabs at both ends.
  func trimmingASCIISpace() -> String {
    // By bytes: an import asks for every cell of a list, most of which need nothing.
    func isSpace(_ byte: UInt8?) -> Bool { byte == 0x20 || byte == 0x09 }
    guard isSpace(utf8.first) || isSpace(utf8.last) else { return self }
    var rest = utf8[...]
    while isSpace(rest.first) { rest.removeFirst() }
    while isSpace(rest.last) { rest.removeLast() }
    return String(Substring(rest))
  }
}

/// Where one line of a message lies, counted from the message's first byte, without its end.
struct AMILine {
  var start: UInt32
  var end: UInt32
}

/// A prefix of header names, `Dest`, `LocalOne` …: empty or 4 to 16 bytes.
struct AMIPrefix {
  let length: Int
  private let first: UInt64
  private let last: UInt64

  static let none = AMIPrefix("")

  @inline(__always)
  init(_ literal: StaticString) {
    length = literal.utf8CodeUnitCount
    let bytes = UnsafeRawPointer(literal.utf8Start)
    if length >= 8 {
      first = bytes.loadUnaligned(as: UInt64.self)
      last = bytes.loadUnaligned(fromByteOffset: length &- 8, as: UInt64.self)
    } else if length >= 4 {
      first = UInt64(bytes.loadUnaligned(as: UInt32.self))
      last = UInt64(bytes.loadUnaligned(fromByteOffset: length &- 4, as: UInt32.self))
    } else {
      first = 0
      last = 0
    }
  }

  /// Whether the bytes at `at`, of which at least `length` are readable, begin with it.
  @inline(__always)
  func begins(_ at: Bytes) -> Bool {
    if length == 0 { return true }
    if length >= 8 {
      return at.loadUnaligned(as: UInt64.self) == first
        && at.loadUnaligned(fromByteOffset: length &- 8, as: UInt64.self) == last
    }
    return UInt64(at.loadUnaligned(as: UInt32.self)) == first
      && UInt64(at.loadUnaligned(fromByteOffset: length &- 4, as: UInt32.self)) == last
  }
}

/// One whole message as offsets into its bytes. No text is made before somebody asks for a value.
///
/// Lives only inside the call that parses the bytes.
struct AMIFrame {
  let base: Bytes
  let lines: UnsafePointer<AMILine>
  let count: Int

  /// A value's place, counted from the message's first byte.
  struct Value {
    var start: Int
    var end: Int
    var count: Int { end &- start }
  }

  /// The value of line `index` if its name is `prefix` + `name`; nil otherwise or beyond the last line.
  @inline(__always)
  func value(at index: Int, _ prefix: AMIPrefix, _ name: StaticString) -> Value? {
    guard index < count else { return nil }
    let line = lines[index]
    let start = Int(line.start)
    let end = Int(line.end)
    let colon = start &+ prefix.length &+ name.utf8CodeUnitCount
    guard colon < end, base.load(fromByteOffset: colon, as: UInt8.self) == UInt8(ascii: ":"),
      prefix.begins(base + start), ByteScan.begins(base + (start &+ prefix.length), name)
    else { return nil }
    return Value(start: afterSpace(colon &+ 1, end), end: end)
  }

  /// The first line of this name in the whole message. Asterisk writes its own headers before what others
  /// put in, so the first occurrence is the one to believe.
  func first(_ prefix: AMIPrefix = .none, _ name: StaticString, from: Int = 1) -> (index: Int, value: Value)?
  {
    var index = from
    while index < count {
      if let value = value(at: index, prefix, name) { return (index, value) }
      index &+= 1
    }
    return nil
  }

  /// Looks at `cursor` first, where Asterisk's order lets expect it, then for the first one anywhere.
  @inline(__always)
  func next(_ cursor: inout Int, _ prefix: AMIPrefix = .none, _ name: StaticString) -> Value? {
    if let value = value(at: cursor, prefix, name) {
      cursor &+= 1
      return value
    }
    guard let (index, value) = first(prefix, name) else { return nil }
    cursor = index &+ 1
    return value
  }

  /// Name and value of any line; nil where it has no colon or an empty name.
  func header(at index: Int) -> (name: Value, value: Value)? {
    let start = Int(lines[index].start)
    let end = Int(lines[index].end)
    var colon = start
    while colon < end, base.load(fromByteOffset: colon, as: UInt8.self) != UInt8(ascii: ":") { colon &+= 1 }
    guard colon < end, colon > start else { return nil }
    return (Value(start: start, end: colon), Value(start: afterSpace(colon &+ 1, end), end: end))
  }

  @inline(__always)
  private func afterSpace(_ at: Int, _ end: Int) -> Int {
    at < end && base.load(fromByteOffset: at, as: UInt8.self) == UInt8(ascii: " ") ? at &+ 1 : at
  }

  @inline(__always)
  func byte(_ at: Int) -> UInt8 { base.load(fromByteOffset: at, as: UInt8.self) }

  /// A decimal number, with a sign or without; nil where it is none or over 18 digits.
  func integer(_ value: Value) -> Int? {
    var at = value.start
    guard at < value.end else { return nil }
    let negative = byte(at) == UInt8(ascii: "-")
    if negative { at &+= 1 }
    guard at < value.end, value.end &- at <= 18 else { return nil }
    var number = 0
    while at < value.end {
      let digit = byte(at) &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      number = number &* 10 &+ Int(digit)
      at &+= 1
    }
    return negative ? -number : number
  }

  /// Whether the value is exactly these 4 to 32 bytes.
  @inline(__always)
  func isEqual(_ value: Value, _ literal: StaticString) -> Bool {
    ByteScan.equal(base + value.start, value.count, literal)
  }

  /// Whether the value is `<unknown>` or `<null>`, Asterisk's words for nothing.
  @inline(__always)
  func isNothing(_ value: Value) -> Bool {
    value.count != 0 && byte(value.start) == UInt8(ascii: "<")
      && (isEqual(value, "<unknown>") || isEqual(value, "<null>"))
  }
}

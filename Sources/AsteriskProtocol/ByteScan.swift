// Searching bytes sixteen at a time with what the standard library has. AMI is lines: nearly all the time of
// a parser goes into finding their ends.

/// The bytes of a session while they are looked at; never kept beyond the call that hands them in.
typealias Bytes = UnsafeRawPointer

enum ByteScan {
  static let newline = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")

  /// Where the next line feed is in `from..<end`; nil where there is none.
  @inline(__always)
  static func lineFeed(_ base: Bytes, from: Int, end: Int) -> Int? {
    var at = from
    let wanted = SIMD16<UInt8>(repeating: newline)
    while at &+ 16 <= end {
      let block = base.loadUnaligned(fromByteOffset: at, as: SIMD16<UInt8>.self)
      let hits = unsafeBitCast(block .== wanted, to: SIMD2<UInt64>.self)
      if hits.x != 0 { return at &+ hits.x.trailingZeroBitCount &>> 3 }
      if hits.y != 0 { return at &+ 8 &+ hits.y.trailingZeroBitCount &>> 3 }
      at &+= 16
    }
    while at < end {
      if base.load(fromByteOffset: at, as: UInt8.self) == newline { return at }
      at &+= 1
    }
    return nil
  }

  /// The place after the next blank line in `from..<end`, where `from` is inside a line or behind a line
  /// feed's predecessor: a line feed followed by a line feed, with or without a carriage return between.
  static func afterBlankLine(_ base: Bytes, from: Int, end: Int) -> Int? {
    var at = from
    let feed = SIMD16<UInt8>(repeating: newline)
    let carriage = SIMD16<UInt8>(repeating: carriageReturn)
    while at &+ 17 <= end {
      let block = base.loadUnaligned(fromByteOffset: at, as: SIMD16<UInt8>.self)
      let next = base.loadUnaligned(fromByteOffset: at &+ 1, as: SIMD16<UInt8>.self)
      let mask = (block .== feed) .& ((next .== feed) .| (next .== carriage))
      let hits = unsafeBitCast(mask, to: SIMD2<UInt64>.self)
      if hits.x | hits.y != 0 {
        let first =
          hits.x != 0
          ? hits.x.trailingZeroBitCount &>> 3 : 8 &+ hits.y.trailingZeroBitCount &>> 3
        if let after = blankLine(base, behind: at &+ first, end: end) { return after }
        at &+= first &+ 1
      } else {
        at &+= 16
      }
    }
    while at < end {
      if base.load(fromByteOffset: at, as: UInt8.self) == newline,
        let after = blankLine(base, behind: at, end: end)
      {
        return after
      }
      at &+= 1
    }
    return nil
  }

  /// The place after the blank line that begins behind the line feed at `feed`; nil where none begins there.
  @inline(__always)
  private static func blankLine(_ base: Bytes, behind feed: Int, end: Int) -> Int? {
    guard feed &+ 1 < end else { return nil }
    let next = base.load(fromByteOffset: feed &+ 1, as: UInt8.self)
    if next == newline { return feed &+ 2 }
    guard next == carriageReturn, feed &+ 2 < end,
      base.load(fromByteOffset: feed &+ 2, as: UInt8.self) == newline
    else { return nil }
    return feed &+ 3
  }

  /// Whether `count` bytes at `at` are those of the literal. Overlapping loads instead of a call: with a
  /// literal, everything but the loads from `at` is known to the compiler. For literals of 4 to 32 bytes.
  @inline(__always)
  static func equal(_ at: Bytes, _ count: Int, _ literal: StaticString) -> Bool {
    count == literal.utf8CodeUnitCount && begins(at, literal)
  }

  /// Whether the bytes at `at`, of which at least the literal's number are readable, begin with it.
  @inline(__always)
  static func begins(_ at: Bytes, _ literal: StaticString) -> Bool {
    let length = literal.utf8CodeUnitCount
    let other = UnsafeRawPointer(literal.utf8Start)
    func same<Word: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, _: Word.Type) -> Bool {
      at.loadUnaligned(fromByteOffset: offset, as: Word.self)
        == other.loadUnaligned(fromByteOffset: offset, as: Word.self)
    }
    if length >= 16 {
      return same(0, UInt64.self) && same(8, UInt64.self) && same(length &- 8, UInt64.self)
        && (length <= 24 || same(16, UInt64.self))
    }
    if length >= 8 { return same(0, UInt64.self) && same(length &- 8, UInt64.self) }
    return same(0, UInt32.self) && same(length &- 4, UInt32.self)
  }
}

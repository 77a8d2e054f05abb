/// Makes texts of bytes, and remembers the longer ones: channel names, ids and contexts come back in event
/// after event, and a text that is known costs no allocation.
///
/// Bounded: `slots` texts of at most `textBytesMax` bytes each, about 0.6 MB when full. A slot is
/// overwritten by the next text that falls on it, so that hostile texts can cost time but no memory.
struct TextCache: Sendable {
  /// How many texts are remembered. A power of two.
  static let slots = 4_096
  /// Longer texts are not remembered.
  static let textBytesMax = 96
  /// Swift keeps texts up to this size inside the value: nothing to save.
  static let inlineBytesMax = 15

  /// Texts whose bytes were not UTF-8.
  private(set) var repaired = 0
  private var texts = [String](repeating: "", count: slots)

  /// The text of these bytes; what is not UTF-8 becomes U+FFFD.
  @inline(__always)
  mutating func text(_ at: Bytes, _ count: Int) -> String {
    if count == 0 { return "" }
    if count <= Self.inlineBytesMax || count > Self.textBytesMax { return made(at, count) }
    let slot = Self.slot(at, count)
    return remembered(at, count, slot)
  }

  @inline(never)
  private mutating func remembered(_ at: Bytes, _ count: Int, _ slot: Int) -> String {
    if Self.isSame(texts[slot], at, count) { return texts[slot] }
    let text = made(at, count)
    texts[slot] = text
    return text
  }

  private mutating func made(_ at: Bytes, _ count: Int) -> String {
    let text = String(decoding: UnsafeRawBufferPointer(start: at, count: count), as: UTF8.self)
    if text.utf8.count != count { repaired += 1 }
    return text
  }

  @inline(__always)
  private static func isSame(_ text: String, _ at: Bytes, _ count: Int) -> Bool {
    text.utf8.count == count
      && text.utf8.withContiguousStorageIfAvailable { stored in
        isSame(UnsafeRawPointer(stored.baseAddress.unsafelyUnwrapped), at, count)
      } ?? false
  }

  /// Compares 16 bytes or more, by words that overlap at the end.
  @inline(__always)
  private static func isSame(_ a: Bytes, _ b: Bytes, _ count: Int) -> Bool {
    var at = 0
    while at &+ 8 <= count {
      if a.loadUnaligned(fromByteOffset: at, as: UInt64.self)
        != b.loadUnaligned(fromByteOffset: at, as: UInt64.self)
      {
        return false
      }
      at &+= 8
    }
    return a.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
      == b.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
  }

  @inline(__always)
  private static func slot(_ at: Bytes, _ count: Int) -> Int {
    var hash = UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15
    var offset = 0
    while offset &+ 8 <= count {
      hash = (hash ^ at.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0xFF51_AFD7_ED55_8CCD
      hash ^= hash &>> 32
      offset &+= 8
    }
    hash = (hash ^ at.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)) &* 0xC4CE_B9FE_1A85_EC53
    return Int(truncatingIfNeeded: hash &>> 40) & (slots - 1)
  }
}

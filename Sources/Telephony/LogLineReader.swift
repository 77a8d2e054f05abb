/// Makes lines of the bytes of a log.
public protocol LogLineReader {
  associatedtype Line: Sendable

  /// Bytes of one line without its end, at most.
  static var lineBytesMax: Int { get }
  /// Lines that are none of Asterisk's, so far.
  var malformed: Int { get }

  init()

  /// Reads all whole lines at the start of the bytes, and returns how many bytes they are.
  ///
  /// - Parameter body: takes a line, and the offset in `bytes` at which it begins.
  mutating func read(_ bytes: UnsafeRawBufferPointer, _ body: (Line, _ offset: Int) -> Void) -> Int
}

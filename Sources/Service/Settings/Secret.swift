/// A password, a token or a text that may hold one. Printed, logged or put into an error it says `(secret)`.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  /// The secret itself: for the wire only.
  public let value: String

  /// Takes the text as it is.
  public init(_ value: String) { self.value = value }

  /// Compares in a time that tells nothing of where the first difference is.
  public func isEqual(to text: String) -> Bool {
    let (mine, theirs) = (Array(value.utf8), Array(text.utf8))
    var difference = mine.count ^ theirs.count
    for index in theirs.indices {
      difference |= Int(theirs[index] ^ (mine.isEmpty ? 0xFF : mine[index % mine.count]))
    }
    return difference == 0
  }

  public var description: String { "(secret)" }
  public var debugDescription: String { "(secret)" }
  // `dump` and string interpolation of an enclosing struct look through reflection.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

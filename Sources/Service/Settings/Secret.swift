/// A password, a token or a text that may hold one. Printed, logged or put into an error it says `(secret)`.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  /// The secret itself: for the wire only.
  public let value: String

  /// Takes the text as it is.
  public init(_ value: String) { self.value = value }

  public var description: String { "(secret)" }
  public var debugDescription: String { "(secret)" }
  // `dump` and string interpolation of an enclosing struct look through reflection.
  public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

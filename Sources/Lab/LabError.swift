/// Why the lab could not do what was asked, in a sentence for the person at the terminal.
public struct LabError: Error, Sendable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    /// Programs this machine lacks; the message names the Debian packages.
    case missingPackages
    /// An Asterisk could not be unpacked.
    case unpack
    /// A port block, a directory or a file could not be had.
    case resources
    /// A server did not come up.
    case boot
    /// Nothing came within the bound.
    case timeout
    /// A server answered no.
    case refused
    /// The connection to a server of the lab is gone.
    case disconnected
    /// A program failed.
    case program
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}

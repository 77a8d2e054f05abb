/// Why there is no answer.
public struct CourierError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: String, Sendable, Hashable {
    /// The request itself is wrong: URL, header, scheme.
    case badRequest
    case resolve
    case connect
    case tls
    case timeout
    /// The connection ended, or the answer was not HTTP.
    case broken
    /// The mail server will not take this mail: its sender, a recipient or its content.
    case rejected
    /// The address is private or local, and the request refuses such.
    case privateAddress
    /// The answer has more bytes or headers than allowed.
    case tooLarge
    /// More requests in flight than `CourierSettings.requestsMax`.
    case busy
    case cancelled
    case shutDown
    case `internal`
  }

  /// What the far end can have seen.
  public enum Delivery: String, Sendable, Hashable {
    /// Not one byte of the request left this machine.
    case notSent
    /// It left, wholly or in part: it may have been carried out.
    case unknown
  }

  public var code: Code
  public var delivery: Delivery
  /// One sentence with scheme, host and port, without path or secrets.
  public var message: String

  public init(_ code: Code, _ delivery: Delivery, _ message: String) {
    self.code = code
    self.delivery = delivery
    self.message = message
  }

  public var description: String { message }
}

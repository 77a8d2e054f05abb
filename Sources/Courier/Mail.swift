/// One mail to be handed to a mail server (RFC 5321), with its limits.
public struct Mail: Sendable, Hashable {
  /// Whether the connection must be encrypted before anything is said (RFC 3207). `smtps://` is encrypted from the
  /// beginning either way.
  public enum StartTLS: String, Sendable, Hashable {
    case whereOffered = "where_offered"
    case required
  }

  /// At most so many recipients. Servers take at least 100 (RFC 5321 section 4.5.3.1.8).
  public static let recipientsMax = 100
  /// At most so many bytes of a message. 10 MiB, what large providers take.
  public static let bytesMax = 10 << 20

  /// `smtp://host:port` or `smtps://host:port`; no user name, password or path in it.
  public var url: String
  /// The envelope's sender: one address, or empty for a mail that must not be answered.
  public var sender: String
  /// The envelope's recipients, 1 to `recipientsMax`.
  public var recipients: [String]
  /// Header and body (RFC 5322), lines ended by CR LF. libcurl doubles leading dots.
  public var message: [UInt8]
  public var credentials: HTTPCredentials
  public var startTLS: StartTLS
  public var tls: TLSPolicy
  /// Until TCP is up. Default 5 s.
  public var connectTimeout: Duration
  /// From `send` to the server's last word. Default 30 s.
  public var timeout: Duration

  public init(
    _ url: String, from sender: String, to recipients: [String], message: [UInt8],
    credentials: HTTPCredentials = .none, startTLS: StartTLS = .whereOffered, tls: TLSPolicy = TLSPolicy(),
    connectTimeout: Duration = .seconds(5), timeout: Duration = .seconds(30)
  ) {
    self.url = url
    self.sender = sender
    self.recipients = recipients
    self.message = message
    self.credentials = credentials
    self.startTLS = startTLS
    self.tls = tls
    self.connectTimeout = connectTimeout
    self.timeout = timeout
  }

  /// Scheme, host and port only: for logs and errors.
  public var origin: String { Errand.origin(of: url) }

  /// What forbids to send this, or nil.
  var fault: String? {
    guard url.hasPrefix("smtp://") || url.hasPrefix("smtps://") else { return "not an smtp or smtps URL" }
    guard url.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
      return "the URL for \(origin) holds a character that must be percent-encoded"
    }
    guard (1...Self.recipientsMax).contains(recipients.count) else {
      return "a mail has 1 to \(Self.recipientsMax) recipients, this one \(recipients.count)"
    }
    guard (sender.isEmpty || Self.isAddress(sender)) && recipients.allSatisfy(Self.isAddress) else {
      return "an address of a mail to \(origin) is none"
    }
    guard message.count <= Self.bytesMax else { return "a mail is larger than \(Self.bytesMax) bytes" }
    var last: UInt8 = 0
    for byte in message {
      // A line end of another kind is where a mail server and a spam filter see two different mails.
      guard byte != 0, (byte == 10) == (last == 13) else {
        return "a mail to \(origin) has a line that does not end in CR LF, or a zero byte"
      }
      last = byte
    }
    guard last != 13 else { return "a mail to \(origin) ends in the middle of a line end" }
    switch credentials {
    case .basic(let username, let password):
      let isClean = (username + password).utf8.allSatisfy { $0 >= 32 && $0 != 127 }
      return isClean ? nil : "the user name or password for \(origin) has a control character"
    case .none: return nil
    case .bearer: return "a mail server takes a user name and a password, no token"
    }
  }

  /// What may stand between `<` and `>` of an envelope without meaning anything else there.
  private static func isAddress(_ text: String) -> Bool {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    return parts.count == 2 && !parts[0].isEmpty && !parts[1].isEmpty && text.utf8.count <= 254
      && text.utf8.allSatisfy { $0 > 32 && $0 != 127 && $0 != 60 && $0 != 62 && $0 != 34 && $0 != 92 }
  }
}

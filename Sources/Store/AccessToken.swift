public import Telephony

/// What the bearer of a token may do. Each may do what the ones before it may, except that `agent` acts for
/// one member only.
public enum TokenRole: String, Sendable, Hashable, Codable, CaseIterable {
  case viewer, agent, supervisor, admin
}

/// A token as the books know it: only the SHA-256 of the secret is stored.
public struct AccessToken: Sendable, Hashable {
  public var role: TokenRole
  public var label: String
  public var createdAt: Timestamp
  /// Nil: never.
  public var expiresAt: Timestamp?
  /// Whom a token of role agent acts for.
  public var member: MemberInterface?
}

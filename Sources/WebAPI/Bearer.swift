/// Who asks: the token of a request.
public struct Bearer: Sendable, Equatable {
  /// The name the token was made with; what decisions say of who did something.
  public var label: String
  public var role: Role
  /// The member a token of role `agent` acts for, `PJSIP/101`; nil for the others.
  public var member: String?

  public init(label: String, role: Role, member: String? = nil) {
    self.label = label
    self.role = role
    self.member = member
  }

  /// For the sentence of a decision: `token crm`.
  public var name: String { "token \(label)" }

  /// Whether this token may act in place of a member: supervisors for anybody, an agent for his own.
  public func mayAct(for member: String) -> Bool { role > .agent || self.member == member }

  /// Numbers are shown in full to those who call them; a wall has many readers.
  public var seesNumbers: Bool { role >= .agent }
}

/// What a bearer token allows. Each role may do what the ones before it may.
public enum Role: String, Sendable, Codable, CaseIterable, Comparable {
  case viewer, agent, supervisor, admin

  public static func < (a: Role, b: Role) -> Bool {
    allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!
  }
}

/// What the pages and the API need of the rest of the service. The only way from WebAPI to it.
public protocol ServiceFace: PreviewFace {
  /// Everything at this moment.
  func status() async -> StatusDocument
  /// Why the service is not ready, in sentences; empty where it is.
  func reasonsNotReady() async -> [String]
  /// The role behind a bearer token; nil where it is unknown, expired or revoked.
  func role(token: String) async -> Role?
  /// What happens from now on. Ends when the service stops; a reader that does not keep up loses the oldest.
  func news() async -> AsyncStream<News>
}

/// One event of `/api/v1/stream`.
public enum News: Sendable, Equatable {
  case status(StatusDocument)
  case notice(Notice)
  case card(CardNews)
}

/// What a bearer token allows. Each role may do what the ones before it may.
public enum Role: String, Sendable, Codable, CaseIterable, Comparable {
  case viewer, agent, supervisor, admin

  public static func < (a: Role, b: Role) -> Bool {
    allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!
  }
}

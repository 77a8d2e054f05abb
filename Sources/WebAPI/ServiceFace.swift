/// What the pages and the API need of the rest of the service. The only way from WebAPI to it.
public protocol ServiceFace:
  JobsFace, NumbersFace, CustomersFace, AgentsFace, PreviewFace, OwnCallsFace, CampaignsFace, TasksFace,
  ReportsFace,
  AnswerKeeper
{
  /// Everything at this moment.
  func status() async -> StatusDocument
  /// Why the service is not ready, in sentences; empty where it is.
  func reasonsNotReady() async -> [String]
  /// Whose bearer token that is; nil where it is unknown, expired or revoked. Throws where the books that would tell
  /// are away.
  func bearer(token: String) async throws(APIProblem) -> Bearer?
  /// Requests of one token in a second, at most, over time.
  var requestsPerSecond: Int { get }
  /// What happens from now on. Ends when the service stops; a reader that does not keep up loses the oldest.
  func news() async -> AsyncStream<News>
  /// A request was answered; `path` is its route's, such as `/api/v1/jobs/{id}`.
  func answered(_ method: String, _ path: String, status: Int, in time: Duration)
  /// A named limit was reached.
  func reached(limit: String)
  /// All metrics in Prometheus' text format 0.0.4.
  func metrics() async -> String
}

/// One event of `/api/v1/stream`.
public enum News: Sendable, Equatable {
  case status(StatusDocument)
  case notice(Notice)
  case card(CardNews)
}

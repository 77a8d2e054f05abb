/// The members of queues.
public protocol AgentsFace: Sendable {
  /// By PBX and interface: what each does now, and his callbacks of today.
  func agents(_ query: ListQuery) async throws(APIProblem) -> APIPage
}

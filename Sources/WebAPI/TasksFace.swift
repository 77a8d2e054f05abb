/// What is left for a person to do.
public protocol TasksFace: Sendable {
  /// Open ones first, in the order in which they are due.
  func tasks(_ query: TaskQuery, for bearer: Bearer) async throws(APIProblem) -> APIPage
  /// Closes a task on the word of whoever asks.
  func closeTask(_ id: String, note: String, by bearer: Bearer) async throws(APIProblem) -> APIDocument
}

/// Which tasks to list.
public struct TaskQuery: Sendable, Equatable {
  public var list: ListQuery
  /// A member's interface or a name of `tasks.people`.
  public var assignee: String?
}

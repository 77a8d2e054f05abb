public import Telephony

/// The callbacks that are owed.
public protocol JobsFace: Sendable {
  /// Newest first.
  func jobs(_ query: ListQuery, for bearer: Bearer) async throws(APIProblem) -> APIPage
  /// With its attempts and decisions.
  func job(_ id: String, for bearer: Bearer) async throws(APIProblem) -> APIDocument
  /// Owes a number a callback; `created` is false where one is owed already.
  func addJob(_ order: JobOrder, by bearer: Bearer) async throws(APIProblem) -> (
    job: APIDocument, created: Bool
  )
  func changeJob(_ id: String, _ change: JobOrderChange, by bearer: Bearer) async throws(APIProblem)
    -> APIDocument
}

/// A callback that is asked for.
public struct JobOrder: Sendable, Equatable {
  public var number: String
  public var campaign: String
  /// Nil: the only one there is.
  public var pbx: String?
  /// Nil: at once.
  public var at: Timestamp?
}

/// What is asked for one waiting job.
public enum JobOrderChange: Sendable, Equatable {
  case cancel
  case now
  case postpone(to: Timestamp)
  /// To this member; nil: to nobody in particular.
  case assign(to: String?)
}

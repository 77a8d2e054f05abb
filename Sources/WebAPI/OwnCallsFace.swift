public import Telephony

/// Calls an agent makes himself: promised for later, or wanted now.
public protocol OwnCallsFace: Sendable {
  /// Records what an agent promised; `created` is false where an open callback became his.
  func promise(_ order: PromiseOrder, by bearer: Bearer) async throws(APIProblem) -> (
    job: APIDocument, created: Bool
  )
  /// Rings the agent, then the number; `created` as above.
  func callNow(_ order: OwnCallOrder, by bearer: Bearer) async throws(APIProblem) -> (
    job: APIDocument, created: Bool
  )
}

/// A call an agent wants to make now.
public struct OwnCallOrder: Sendable, Equatable {
  /// His interface, `PJSIP/101`.
  public var member: String
  public var number: String
  /// Nil: one whose agents he belongs to.
  public var campaign: String?
  /// Nil: that of his seat.
  public var pbx: String?
  /// Empty for none.
  public var note: String
}

/// A call an agent promised.
public struct PromiseOrder: Sendable, Equatable {
  /// His interface, `PJSIP/101`.
  public var member: String
  /// Nil: the customer he talks with, or talked with last.
  public var number: String?
  public var at: Timestamp
  /// Nil: one whose agents he belongs to.
  public var campaign: String?
  /// Nil: that of his seat.
  public var pbx: String?
  /// Empty for none.
  public var note: String
}

/// Callbacks that somebody asked for or promised: `requests` of a campaign.
public struct RequestPolicy: Sendable, Hashable {
  /// Callers may ask for a callback: the dialplan's offer, and `PerezvonRequest`. Default true.
  public var accepts = true
  /// What was asked for and promised is dialled. Default true; false lets it wait.
  public var processes = true
  /// In front of a queue nothing is offered to who is expected to wait less. Default 1 min.
  public var offerFrom: Duration = .seconds(60)
  /// So long after what was said a promise that is still open is overdue. Default 15 min.
  public var overdueAfter: Duration = .seconds(900)

  /// All defaults.
  public init() {}
}

/// One customer's number.
public protocol NumbersFace: Sendable {
  /// The whole story of a number: what happened, what was decided and why, what comes next.
  func story(of number: String) async throws(APIProblem) -> APIDocument
  /// Removes every trace of a number from the books. Fails while he is being called.
  func erase(_ number: String) async throws(APIProblem) -> APIDocument
}

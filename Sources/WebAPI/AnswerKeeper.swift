/// Keeps the answers to requests with an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header), so that a
/// request that is repeated is done once.
public protocol AnswerKeeper: Sendable {
  /// Takes the key for a request that begins now. `fingerprint` tells one request from another.
  func takeKey(_ key: String, of bearer: Bearer, fingerprint: String) async throws(APIProblem) -> KeyState
  /// Keeps the answer; nil gives the key back, for a request that failed may be tried again.
  func keepAnswer(_ answer: KeptAnswer?, key: String, of bearer: Bearer) async
}

/// What is known of an `Idempotency-Key`.
public enum KeyState: Sendable, Equatable {
  /// It is new: do it.
  case taken
  /// It was done: this was the answer.
  case answered(KeptAnswer)
  /// It is being done at this moment.
  case busy
  /// It was used for another request.
  case otherRequest
}

/// The answer to a request, to be given again.
public struct KeptAnswer: Sendable, Equatable {
  public var status: Int
  public var contentType: String
  public var body: [UInt8]

  public init(status: Int, contentType: String, body: [UInt8]) {
    self.status = status
    self.contentType = contentType
    self.body = body
  }
}

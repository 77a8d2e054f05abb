import Telephony

/// How a customer's leg ended without an answer: DialStatus first, the hang-up cause last
/// (`docs/dialing.md`; causes of ITU-T Q.850, mapped from SIP in `res_pjsip/pjsip_session.c`).
struct CustomerMiss: Equatable {
  var result: CustomerResult
  var next: AttemptEnd.Next
  /// Ends the sentence "The customer …".
  var words: String

  init(status: DialStatus?, cause: HangupCause) {
    switch status {
    case .busy: self = .busy
    case .noAnswer, .cancel: self = .noAnswer
    case .congestion, .channelUnavailable: self = Self.isInvalid(cause) ? .invalid(cause) : .congestion(cause)
    case .answer, .inProgress, .doNotCall, .torture, .invalidArguments, .other, nil:
      self = Self.byCause(cause)
    }
  }

  private init(_ result: CustomerResult, _ next: AttemptEnd.Next, _ words: String) {
    self.result = result
    self.next = next
    self.words = words
  }

  private static let busy = CustomerMiss(.busy, .retry(.busy), "was busy")
  private static let noAnswer = CustomerMiss(.noAnswer, .retry(.noAnswer), "did not answer")
  private static func congestion(_ cause: HangupCause) -> CustomerMiss {
    CustomerMiss(.congestion, .retry(.congestion), "could not be reached (\(cause))")
  }
  private static func invalid(_ cause: HangupCause) -> CustomerMiss {
    CustomerMiss(.invalid, .invalidNumber, "has no such number any more (\(cause))")
  }

  /// The network says that the number does not exist. A missing route (3) is the trunk's affair, not the
  /// number's.
  private static func isInvalid(_ cause: HangupCause) -> Bool {
    cause == .unallocated || cause == .invalidNumberFormat || cause == .numberChanged
  }

  private static func byCause(_ cause: HangupCause) -> CustomerMiss {
    if isInvalid(cause) { return invalid(cause) }
    switch cause {
    case .userBusy, .callRejected: return busy
    case .noRoute, .destinationOutOfOrder: return congestion(cause)
    default:
      // 32 to 126: no resource, not available, not implemented, protocol error. What is left says nothing, or
      // that the phone rang out.
      return (32...126).contains(cause.rawValue) ? congestion(cause) : noAnswer
    }
  }
}

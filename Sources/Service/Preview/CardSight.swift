import CallPolicy
import Dialer
import Telephony
import WebAPI

/// How an agent's card stands at one moment.
struct CardSight: Sendable {
  let record: AttemptRecord
  let job: Job
  let isOffered: Bool

  /// Nil for an attempt without a card, before it is shown, and at its end.
  init?(_ live: SwitchboardMachine.LiveAttempt) {
    guard live.machine.record.cardOfferedAt != nil, !live.ended else { return nil }
    record = live.machine.record
    job = live.job
    isOffered = live.machine.isOffered
  }

  var state: CardDocument.State {
    switch record.phase {
    case .card: .offered
    case .agent: .accepted
    case .customer: .dialing
    case .connected: .talking
    case .wrapUp, .ended: .wrapUp
    }
  }
}

import AsteriskLink
import Store
import Telephony

extension Meter {
  /// What PostgreSQL said to a claim; a cap that was reached is a limit, too.
  func count(_ result: ClaimResult, of pbx: PBXName) {
    let word: String
    switch result {
    case .claimed: word = "claimed"
    case .jobNotWaiting: word = "job_not_waiting"
    case .numberBusy: word = "number_busy"
    case .agentBusy: word = "agent_busy"
    case .staleFence: word = "stale_fence"
    case .doNotCall: word = "do_not_call"
    case .campaignHeld: word = "campaign_held"
    case .dayCapReached:
      word = "number_cap"
      limit("numbers.per_number_per_day")
    case .hourCapReached:
      word = "hour_cap"
      limit("numbers.per_hour")
    case .contactCapReached:
      word = "contact_cap"
      limit("attempts_per_day")
    }
    count(.claims, pbx.rawValue, word)
  }
}

extension CommandOutcome {
  /// For a label.
  var word: String {
    switch self {
    case .done: "done"
    case .alreadyLive: "already_live"
    case .refused: "refused"
    case .notFound: "not_found"
    case .notSent: "not_sent"
    case .unknown: "unknown"
    }
  }
}

import CallPolicy
import CallTracking
import Dialer
import Telephony

@testable import Service

/// What must hold when all faults are over and everything has come to rest.
extension Judge {
  /// The service may measure a talk this much longer or shorter than the telco does: latency, slow events, and
  /// the way from the answer to the bridge.
  static let talkTolerance = Duration.milliseconds(2_500)
  /// Facts in the memory of a killed process are lost with it for this long.
  static let memoryWindow = Duration.seconds(15)

  func judgeAtRest(_ exchange: SimulatedExchange, at now: Timestamp) {
    stuck(exchange, at: now)
    for call in calls.values.sorted(by: { $0.linkedID < $1.linkedID }) { recorded(call, at: now) }
    noStrangers(at: now)
    for row in database.books.jobs.values.sorted(by: { $0.job.id < $1.job.id }) { job(row, at: now) }
    for dial in dials {
      if database.books.attempts[dial.attempt]?.customerDialedAt == nil {
        broken(
          .agentsFailureIsNotTheCustomers, "\(dial.attempt) rang a customer and does not say so", at: now)
      }
    }
  }

  private func stuck(_ exchange: SimulatedExchange, at now: Timestamp) {
    for attempt in database.books.attempts.values.sorted(by: { $0.id < $1.id }) where attempt.endedAt == nil {
      broken(.nobodyStaysStuck, "attempt \(attempt.id) stays in phase \(attempt.phase.rawValue)", at: now)
    }
    for row in database.books.jobs.values.sorted(by: { $0.job.id < $1.job.id }) where row.job.state.isOpen {
      broken(
        .nobodyStaysStuck,
        "job \(row.job.id) stays \(row.job.state.rawValue) after its time is over"
          + " (due \((row.job.dueAt - now).inSeconds) s, expires \((row.job.expiresAt - now).inSeconds) s from now)",
        at: now)
    }
    for seat in exchange.seats where seat.isPaused && seat.reason.hasPrefix("pz:") {
      broken(.nobodyStaysStuck, "\(seat.interface) stays paused by \(seat.reason)", at: now)
    }
    for line in exchange.lines.values.sorted(by: { $0.id < $1.id }) where line.party != nil {
      broken(.nobodyStaysStuck, "our leg \(line.id) stays up", at: now)
    }
  }

  private func recorded(_ call: InboundCall, at now: Timestamp) {
    guard let ended = call.endedAt else { return }
    let key = SimulatedBooks.CallKey(pbx: "pbx1", linkedID: call.linkedID)
    guard let row = database.books.calls[key] else {
      let witness = call.heardBy.sorted { $0.key < $1.key }.first { instance, hearing in
        guard diedAt[instance] != nil else { return true }
        guard let told = hearing.endToldAt else { return false }
        // Killed soon after: what it knew may have been in memory only.
        return lived(instance, after: max(ended, told)).map { $0 >= Self.memoryWindow } ?? true
      }?.key
      guard let witness else { return }
      return broken(
        .nothingLost,
        "call \(call.linkedID) of \(call.number) is not in the books, though instance \(witness) heard it",
        at: now)
    }
    let isWhole = call.heardBy.values.allSatisfy { $0.isWhole && !$0.hasGap }
    guard isWhole, !wasDisturbed(from: call.beganAt, to: ended + .seconds(3)) else { return }
    let longest = talks.filter { $0.call == call.linkedID }.map(\.length).max() ?? .zero
    // Shorter than the latency of events: either may be believed.
    guard longest == .zero || longest > .milliseconds(100) else { return }
    let talked = longest > .zero
    if talked == row.call.missed, !transferred(call) {
      broken(
        .nothingLost,
        "call \(call.linkedID) \(talked ? "talked to a human" : "talked to nobody")"
          + " and is written as \(row.call.missed ? "missed" : "answered")",
        at: now)
    }
  }

  /// Whom an agent sent elsewhere, where nobody took the call, is a lost call in spite of his talk.
  private func transferred(_ call: InboundCall) -> Bool { transferredCalls.contains(call.linkedID) }

  private func noStrangers(at now: Timestamp) {
    for (key, row) in database.books.calls.sorted(by: { $0.key.linkedID < $1.key.linkedID })
    where row.call.missed {
      if OurLeg(row.call.channel) != nil {
        broken(.ownLegsAreNotMissed, "\(key.linkedID) is our own leg and is written as missed", at: now)
      } else if calls[key.linkedID] == nil {
        broken(.nothingLost, "\(key.linkedID) is written as missed, and nobody called", at: now)
      }
    }
  }

  private func job(_ row: SimulatedBooks.JobRow, at now: Timestamp) {
    let (job, books) = (row.job, database.books)
    let tries = books.attempts.values.filter { $0.job == job.id }
    let dialled = tries.count { $0.customerDialedAt != nil }
    if job.attempts > dialled {
      broken(
        .agentsFailureIsNotTheCustomers, "job \(job.id) is charged \(job.attempts) dials and made \(dialled)",
        at: now)
    }
    let missed = books.calls.values.count { $0.job == job.id }
    if missed != job.missedCount {
      broken(.booksBalance, "job \(job.id) counts \(job.missedCount) missed calls and has \(missed)", at: now)
    }
    if !job.state.isOpen,
      !books.decisions.contains(where: { $0.job == job.id && $0.decision == job.state.rawValue })
    {
      broken(
        .everyDecisionHasASentence, "nothing says why job \(job.id) is \(job.state.rawValue)", at: now)
    }
    for attempt in tries.sorted(by: { $0.id < $1.id })
    where !books.decisions.contains(where: { $0.job == job.id && $0.at >= attempt.startedAt - .seconds(5) }) {
      broken(.everyDecisionHasASentence, "nothing tells of attempt \(attempt.id)", at: now)
    }
    success(job, tries, at: now)
  }

  private func success(_ job: Job, _ tries: [AttemptRecord], at now: Timestamp) {
    let ids = Set(tries.map(\.id))
    let ours: [Talk]
    switch job.state {
    case .succeeded: ours = talks.filter { $0.attempt.map(ids.contains) ?? false }
    case .recovered: ours = talks.filter { $0.attempt == nil && $0.number == job.number.e164 }
    case .waiting, .working, .exhausted, .expired, .excluded, .cancelled, .failed: return
    }
    let exact = ours.filter {
      !wasDisturbed(from: $0.began - .seconds(5), to: ($0.ended ?? now) + .seconds(5))
    }
    let longest = ours.map(\.length).max() ?? .zero
    // Where the service did not see all of it, that they talked at all must do.
    let needed = exact.count == ours.count ? rules.successAfter - Self.talkTolerance : .microseconds(1)
    if longest < needed {
      broken(
        .successIsConversation,
        "job \(job.id) is \(job.state.rawValue), and the longest talk was \(longest.inSeconds) s", at: now)
    }
  }
}

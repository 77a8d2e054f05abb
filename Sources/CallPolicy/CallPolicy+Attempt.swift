public import Telephony

/// How an attempt ended, as far as it decides what comes next.
public struct AttemptReport: Sendable, Hashable {
  public var outcome: AttemptOutcome
  public var customerResult: CustomerResult
  /// The ladder to climb; nil lets the policy choose by `customerResult`.
  public var retryCause: RetryCause?
  /// Customer dials of the job, this one included if it was charged.
  public var attempts: Int
  /// This dial counts towards `max_attempts`.
  public var charged: Bool
  /// The agent did not pick up, declined, or went away.
  public var agentFailed: Bool
  /// The member who was rung.
  public var agent: MemberInterface?
  /// Time both talked.
  public var talk: Duration
  /// From whom no sound came although they were connected; nil where there was sound.
  public var silent: SilentSide?

  public init(
    outcome: AttemptOutcome, customerResult: CustomerResult, retryCause: RetryCause? = nil, attempts: Int,
    charged: Bool, agentFailed: Bool = false, agent: MemberInterface? = nil, talk: Duration = .zero,
    silent: SilentSide? = nil
  ) {
    self.outcome = outcome
    self.customerResult = customerResult
    self.retryCause = retryCause
    self.attempts = attempts
    self.charged = charged
    self.agentFailed = agentFailed
    self.agent = agent
    self.talk = talk
    self.silent = silent
  }
}

extension CallPolicy {
  /// What becomes of a job after an attempt: a final state, or back to waiting with a new due time that lies
  /// in opening hours and before the job's end.
  public func afterAttempt(
    job: Job, end: AttemptReport, now: Timestamp
  ) -> (change: JobChange, decision: Decision) {
    let campaign = campaign(of: job)
    let agent = end.agent?.rawValue ?? "an agent"
    if end.outcome == .conversation {
      return close(job, .succeeded, "talked \(Sentence.span(end.talk)) with \(agent)", now)
    }
    if end.outcome == .delivered { return close(job, .succeeded, "the customer heard the message", now) }
    let what = Self.failure(end, agent: agent)
    if end.customerResult == .invalid, job.contact?.others(than: job.number).isEmpty ?? true {
      return close(job, .failed, what, now)
    }
    if end.attempts >= campaign.maxAttempts {
      return close(
        job, .exhausted, "\(what); that was dial \(end.attempts) of \(campaign.maxAttempts) (max_attempts)",
        now)
    }
    if let next = nextPhone(of: job, after: end, what, in: campaign, now: now) { return next }
    if end.customerResult == .invalid { return close(job, .failed, what, now) }
    guard let wait = wait(after: end, in: campaign) else {
      return close(job, .exhausted, "\(what); the campaign names no further try after that (retry)", now)
    }
    let at = now + wait
    let limit = words(for: job.expiresAt, in: campaign)
    guard let dueAt = opening(of: campaign, atOrAfter: at, zone: job.zone) else {
      return close(job, .expired, "\(what); no opening before it expires at \(limit)", now)
    }
    let dueWords = words(for: dueAt, in: campaign)
    guard dueAt < job.expiresAt else {
      return close(
        job, .expired, "\(what); the next try at \(dueWords) would be after it expires at \(limit)", now)
    }
    let reason = "\(what); next try from \(dueWords)"
    // Waiting for an agent who has just failed would cost the customer sticky_wait once more.
    let owner = end.agentFailed && end.agent == job.owner ? nil : job.owner
    return (
      .retry(job.id, dueAt: dueAt, attempts: end.attempts, owner: owner, reason: reason),
      Decision(at: now, number: job.number.e164, job: job.id, decision: "retry", reason: reason)
    )
  }

  /// How long to wait before the next dial; nil where the ladder of the cause is empty.
  ///
  /// Rungs are counted by customer dials: the n-th dial uses the n-th rung of the ladder of its own cause.
  func wait(after end: AttemptReport, in campaign: CampaignPolicy) -> Duration? {
    func rung(_ cause: RetryCause) -> Duration? {
      campaign.retry.wait(after: cause, attempt: end.attempts)
    }
    switch end.outcome {
    case .conversation, .delivered: return nil
    case .unknown:
      guard end.retryCause == .dropped else { return settings.minRedialGap }
      // They were connected and how it ended was not seen: whoever may have talked is not called soon.
      guard let wait = rung(.dropped) else { return nil }
      return max(wait, settings.minRedialGap)
    case .agentMissed:
      guard let wait = rung(.agentMissed) else { return nil }
      // His phone has rung already: not again in the same second.
      return end.customerResult == .none ? wait : max(wait, campaign.startAfter)
    case .dropped: return rung(.dropped)
    case .noConversation: return rung(end.retryCause ?? .noAnswer)
    case .customerMissed:
      if end.customerResult == .cancelled { return campaign.startAfter }
      return rung(end.retryCause ?? Self.cause(of: end.customerResult))
    }
  }

  static func cause(of result: CustomerResult) -> RetryCause {
    switch result {
    case .busy: .busy
    case .congestion: .congestion
    case .machine: .machine
    case .answered, .noAnswer, .invalid, .cancelled, .none: .noAnswer
    }
  }

  private static func failure(_ end: AttemptReport, agent: String) -> String {
    if end.customerResult == .invalid { return "the network says the number does not exist" }
    switch end.outcome {
    case .conversation: return "talked"
    case .delivered: return "the customer heard the message"
    case .noConversation:
      if let silent = end.silent { return silence(silent, agent: agent) }
      return "the customer answered, but there was no conversation (\(Sentence.span(end.talk)) of talk)"
    case .agentMissed:
      return "\(agent) did not take the callback"
        + (end.charged ? "" : ", which uses up no attempt")
    case .dropped: return "the customer answered and no agent was there"
    case .unknown: return "it is unknown how the dial ended, so it counts as placed"
    case .customerMissed:
      switch end.customerResult {
      case .busy: return "the customer's line was busy"
      case .noAnswer, .answered, .invalid: return "the customer did not answer"
      case .congestion: return "the network was congested"
      case .machine: return "an answering machine picked up"
      case .cancelled: return "the dial was called off before the customer answered"
      case .none: return "the customer was not dialled"
      }
    }
  }

  private static func silence(_ side: SilentSide, agent: String) -> String {
    let from =
      switch side {
      case .agent: "the phone of \(agent)"
      case .customer: "the customer's line"
      case .both: "either side"
      }
    return "they were connected and no sound came from \(from), which uses up no attempt"
  }

  func close(
    _ job: Job, _ state: JobState, _ reason: String, _ now: Timestamp
  ) -> (change: JobChange, decision: Decision) {
    (
      .close(job.id, state, reason: reason),
      Decision(at: now, number: job.number.e164, job: job.id, decision: state.rawValue, reason: reason)
    )
  }
}

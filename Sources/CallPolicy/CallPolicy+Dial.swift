public import Telephony

/// The last word before a job is claimed.
public enum DialPermission: Sendable, Hashable {
  case yes
  /// Not now. Ask again at `until`; nil means when something changes, a reload for example.
  case no(reason: String, until: Timestamp?)
  /// Never: the job goes to this final state.
  case never(JobState, reason: String)

  /// What this does to the books; nil where nothing changes.
  public func outcome(for job: Job, now: Timestamp) -> (change: JobChange, decision: Decision)? {
    func row(_ word: String, _ reason: String) -> Decision {
      Decision(at: now, number: job.number.e164, job: job.id, decision: word, reason: reason)
    }
    switch self {
    case .yes, .no(_, until: nil):
      return nil
    case .no(let reason, .some(let until)):
      return (.postpone(job.id, dueAt: until, reason: reason), row("held", reason))
    case .never(let state, let reason):
      return (.close(job.id, state, reason: reason), row(state.rawValue, reason))
    }
  }
}

/// What is known of a number and a PBX in the moment before a dial.
public struct DialConditions: Sendable, Hashable {
  /// The customer is in a call or a queue of ours, or has a live attempt.
  public var onLine: Bool
  public var doNotCall: Bool
  /// Customer dials to this number in the last 24 hours, over all jobs.
  public var dialsLastDay: Int
  /// Customer dials of this PBX in the last hour.
  public var dialsLastHour: Int
  /// The campaign was paused by a supervisor.
  public var paused: Bool

  public init(
    onLine: Bool, doNotCall: Bool = false, dialsLastDay: Int = 0, dialsLastHour: Int = 0,
    paused: Bool = false
  ) {
    self.onLine = onLine
    self.doNotCall = doNotCall
    self.dialsLastDay = dialsLastDay
    self.dialsLastHour = dialsLastHour
    self.paused = paused
  }
}

extension CallPolicy {
  /// Whether this job may be dialled now. Everything that may have changed since it was created is looked at
  /// again: the configuration, the clock, the number's day.
  public func mayDial(job: Job, now: Timestamp, conditions: DialConditions) -> DialPermission {
    guard let campaign = settings.campaign(named: job.campaign) else {
      if now >= job.expiresAt { return Self.over(CampaignPolicy(name: job.campaign), self, job) }
      return .no(reason: "the campaign \(job.campaign) is not in the configuration any more", until: nil)
    }
    if let never = lasting(job, campaign: campaign, now: now, conditions: conditions) { return never }
    if job.heldOut {
      return .no(
        reason: "left alone to measure what callbacks are worth (hold_out)", until: job.expiresAt)
    }
    if campaign.mode == .observe {
      return .no(
        reason: "would have been called now; \(campaign.name) only observes (mode: observe)",
        until: job.expiresAt)
    }
    if conditions.paused { return .no(reason: "the campaign \(campaign.name) is paused", until: nil) }
    return passing(job, campaign: campaign, now: now, conditions: conditions)
  }

  /// What will not change by waiting.
  private func lasting(
    _ job: Job, campaign: CampaignPolicy, now: Timestamp, conditions: DialConditions
  ) -> DialPermission? {
    if now >= job.expiresAt { return Self.over(campaign, self, job) }
    if job.attempts >= campaign.maxAttempts {
      return .never(
        .exhausted, reason: "\(job.attempts) of \(campaign.maxAttempts) dials are used up (max_attempts)")
    }
    if settings.ownNumbers.contains(job.number) {
      return .never(.excluded, reason: "the number is one of our own (own_numbers, caller_id)")
    }
    if let why = settings.numbers.refusal(of: job.number) { return .never(.excluded, reason: why) }
    if conditions.doNotCall {
      return .never(.excluded, reason: "the number is on the do-not-call list")
    }
    return nil
  }

  /// What waiting will change.
  private func passing(
    _ job: Job, campaign: CampaignPolicy, now: Timestamp, conditions: DialConditions
  ) -> DialPermission {
    if now < job.dueAt {
      return .no(reason: "due at \(words(for: job.dueAt, in: campaign))", until: job.dueAt)
    }
    guard let opening = opening(of: campaign, atOrAfter: now, zone: job.zone) else {
      return .no(reason: "the calendar has no opening before it expires", until: job.expiresAt)
    }
    if opening > now {
      let place = job.zone.map { " at the customer's place (\($0))" } ?? ""
      return .no(
        reason: "outside office hours\(place); from \(words(for: opening, in: campaign))",
        until: min(opening, job.expiresAt))
    }
    if conditions.onLine {
      return .no(
        reason: "the customer is on a line with us",
        until: postponed(job, campaign, now + campaign.startAfter))
    }
    if conditions.dialsLastDay >= settings.numbers.perNumberPerDay {
      return .no(
        reason: "the number was dialled \(conditions.dialsLastDay) times in 24 hours"
          + " (numbers.per_number_per_day)",
        until: postponed(job, campaign, now + PolicyDefaults.perDayRecheck))
    }
    if conditions.dialsLastHour >= settings.numbers.perHour {
      return .no(
        reason: "\(conditions.dialsLastHour) dials in the last hour (numbers.per_hour)",
        until: postponed(job, campaign, now + PolicyDefaults.perHourRecheck))
    }
    return .yes
  }

  /// The first opening at or after a moment, or the job's end if that comes sooner.
  private func postponed(_ job: Job, _ campaign: CampaignPolicy, _ moment: Timestamp) -> Timestamp {
    min(opening(of: campaign, atOrAfter: moment, zone: job.zone) ?? job.expiresAt, job.expiresAt)
  }

  private static func over(_ campaign: CampaignPolicy, _ policy: CallPolicy, _ job: Job) -> DialPermission {
    .never(
      .expired, reason: "not reached until \(policy.words(for: job.expiresAt, in: campaign)) (expire_after)")
  }
}

public import CallTracking
public import Telephony

/// What follows from a fact: whether a lost call is called back, when, and what becomes of a job after each
/// attempt. Pure: the same settings, history and time always give the same answer.
public struct CallPolicy: Sendable {
  public let settings: PolicySettings

  public init(settings: PolicySettings) { self.settings = settings }

  /// Decides what follows from an ended call. Call it under the number's lock, in the transaction that writes
  /// the call.
  ///
  /// - Parameters:
  ///   - caller: the outside party's number: the caller id of an inbound call, the dialled one otherwise.
  ///   - newJobID: used if a job is created.
  ///   - holdOutDraw: a random number, 0 up to but not including 1; below the campaign's `hold_out` the job
  ///     is left alone.
  public func decide(
    call: CallRecord, caller: CallerNumber, history: NumberHistory, now: Timestamp, newJobID: JobID,
    holdOutDraw: Double
  ) -> CallVerdict {
    if history.alreadyRecorded { return CallVerdict() }
    // Without its attempt, nothing but the talk itself can say that he was called back.
    if call.attempt != nil, !(history.attemptLost && call.answered) { return ownLeg(caller, now: now) }
    if call.missed {
      return decideMissed(
        MissedCall(call: call, caller: caller, history: history, now: now), newJobID: newJobID,
        holdOutDraw: holdOutDraw)
    }
    if call.answered { return decideTalk(call, caller: caller, history: history, now: now) }
    if call.messageTaken { return message(from: caller, now: now) }
    return CallVerdict()
  }

  /// A message in voicemail, where that is no loss: nothing follows. An open job of his stays, for nobody has
  /// talked with him.
  private func message(from caller: CallerNumber, now: Timestamp) -> CallVerdict {
    let decision = Decision(
      at: now, number: caller.shown, job: nil, decision: "message",
      reason: "reached voicemail, which is not taken for a missed call (pbx voicemail: message)")
    return CallVerdict(decisions: [decision])
  }

  /// Why this number may not be called, whoever wishes it, as the end of a sentence; nil where it may. Also
  /// for jobs that do not come from a lost call.
  public func refusal(of caller: CallerNumber, doNotCall: Bool) -> String? {
    switch caller {
    case .hidden: return "the caller hid his number"
    case .unreadable: return "the number cannot be read"
    case .number(let number, let kind):
      if settings.ownNumbers.contains(number) {
        return "the number is one of our own (own_numbers, caller_id)"
      }
      if kind == .invalid { return "the number is not one of its country's numbering plan" }
      if kind == .premium { return "premium-rate numbers are never dialled" }
      if let why = settings.numbers.refusal(of: number) { return why }
      return doNotCall ? "the number is on the do-not-call list" : nil
    }
  }

  /// The campaign's settings, or the defaults where a reload has taken it away while its jobs live on.
  func campaign(of job: Job) -> CampaignPolicy {
    settings.campaign(named: job.campaign) ?? CampaignPolicy(name: job.campaign)
  }

  /// The moment itself or the next opening of the campaign's calendar, for contacts of a list within the hours of
  /// the law at their place; nil where it never opens.
  ///
  /// - Parameter zone: the place where its hours are kept, an IANA name; nil, or a name nobody knows: its own.
  public func opening(
    of campaign: CampaignPolicy, atOrAfter moment: Timestamp, zone: String? = nil
  ) -> Timestamp? {
    var calendar = settings.calendar(of: campaign)
    let place = zone.flatMap { $0 == calendar?.zone.name ? calendar?.zone : settings.zone($0) }
    if let place, let own = calendar {
      calendar = WorkingCalendar(zone: place, open: own.open, closed: own.closed)
    }
    // A list's customers have not called: the law says when they may be.
    if campaign.kind == .outbound, let hours = campaign.outbound.legal?.hours.value {
      return hours.opening(
        with: calendar, in: place ?? calendar?.zone ?? UTCZone(), atOrAfter: moment)
    }
    return calendar.map { $0.nextOpening(atOrAfter: moment) } ?? moment
  }

  /// A moment on the wall clock of the campaign's calendar; in UTC, and so marked, where it has none.
  func words(for moment: Timestamp, in campaign: CampaignPolicy) -> String {
    if let calendar = settings.calendar(of: campaign) { return calendar.words(for: moment) }
    return WorkingCalendar(zone: UTCZone(), open: [:]).words(for: moment) + " UTC"
  }

  private func ownLeg(_ caller: CallerNumber, now: Timestamp) -> CallVerdict {
    // The agent's leg may show no number; then there is nobody to explain it to.
    guard let number = caller.shown else { return CallVerdict() }
    let decision = Decision(
      at: now, number: number, job: nil, decision: "ours",
      reason: "this call was our own callback; its attempt says how it ended")
    return CallVerdict(decisions: [decision])
  }

  /// Closes the jobs of a customer who has talked to a human without our doing.
  private func decideTalk(
    _ call: CallRecord, caller: CallerNumber, history: NumberHistory, now: Timestamp
  ) -> CallVerdict {
    var verdict = CallVerdict()
    let served: String =
      switch call.direction {
      case _ where call.attempt != nil:
        "was called back by \(call.answeredBy ?? "an agent"), though the books have lost the attempt,"
      case .inbound: "called again and was served by \(call.answeredBy ?? "an agent")"
      case .outbound, .internal: "was reached by \(call.answeredBy ?? "an agent"), who dialled him by hand,"
      }
    // The talk in which a promise was made does not keep it.
    for job in history.openJobs
    where call.endedAt > job.firstMissedAt && !job.wasPromised(since: call.startedAt) {
      let campaign = campaign(of: job)
      let reason: String
      let decision: String
      if call.talk >= campaign.successAfter {
        reason = "\(served) at \(words(for: call.endedAt - call.talk, in: campaign))"
        decision = "recovered"
        verdict.changes.append(.close(job.id, .recovered, reason: reason))
      } else {
        reason =
          "\(served) but talked only \(Sentence.span(call.talk)), less than"
          + " \(Sentence.span(campaign.successAfter)) (success_after); the callback is still owed"
        decision = "kept"
      }
      verdict.decisions.append(
        Decision(at: now, number: caller.shown, job: job.id, decision: decision, reason: reason))
    }
    return verdict
  }
}

extension Job {
  /// A promise may have made an older job its own: it counts from when it was given, not from when the job began.
  fileprivate func wasPromised(since moment: Timestamp) -> Bool {
    source == .promised && moment <= promiseMadeAt ?? createdAt
  }
}

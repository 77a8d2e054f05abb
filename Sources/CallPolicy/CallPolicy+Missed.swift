internal import CallTracking
internal import Telephony

/// A lost call and all that is known when it is judged.
struct MissedCall {
  let call: CallRecord
  let caller: CallerNumber
  let history: NumberHistory
  let now: Timestamp

  /// He asked for a callback: he did not give up, and no stage of the dialplan is too early.
  var requested: Bool { call.ending == .callbackRequested }

  /// Whether he himself ended the call. Who was turned away has not abandoned anything, however soon.
  var abandoned: Bool {
    switch call.ending {
    case .callerHungUp, .agentCollision, nil: true
    case .timeout, .queueEmpty, .queueFull, .key, .withdrawn, .callbackRequested, .voicemail, .pbx: false
    }
  }

  /// Without a job, and why.
  func refused(_ why: String, decision: String = "no_job") -> CallVerdict {
    let row = Decision(
      at: now, number: caller.shown, job: nil, decision: decision,
      reason: "\(Sentence.loss(call)); no callback: \(why)")
    return CallVerdict(noJobReason: why, decisions: [row])
  }
}

extension CallPolicy {
  /// The rules of a lost call in their order; the first that speaks decides.
  ///
  /// The number's kind comes after the refusals, the open job and the talk: so a task is made for a person
  /// only where a callback would be due.
  func decideMissed(_ missed: MissedCall, newJobID: JobID, holdOutDraw: Double) -> CallVerdict {
    let campaign = settings.campaigns.first {
      $0.takes(
        queue: missed.call.queue, lostAt: missed.call.lostAt,
        requested: missed.requested && $0.requests.accepts)
    }
    let minWait = campaign?.minWait ?? PolicyDefaults.minWait
    // A fact of the call, whichever rule speaks: reports count short abandons of hidden callers too.
    let short = missed.abandoned && missed.call.wait < minWait
    var verdict: CallVerdict
    if let why = strangerOrOurselves(missed.caller) {
      verdict = missed.refused(why)
    } else if short {
      verdict = missed.refused(
        "hanging up before \(Sentence.span(minWait)) (min_wait) is a short abandon",
        decision: "short_abandon")
    } else {
      verdict = decideOwed(missed, campaign: campaign, newJobID: newJobID, holdOutDraw: holdOutDraw)
    }
    verdict.short = short
    return verdict
  }

  /// The rules from the campaign on, for a caller who waited and whom we could know.
  private func decideOwed(
    _ missed: MissedCall, campaign: CampaignPolicy?, newJobID: JobID, holdOutDraw: Double
  ) -> CallVerdict {
    // What he asked for is in the books already, whichever campaign takes such calls.
    if missed.requested {
      if let other = missed.call.requestedNumber, other != missed.caller.shown {
        return missed.refused("he asked to be called at another number, and is owed it there")
      }
      if let asked = missed.history.openJobs.first(where: {
        $0.source == .requested && !isOver($0, at: missed.now)
      }) {
        return counted(asked, missed)
      }
    }
    guard let campaign else {
      let queue = missed.call.queue.map { "from \($0)" } ?? "from outside a queue"
      return missed.refused(
        "no campaign takes calls \(queue) lost at \((missed.call.lostAt ?? .other).rawValue)")
    }
    if let why = refusal(of: missed.caller, doNotCall: missed.history.doNotCall) {
      return missed.refused(why)
    }
    guard case .number(let number, let kind) = missed.caller else {
      return missed.refused("the number cannot be read")
    }
    if let category = settings.routing.category(missed.history.category), category.reject {
      return missed.refused("callers of his category \(category.name) are turned away (routing.categories)")
    }

    let open = missed.history.openJobs.first { $0.campaign == campaign.name }
    if let open, !isOver(open, at: missed.now) { return counted(open, missed) }
    if let verdict = settled(missed, campaign: campaign) { return closing(open, campaign, missed, verdict) }
    if !campaign.dials(kind) {
      return closing(open, campaign, missed, wrongKind(kind, campaign: campaign, missed))
    }
    let strangers = missed.history.rangeCallersLastHour
    if strangers >= settings.numbers.rangePerHour {
      let why =
        "\(strangers) other numbers of its range called and were lost within an hour (numbers.range_per_hour):"
        + " it looks like a call-back trap"
      return closing(open, campaign, missed, missed.refused(why, decision: "breaker"))
    }
    let dials = missed.history.dialsLastDay
    if dials >= settings.numbers.perNumberPerDay {
      let why = "the number was dialled \(dials) times in 24 hours (numbers.per_number_per_day)"
      return closing(open, campaign, missed, missed.refused(why))
    }
    let job = newJob(newJobID, number: number, campaign: campaign, missed, holdOutDraw: holdOutDraw)
    return closing(open, campaign, missed, job)
  }

  /// A hidden number, or one of our own: these come before everything else.
  private func strangerOrOurselves(_ caller: CallerNumber) -> String? {
    switch caller {
    case .hidden: refusal(of: caller, doNotCall: false)
    case .unreadable: nil
    case .number(let number, _):
      settings.ownNumbers.contains(number) ? refusal(of: caller, doNotCall: false) : nil
    }
  }

  /// A job whose time is up and that nobody has closed yet: it must not swallow a fresh call.
  private func isOver(_ job: Job, at now: Timestamp) -> Bool {
    job.state == .waiting && job.expiresAt <= now
  }

  /// Puts the end of an overdue job before what follows from this call, so that the books hold one open job
  /// at a time.
  private func closing(
    _ over: Job?, _ campaign: CampaignPolicy, _ missed: MissedCall, _ verdict: CallVerdict
  ) -> CallVerdict {
    guard let over else { return verdict }
    let (change, decision) = expired(
      over, why: "not reached until \(words(for: over.expiresAt, in: campaign)) (expire_after)",
      now: missed.now)
    var verdict = verdict
    verdict.changes.insert(change, at: 0)
    verdict.decisions.insert(decision, at: 0)
    return verdict
  }

  private func counted(_ job: Job, _ missed: MissedCall) -> CallVerdict {
    let decision = Decision(
      at: missed.now, number: missed.caller.shown, job: job.id, decision: "counted_up",
      reason: "\(Sentence.loss(missed.call)); already owed a callback, which keeps its place in line"
        + " (missed call \(job.missedCount + 1))")
    return CallVerdict(
      job: job.id, changes: [.countUp(job.id, at: missed.call.startedAt)], decisions: [decision])
  }

  /// The customer has talked to a human since this call began.
  private func settled(_ missed: MissedCall, campaign: CampaignPolicy) -> CallVerdict? {
    guard let end = missed.history.lastTalkEndedAt, end > missed.call.startedAt else { return nil }
    let with = missed.history.lastTalkedWith ?? "an agent"
    return missed.refused("he has talked to \(with) since, until \(words(for: end, in: campaign))")
  }

  private func wrongKind(
    _ kind: PhoneNumberKind, campaign: CampaignPolicy, _ missed: MissedCall
  ) -> CallVerdict {
    let why = "\(campaign.name) does not dial \(Sentence.kind(kind)) (number_kinds)"
    return switch campaign.otherwise {
    case .ignore: missed.refused(why)
    case .task: missed.refused("\(why); a task for a person instead", decision: "task")
    }
  }

  private func newJob(
    _ id: JobID, number: PhoneNumber, campaign: CampaignPolicy, _ missed: MissedCall, holdOutDraw: Double
  ) -> CallVerdict {
    let (call, now) = (missed.call, missed.now)
    let expiresAt = now + campaign.expireAfter
    let earliest = max(now, call.endedAt + campaign.startAfter)
    let opening = opening(of: campaign, atOrAfter: earliest)
    // Not due after its end: at its end the dialler finds it and closes it.
    let inTime = opening.map { $0 < expiresAt } ?? false
    let dueAt = inTime ? opening ?? expiresAt : expiresAt
    let restored = missed.history.restoredAt.map { call.endedAt < $0 } ?? false
    let late = restored || now - call.endedAt > settings.recoverMaxAge
    // Who asked for it is called, and is in neither group.
    let draws = campaign.holdOut > 0 && !missed.requested && !late
    let heldOut = draws && holdOutDraw < campaign.holdOut

    var word = "job_created"
    let next: String
    if restored {
      next = "the books were restored from a backup since, so whether he was called back is not known"
    } else if late {
      next = "found \(Sentence.span(now - call.endedAt)) after the call, too late to call back"
    } else if heldOut {
      word = "held_out"
      next = "left alone to measure what callbacks are worth (hold_out)"
    } else if !inTime {
      let end = words(for: expiresAt, in: campaign)
      next =
        opening.map {
          "office hours begin at \(words(for: $0, in: campaign)),"
            + " \($0 == expiresAt ? "when" : "after") it expires at \(end)"
        } ?? "the calendar has no opening before it expires at \(end)"
    } else {
      next = "will be called back from \(words(for: dueAt, in: campaign))"
    }
    let reason = "\(Sentence.loss(call)); \(next)"
    let history = missed.history
    var job = Job(
      id: id, campaign: campaign.name, number: number,
      customerName: history.customerName.isEmpty ? call.rawName : history.customerName,
      source: missed.requested ? .requested : .missedCall, state: .waiting, reason: reason, createdAt: now,
      firstMissedAt: call.startedAt, missedCount: 1, priority: priority(of: history, in: campaign),
      owner: owner(of: history, now: now), dueAt: dueAt, expiresAt: expiresAt,
      attempts: 0, queue: call.queue, pbx: call.pbx, heldOut: heldOut)
    job.drawn = draws ? (heldOut ? .leftAlone : .called) : nil
    var verdict = CallVerdict(job: id, changes: [.create(job)])
    verdict.decisions.append(
      Decision(at: now, number: number.e164, job: id, decision: word, reason: reason))
    if late {
      let (change, decision) = expired(job, why: next, now: now)
      verdict.changes.append(change)
      verdict.decisions = [decision]
    }
    return verdict
  }

  /// The end of a job whose time is up.
  func expired(_ job: Job, why: String, now: Timestamp) -> (JobChange, Decision) {
    (
      .close(job.id, .expired, reason: why),
      Decision(at: now, number: job.number.e164, job: job.id, decision: "expired", reason: why)
    )
  }
}

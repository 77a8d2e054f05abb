public import Telephony

/// Several phones of one contact: from one that was busy or silent to the next, behind the last one the ladder,
/// and from the first again.
extension CallPolicy {
  /// The change to another phone; nil where the present one is the one to dial, or the ladder ends here. Where every
  /// phone had its dials (`max_attempts_per_phone`), the end.
  func nextPhone(
    of job: Job, after end: AttemptReport, _ what: String, in campaign: CampaignPolicy, now: Timestamp
  ) -> (change: JobChange, decision: Decision)? {
    guard let contact = job.contact else { return nil }
    let ofThePhone = Self.isOfThePhone(end)
    let dials = (contact.phones.first { $0.number == job.number }?.dials ?? 0) + (end.charged ? 1 : 0)
    let limit = campaign.maxAttemptsPerPhone
    let spent = dials >= limit ?? .max
    guard ofThePhone || spent else { return nil }
    let others = contact.others(than: job.number, dialsBelow: limit)
    guard let first = others.first else {
      guard spent else { return nil }
      let why = "\(what); no phone is left with fewer than \(dials) dials (max_attempts_per_phone)"
      return close(job, .exhausted, why, now)
    }
    let invalid = end.customerResult == .invalid
    let ladder = campaign.retry.wait(
      after: end.retryCause ?? Self.cause(of: end.customerResult),
      attempt: Self.round(end.attempts, phones: others.count + (invalid ? 0 : 1)))
    let next = contact.next(after: job.number, dialsBelow: limit)
    let phone = next ?? first
    let at: Timestamp
    if next != nil, ofThePhone {
      at = now + PolicyDefaults.nextPhoneGap
    } else {
      // He himself was reached, or all his phones were tried.
      guard let wait = ofThePhone ? ladder : wait(after: end, in: campaign) else { return nil }
      at = now + wait
    }
    guard let dueAt = opening(of: campaign, atOrAfter: at, zone: phone.zone), dueAt < job.expiresAt else {
      return nil
    }
    let place = contact.phones.firstIndex { $0.number == phone.number }.map { $0 + 1 } ?? 1
    let reason =
      "\(what)\(invalid ? ", so this phone is out of order" : "");"
      + " phone \(place) of \(contact.phones.count) is next, from \(words(for: dueAt, in: campaign))"
    let change = NextPhone(
      number: phone.number, zone: phone.zone, dueAt: dueAt, otherwiseAt: max(dueAt, now + (ladder ?? .zero)),
      attempts: end.attempts, reason: reason, present: invalid ? .outOfOrder : .ok)
    return (
      .dialNext(job.id, change),
      Decision(at: now, number: job.number.e164, job: job.id, decision: "next_phone", reason: reason)
    )
  }

  /// The change to the next phone where the present one was put on the do-not-call list; nil where there is no
  /// other.
  public func passOver(_ job: Job, now: Timestamp) -> (change: JobChange, decision: Decision)? {
    guard let contact = job.contact,
      let phone = contact.next(after: job.number) ?? contact.others(than: job.number).first
    else { return nil }
    let reason = "the number is on the do-not-call list; another phone of the contact is next"
    let next = NextPhone(
      number: phone.number, zone: phone.zone, dueAt: now, otherwiseAt: job.expiresAt, attempts: job.attempts,
      reason: reason, present: .doNotCall)
    return (
      .dialNext(job.id, next),
      Decision(at: now, number: job.number.e164, job: job.id, decision: "next_phone", reason: reason)
    )
  }

  /// It was the phone that failed, not the agent, nor our sight of it.
  private static func isOfThePhone(_ end: AttemptReport) -> Bool {
    guard end.outcome == .customerMissed else { return end.customerResult == .invalid }
    switch end.customerResult {
    case .busy, .noAnswer, .congestion, .invalid: return true
    case .answered, .machine, .cancelled, .none: return false
    }
  }

  /// How often all phones were gone through: a rung is for all of them together.
  private static func round(_ attempts: Int, phones: Int) -> Int { max(1, attempts / max(1, phones)) }
}

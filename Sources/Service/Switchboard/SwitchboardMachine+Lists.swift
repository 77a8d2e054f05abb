import CallPolicy
import Telephony

/// What contact lists ask of a switchboard beside callbacks.
extension SwitchboardMachine {
  func isPaused(_ name: CampaignName, at now: Timestamp) -> Bool {
    guard let campaign = settings.policy.settings.campaign(named: name) else { return false }
    return settings.policy.held(campaign, run: runs[name], at: now) != nil
  }

  /// The contact is on a line with us by another of his phones: his call decides.
  func isOnLine(_ contact: JobContact?) -> Bool {
    contact?.phones.contains { onLine[$0.number] != nil } ?? false
  }

  /// When the next campaign starts: its jobs are not read before.
  func nextStart(after moment: Timestamp) -> Timestamp? {
    runs.values.compactMap { $0.state == .running ? $0.startsAt : nil }.filter { $0 > moment }.min()
  }

  /// Nil for a callback: it knows no such limit.
  func attemptsPerDay(_ job: Job) -> Int? {
    guard job.contact != nil else { return nil }
    return settings.policy.settings.campaign(named: job.campaign)?.attemptsPerDay
  }

  /// The number was put on the do-not-call list: the contact's next phone, or nobody.
  mutating func passOver(_ job: Job, at now: Timestamp) {
    guard let (change, decision) = settings.policy.passOver(job, now: now) else {
      return exclude(job, "the number is on the do-not-call list", at: now)
    }
    out.append(.apply([change], [decision], job.number))
  }

  /// The contact had his dials of a day.
  mutating func rest(_ job: Job, capped sentence: String, until: Timestamp, at now: Timestamp) {
    let campaign =
      settings.policy.settings.campaign(named: job.campaign) ?? CampaignPolicy(name: job.campaign)
    let due = settings.policy.opening(of: campaign, atOrAfter: until, zone: job.zone) ?? until
    let decision = Decision(
      at: now, number: job.number.e164, job: job.id, decision: "held", reason: sentence)
    out.append(.apply([.postpone(job.id, dueAt: due, reason: sentence)], [decision], job.number))
  }
}

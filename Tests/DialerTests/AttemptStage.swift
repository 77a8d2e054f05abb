import Telephony

@testable import Dialer

/// Drives one attempt through its life and keeps what it wanted done.
struct AttemptStage {
  static let begun = Timestamp(seconds: 1_800_000_000)
  static let id = AttemptID("01940000-0000-7000-8000-000000000001")!
  static let job = JobID("01940000-0000-7000-8000-000000000002")!
  static let reason = Attempt.pauseReason(id)
  static let line = OurLeg.Party.customer(line: 1)
  static let agentChannel = OurLeg(attempt: id, party: .agent).channel
  static let customerChannel = OurLeg(attempt: id, party: line).channel

  static func plan(_ change: (inout AttemptPlan) -> Void = { _ in }) -> AttemptPlan {
    var plan = AttemptPlan(
      agentEndpoint: "PJSIP/101", customerEndpoint: "PJSIP/+79161234567@trunk",
      agentSees: CallerIdentity(number: "+79161234567", name: "Ann"),
      customerSees: CallerIdentity(number: "+74951112233"), announce: "sound:perezvon-callback",
      variables: ["X": "1"], stasisArguments: ["callback"])
    change(&plan)
    return plan
  }

  static func record(phase: AttemptRecord.Phase = .agent) -> AttemptRecord {
    AttemptRecord(
      id: id, job: job, campaign: "sales-callback", pbx: "pbx1", n: 1,
      number: PhoneNumber(e164: "+79161234567")!, agent: "PJSIP/101", queue: "sales", phase: phase, fence: 7,
      pbxStartedAt: begun - .seconds(3600), startedAt: begun, deadline: begun + .seconds(5 * 3600))
  }

  var attempt: Attempt
  var now = AttemptStage.begun
  var all: [AttemptAction] = []
  /// The same, list by list.
  var lists: [[AttemptAction]] = []

  init(_ plan: AttemptPlan = AttemptStage.plan()) {
    attempt = Attempt(plan: plan, record: Self.record())
  }

  init(
    adopting record: AttemptRecord, plan: AttemptPlan = AttemptStage.plan(), alive: [OurLeg.Party: LiveLeg],
    lastSeen: Timestamp? = nil, after away: Duration = .seconds(30)
  ) {
    now = Self.begun + away
    let talk = lastSeen.map { TalkRecord(began: record.connectedAt ?? Self.begun, ended: $0) }
    (attempt, all) = Attempt.adopt(record: record, plan: plan, alive: alive, talk: talk, at: now)
    lists = [all]
  }

  /// Feeds events one after the other; the actions of the last are the answer.
  @discardableResult
  mutating func feed(_ events: AttemptEvent..., after: Duration = .zero) -> [AttemptAction] {
    now = now + after
    var last: [AttemptAction] = []
    for event in events {
      last = attempt.handle(event, at: now)
      all += last
      lists.append(last)
    }
    return last
  }

  /// Asterisk does every hang-up asked for so far.
  mutating func hangUpsDone() {
    feed(.commandAnswered(.hangUpCustomer, .done), .commandAnswered(.hangUpAgent, .done))
    feed(.legGone(Self.line, .normalClearing), .legGone(.agent, .normalClearing))
  }

  // The stations of an attempt that goes well.
  mutating func toGuard() {
    feed(.begin, .commandAnswered(.reserve, .done), .memberPaused(reason: Self.reason))
  }
  mutating func toRinging() {
    toGuard()
    feed(.timer(.reservationGuard), .commandAnswered(.ringAgent, .done), after: .milliseconds(300))
  }
  mutating func toConfirming() {
    toRinging()
    feed(.legUp(.agent, channelName: "PJSIP/101-00000001"), after: .seconds(3))
  }
  mutating func toDialing() {
    toConfirming()
    feed(.dtmf(digit: "1"), after: .seconds(2))
  }
  mutating func toCustomerRinging() {
    toDialing()
    feed(.commandAnswered(.dialCustomer, .done), .legProgress(Self.line, .inProgress))
  }
  mutating func toHandingOver() {
    toCustomerRinging()
    feed(.legUp(Self.line, channelName: "PJSIP/trunk-00000002"), after: .seconds(6))
  }
  mutating func toContinuing() {
    toHandingOver()
    feed(.commandAnswered(.setPeer, .done), .commandAnswered(.handOver, .done))
  }
  mutating func toTalking() {
    toContinuing()
    feed(.legLeftStasis(Self.line), .legLeftStasis(.agent), .bridged, after: .milliseconds(20))
  }
  mutating func toWrapUp(talk: Duration = .seconds(20)) {
    toTalking()
    feed(.legGone(Self.line, .normalClearing), .legGone(.agent, .normalClearing), after: talk)
  }

  var ends: [AttemptEnd] { all.compactMap { if case .ended(let end) = $0 { end } else { nil } } }
  /// The only end; nil where there is none or more than one.
  var end: AttemptEnd? { ends.count == 1 ? ends[0] : nil }
  var outcome: AttemptOutcome? { end?.record.outcome }
  var commands: [CommandTag] { all.tags }
  var anomalies: Int { all.count { if case .anomaly = $0 { true } else { false } } }
  var customerDialled: Bool { commands.contains(.dialCustomer) }
  var released: Int { commands.count { $0 == .release } }
}

extension [AttemptAction] {
  var tags: [CommandTag] { compactMap { if case .command(let tag, _) = $0 { tag } else { nil } } }
  var writes: [AttemptRecord] { compactMap { if case .write(let record, _) = $0 { record } else { nil } } }
  var asks: [OurLeg.Party] { compactMap { if case .ask(let party, _) = $0 { party } else { nil } } }
  var anomalies: [String] { compactMap { if case .anomaly(let text) = $0 { text } else { nil } } }

  func starts(_ timer: AttemptTimer) -> Duration? {
    for case .startTimer(timer, let after) in self { return after }
    return nil
  }

  func command(_ tag: CommandTag) -> PBXCommand? {
    for case .command(tag, let command) in self { return command }
    return nil
  }
}

/// SplitMix64: the same numbers for the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}

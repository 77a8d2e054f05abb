import AsteriskLink
import CallPolicy
import Dialer
import Store
import Telephony

@testable import Service

/// Holds a run against what must always hold. It believes the telco's own record (who was rung, who talked, how
/// long) and the rows of the books, and nothing the service says of itself. The numbers are those of
/// `docs/reliability.md`.
final class Judge: @unchecked Sendable {
  /// One of the things that must always hold, broken.
  struct Violation: Sendable {
    var invariant: Invariant
    var sentence: String
    var at: Int64
  }

  enum Invariant: String, Sendable, CaseIterable {
    case nothingLost = "1 nothing is lost"
    case oneCallAtATime = "2 one call at a time"
    case writtenBeforeDone = "3 written before done"
    case supersededByContact = "4 superseded by any contact"
    case agentsFailureIsNotTheCustomers = "5 an agent's failure is not the customer's"
    case nobodyStaysStuck = "6 nobody stays stuck"
    case conversationOutlives = "7 a conversation outlives the service"
    case successIsConversation = "8 success is a conversation"
    case onlyDialableNumbers = "9 only dialable numbers are dialled"
    case ownLegsAreNotMissed = "10 our own legs are never missed calls"
    case everyDecisionHasASentence = "11 every decision leaves a sentence"
    case booksBalance = "12 the books balance"
    /// Of the originate protocol: only who holds the lease dials.
    case dialsWithinLease = "3 dials only within the lease"
  }

  /// The customer's own view of a call he made.
  struct InboundCall {
    let linkedID: LinkedID
    let number: String
    let beganAt: Timestamp
    var endedAt: Timestamp?
    /// Instances that heard of it, and whether from its first moment to its last.
    var heardBy: [Int: Hearing] = [:]
  }

  struct Hearing {
    var isWhole: Bool
    var hasGap = false
    /// When it could know that the call is over: from its end, or from a snapshot without it.
    var endToldAt: Timestamp?
  }

  /// Two people in one bridge.
  struct Talk {
    let number: String
    let with: String
    let began: Timestamp
    /// When the older of the two channels was made.
    let callBegan: Timestamp
    var ended: Timestamp?
    /// Our attempt, where we brought them together.
    let attempt: AttemptID?
    let call: LinkedID
    var length: Duration { ended.map { $0 - began } ?? .zero }
  }

  /// One INVITE to a customer for us.
  struct Dial {
    let attempt: AttemptID
    let channel: ChannelID
    let number: String
    let at: Timestamp
  }

  let rules: Rules
  let trace: Trace
  /// Set once; the judge only reads it.
  unowned var database: SimulatedDatabase
  private(set) var violation: Violation?
  var calls: [LinkedID: InboundCall] = [:]
  var talks: [Talk] = []
  var dials: [Dial] = []
  private var liveDials: [ChannelID: Dial] = [:]
  /// Who is on a line, as each instance was told, and since when.
  private var toldOnLine: [Int: [String: [ChannelID: Timestamp]]] = [:]
  /// When something happened that may hide a part of the truth from the service.
  var disturbances: [Timestamp] = []
  /// When each instance was frozen, and when it woke.
  var frozen: [Int: [ClosedRange<Timestamp>]] = [:]
  var diedAt: [Int: Timestamp] = [:]
  /// When each instance saw its first snapshot.
  private var listensSince: [Int: Timestamp] = [:]
  /// Instances that have heard an event of this AMI session in time, and so know the clock of the PBX.
  private var knowsClock: Set<Int> = []

  /// What the campaign of the run promises.
  struct Rules {
    var successAfter: Duration
    var perNumberPerDay: Int
    var maxAttempts: Int
  }

  init(rules: Rules, database: SimulatedDatabase, trace: Trace) {
    self.rules = rules
    self.database = database
    self.trace = trace
  }

  func broken(_ invariant: Invariant, _ sentence: String, at now: Timestamp) {
    guard violation == nil else { return }
    trace.note("judge", "BROKEN", "\(invariant.rawValue): \(sentence)")
    violation = Violation(
      invariant: invariant, sentence: sentence, at: (now - VirtualTime.epoch).microseconds)
  }

  // MARK: What the telco sees

  func calledIn(_ line: Line, _ customer: Customer, at now: Timestamp) {
    calls[line.linkedID] = InboundCall(
      linkedID: line.linkedID, number: customer.number.e164, beganAt: now)
  }

  /// Calls whose customer an agent sent elsewhere.
  private(set) var transferredCalls: Set<LinkedID> = []
  func transferred(_ line: Line) { transferredCalls.insert(line.linkedID) }

  func gone(_ line: Line, at now: Timestamp) {
    if calls[line.linkedID]?.endedAt == nil, line.id.rawValue == line.linkedID.rawValue {
      calls[line.linkedID]?.endedAt = now
    }
    liveDials[line.id] = nil
  }

  /// An INVITE goes out to a customer.
  func dialled(_ leg: OurLeg, number: String, at now: Timestamp) {
    let dial = Dial(attempt: leg.attempt, channel: leg.channel, number: number, at: now)
    if dials.contains(where: { $0.attempt == leg.attempt }) {
      broken(.writtenBeforeDone, "attempt \(leg.attempt) rings its customer a second time", at: now)
    }
    if let other = liveDials.values.first(where: { $0.number == number }) {
      broken(.oneCallAtATime, "\(number) is rung by \(leg.attempt) and by \(other.attempt)", at: now)
    }
    dials.append(dial)
    liveDials[dial.channel] = dial
    let today = dials.count { $0.number == number }
    if today > rules.perNumberPerDay {
      broken(.onlyDialableNumbers, "\(number) is rung \(today) times within 24 hours", at: now)
    }
    guard let row = database.books.attempts[leg.attempt] else {
      return broken(.writtenBeforeDone, "attempt \(leg.attempt) is not in the books", at: now)
    }
    if row.customerDialedAt == nil {
      broken(.writtenBeforeDone, "the dial of \(leg.attempt) is not in the books", at: now)
    }
    checkNoContactBefore(dial, row, at: now)
  }

  private func checkNoContactBefore(_ dial: Dial, _ row: AttemptRecord, at now: Timestamp) {
    guard let job = database.books.jobs[row.job]?.job else { return }
    for talk in talks where talk.number == dial.number && talk.length >= rules.successAfter + .seconds(2) {
      // Of a call by hand the beginning tells whom it is for.
      let begin = calls[talk.call] == nil ? min(talk.began, talk.callBegan) : talk.began
      guard let ended = talk.ended, talk.began > job.firstMissedAt, now - ended > .seconds(3),
        !transferredCalls.contains(talk.call), heard(talk, until: ended) >= rules.successAfter + .seconds(2),
        !wasDisturbed(from: begin - .seconds(5), to: now)
      else { continue }
      broken(
        .supersededByContact,
        "\(dial.number) is rung for \(job.id) \((now - ended).inSeconds) s after he talked for \(talk.length.inSeconds) s",
        at: now)
    }
  }

  /// How much of a talk there was somebody to hear: none of it before the first snapshot after a restart.
  private func heard(_ talk: Talk, until ended: Timestamp) -> Duration {
    let there = listensSince.filter { instance, _ in diedAt[instance].map { $0 > ended } ?? true }
    guard let since = there.values.min() else { return .zero }
    return ended - max(talk.began, since)
  }

  /// How long an instance lived on after a moment, without the time it was frozen; nil where it did not die.
  func lived(_ instance: Int, after moment: Timestamp) -> Duration? {
    guard let died = diedAt[instance] else { return nil }
    let asleep = (frozen[instance] ?? []).reduce(Duration.zero) { sum, span in
      sum + max(.zero, min(span.upperBound, died) - max(span.lowerBound, moment))
    }
    return died - moment - asleep
  }

  func wasDisturbed(from begin: Timestamp, to end: Timestamp) -> Bool {
    disturbances.contains { $0 >= begin && $0 <= end }
  }

  func talkBegins(_ one: Line, _ other: Line, at now: Timestamp) {
    let (customer, human) = one.customer != nil ? (one, other) : (other, one)
    guard let number = customer.customer?.number.e164 else { return }
    talks.append(
      Talk(
        number: number, with: human.name, began: now, callBegan: min(one.bornAt, other.bornAt),
        attempt: customer.party?.attempt,
        call: customer.linkedID))
  }

  func talkEnds(_ line: Line, at now: Timestamp) {
    for index in talks.indices where talks[index].ended == nil {
      let number = line.customer?.number.e164 ?? line.peer?.customer?.number.e164
      if talks[index].number == number { talks[index].ended = now }
    }
  }

  func hungUpByUs(_ line: Line, at now: Timestamp) {
    if line.bridge != nil {
      broken(.conversationOutlives, "the service hangs up \(line.id) in the middle of a talk", at: now)
    }
  }

  // MARK: What an instance hears and says

  func told(_ instance: SimulatedInstance, _ input: LinkInput, at now: Timestamp) {
    switch input {
    case .amiUp(let snapshot, _):
      if listensSince[instance.index] == nil { listensSince[instance.index] = now }
      toldSnapshot(instance, snapshot, at: now)
    case .amiDown, .overflow: cut(instance, at: now)
    case .ariUp: break
    case .ariDown: disturbances.append(now)
    case .events(let events, let source, let receivedAt):
      // Of what is held back for longer nobody can tell that it is not the clock of the PBX.
      if source == .ami, instance.now - receivedAt < .seconds(10) { knowsClock.insert(instance.index) }
      for received in events { toldEvent(instance, received.event, at: now) }
    }
  }

  /// From here on it does not hear everything.
  func cut(_ instance: SimulatedInstance, at now: Timestamp) {
    disturbances.append(now)
    knowsClock.remove(instance.index)
    for (id, call) in calls where call.endedAt.map({ now - $0 < .seconds(5) }) ?? true {
      calls[id]?.heardBy[instance.index]?.hasGap = true
    }
  }

  private func toldEvent(_ instance: SimulatedInstance, _ event: PBXEvent, at now: Timestamp) {
    switch event {
    case .channelCreated(let channel):
      guard let call = calls[channel.linkedID], channel.id.rawValue == channel.linkedID.rawValue else {
        return
      }
      if calls[channel.linkedID]?.heardBy[instance.index] == nil {
        calls[channel.linkedID]?.heardBy[instance.index] = Hearing(
          isWhole: true, hasGap: !knowsClock.contains(instance.index))
      }
      toldOnLine[instance.index, default: [:]][call.number, default: [:]][channel.id] = now
    case .channelHungUp(let channel, _):
      guard let call = calls[channel.linkedID] else { return }
      if channel.id.rawValue == channel.linkedID.rawValue { endTold(channel.linkedID, instance, at: now) }
      toldOnLine[instance.index]?[call.number]?[channel.id] = nil
    default: break
    }
  }

  private func toldSnapshot(_ instance: SimulatedInstance, _ snapshot: PBXSnapshot, at now: Timestamp) {
    let before = toldOnLine[instance.index] ?? [:]
    var online: [String: [ChannelID: Timestamp]] = [:]
    for live in snapshot.channels where live.channel.id.rawValue == live.channel.linkedID.rawValue {
      guard let call = calls[live.channel.linkedID] else { continue }
      // Where he is may not tell that he came from outside: then he is known from his queue alone.
      if call.heardBy[instance.index] == nil {
        guard
          ["from-trunk", "ivr-main"].contains(live.channel.context)
            || snapshot.waiting.contains(where: { $0.channel == live.channel.id })
        else { continue }
        calls[live.channel.linkedID]?.heardBy[instance.index] = Hearing(isWhole: false)
      }
      online[call.number, default: [:]][live.channel.id] = before[call.number]?[live.channel.id] ?? now
    }
    toldOnLine[instance.index] = online
    let present = Set(snapshot.channels.map(\.channel.linkedID))
    for (id, call) in calls where call.endedAt != nil && !present.contains(id) {
      endTold(id, instance, at: now)
    }
  }

  private func endTold(_ call: LinkedID, _ instance: SimulatedInstance, at now: Timestamp) {
    if calls[call]?.heardBy[instance.index]?.endToldAt == nil {
      calls[call]?.heardBy[instance.index]?.endToldAt = now
    }
  }

  func sends(_ instance: SimulatedInstance, _ command: PBXCommand, at now: Timestamp) {
    guard !instance.isDead, case .originate(let wanted) = command, let leg = OurLeg(wanted.channel) else {
      return
    }
    let held = database.books.leases.values.first
    guard let held, held.holder == instance.name, held.expiresAt > now else {
      return broken(
        .dialsWithinLease, "\(instance.name) sends \(wanted.channel) without the lease", at: now)
    }
    guard let row = database.books.attempts[leg.attempt], row.endedAt == nil else {
      return broken(.writtenBeforeDone, "\(leg.attempt) is sent and not live in the books", at: now)
    }
    guard case .customer = leg.party else { return }
    if row.phase != .customer || row.customerDialedAt == nil {
      broken(.writtenBeforeDone, "the dial of \(leg.attempt) is sent before it is written", at: now)
    }
    if let since = toldOnLine[instance.index]?[row.number.e164]?.values.min(),
      now - since > .milliseconds(500)
    {
      broken(
        .supersededByContact,
        "\(row.number.e164) is dialled though \(instance.name) heard of his call \((now - since).milliseconds) ms ago",
        at: now)
    }
    if let job = database.books.jobs[row.job], let closed = job.closedAt, now - closed > .seconds(1) {
      broken(
        .supersededByContact,
        "\(row.number.e164) is dialled for a job that was \(job.job.state.rawValue) \((now - closed).milliseconds) ms ago",
        at: now)
    }
  }
}

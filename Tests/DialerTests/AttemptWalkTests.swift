import Telephony
import Testing

@testable import Dialer

/// A careless world around one attempt: it keeps the runner's promise and the truth about legs, and nothing
/// else.
private struct Walk {
  /// What is true of a leg, whatever the attempt believes.
  struct Truth {
    /// The originate was put on the wire.
    var performed = 0
    /// Asterisk made the channel, or will when the originate's answer is there.
    var made = false
    var underway = false
    var alive = false
    var up = false
    /// A human moved it.
    var taken = false
  }

  var random: SeededGenerator
  var attempt: Attempt
  var now = AttemptStage.begun
  var lists: [[AttemptAction]] = []
  var answers: [AttemptEvent] = []
  var timers: Set<AttemptTimer> = []
  var agent = Truth()
  var customer = Truth()
  var dialWritten = false
  var pausedByUs = false
  var reserveOver = false
  var bridged = false
  var transferred = false
  /// The last two answers about sound: what the machine may have judged by.
  var heard: [MediaReading] = []
  /// The deadline, or tries without end: legs may be left to the reconciler.
  var forced = false
  var ends: [AttemptEnd] = []
  var problems: [String] = []
  var visited: Set<String> = []
  /// What went on, for a seed that fails.
  var trace: [String] = []
  let traced: Bool

  static let line = AttemptStage.line

  init(seed: UInt64, traced: Bool = false) {
    self.traced = traced
    random = SeededGenerator(seed: seed)
    var coin = random
    attempt = Attempt(
      plan: AttemptStage.plan {
        if Int.random(in: 0..<4, using: &coin) == 0 { $0.card = .seconds(30) }
        $0.confirm = Bool.random(using: &coin)
        $0.announce = Int.random(in: 0..<4, using: &coin) > 0 ? "sound:x" : nil
        $0.reservationGuard = Bool.random(using: &coin) ? .zero : .milliseconds(300)
        $0.wrapUp = Bool.random(using: &coin) ? .zero : .seconds(10)
        $0.customerMissedMedia = Bool.random(using: &coin) ? "sound:y" : nil
        $0.lines = Bool.random(using: &coin) ? 1 : 2
        $0.supersededMedia = Bool.random(using: &coin) ? "sound:z" : nil
      }, record: Self.record(&coin))
    random = coin
  }

  /// Half of them agent first; of the others, some with an agent kept free for the customer.
  private static func record(_ coin: inout SeededGenerator) -> AttemptRecord {
    var record = AttemptStage.record()
    guard Bool.random(using: &coin) else { return record }
    record.course = [.clientFirst, .line, .message].randomElement(using: &coin)!
    if record.course != .clientFirst || Bool.random(using: &coin) { record.agent = nil }
    return record
  }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

  subscript(party: OurLeg.Party) -> Truth {
    get { party == .agent ? agent : customer }
    set { if party == .agent { agent = newValue } else { customer = newValue } }
  }

  mutating func feed(_ event: AttemptEvent) {
    note(event)
    if traced {
      trace.append(
        "\(attempt.state)".prefix(12) + " <- \(event)".replacing(AttemptStage.id.description, with: "ID"))
    }
    let hadEnded = attempt.hasEnded
    let list = attempt.handle(event, at: now)
    if hadEnded, !list.isEmpty { problems.append("\(list) after the end") }
    if let dial = list.firstIndex(where: { if case .command(.dialCustomer, _) = $0 { true } else { false } }),
      !list[..<dial].contains(where: { if case .write(let r, _) = $0 { r.phase == .customer } else { false } }
      )
    {
      problems.append("a dial without a write in front of it")
    }
    visited.insert(Self.name(attempt.state))
    if !list.isEmpty { lists.append(list) }
  }

  static func name(_ state: Attempt.State) -> String {
    switch state {
    case .new: "new"
    case .reserving: "reserving"
    case .guarding: "guarding"
    case .offering: "offering"
    case .ringingAgent: "ringingAgent"
    case .confirming: "confirming"
    case .dialing: "dialing"
    case .handingOver: "handingOver"
    case .sendingOn: "sendingOn"
    case .connecting: "connecting"
    case .talking: "talking"
    case .settling: "settling"
    case .wrapUp: "wrapUp"
    case .parting: "parting"
    case .clearing: "clearing"
    case .ended: "ended"
    }
  }

  /// What an event tells of the truth.
  mutating func note(_ event: AttemptEvent) {
    switch event {
    case .memberPaused(let reason):
      pausedByUs = reason == AttemptStage.reason && !reserveOver
    case .memberUnpaused, .memberRemoved: pausedByUs = false
    case .pbxRestarted:
      for party in [OurLeg.Party.agent, Self.line] {
        self[party].alive = false
        if self[party].underway {
          self[party].underway = false
          self[party].made = false
        }
      }
    case .transferred: transferred = true
    case .media(let reading): heard.append(reading)
    case .timer(.deadline): forced = true
    default: break
    }
  }

  mutating func performNext() {
    guard !lists.isEmpty else { return }
    let action = lists[0].removeFirst()
    if traced, case .command(let tag, _) = action { trace.append("  \(tag)") }
    var failed: AttemptEvent?
    switch action {
    case .write(let record, _):
      if chance(90) {
        if record.phase == .customer { dialWritten = true }
      } else {
        lists[0] = []
        let why: [WriteFailure] = [.staleFence, .storeDown, .refused("no")]
        failed = .writeFailed(record.phase, why.randomElement(using: &random)!)
      }
    case .command(let tag, let command): perform(tag, command)
    case .ask(let party, _): answers.append(.channelIs(party, presence(of: party)))
    case .askMedia:
      func count() -> Int? { chance(20) ? nil : chance(30) ? 0 : 200 }
      answers.append(.media(MediaReading(agent: count(), customer: count())))
    case .startTimer(let timer, _): timers.insert(timer)
    case .cancelTimer(let timer): timers.remove(timer)
    case .ended(let end):
      ends.append(end)
      if !lists[0].isEmpty { problems.append("something stands behind the end") }
    case .say, .openLines: break
    case .passOn:
      // Another attempt's from here on.
      agent.alive = false
      pausedByUs = false
      reserveOver = true
    case .anomaly(let text): if text.contains("could not be hung up") { forced = true }
    }
    if lists[0].isEmpty { lists.removeFirst() }
    if let failed { feed(failed) }
  }

  /// Two answers in which the same side had sent nothing.
  var silenceWasHeard: Bool {
    heard.count { $0.agent == 0 } >= 2 || heard.count { $0.customer == 0 } >= 2
  }

  mutating func perform(_ tag: CommandTag, _ command: PBXCommand) {
    if !ends.isEmpty { problems.append("\(tag) after the end") }
    switch command {
    case .originate(let leg): originate(tag, leg)
    case .hangUp(let id, _):
      let party: OurLeg.Party = id == AttemptStage.agentChannel ? .agent : Self.line
      let withoutAgent = attempt.record.course != .agentFirst && !agent.made
      let both = customer.alive && (agent.alive || withoutAgent)
      if bridged, !transferred, both, !forced, !silenceWasHeard {
        problems.append("a leg of a talk was hung up")
      }
      answers.append(.commandAnswered(tag, hangUp(party)))
    case .pauseMember(_, _, true, _):
      if chance(90) {
        pausedByUs = true
        answers += [.commandAnswered(tag, .done), .memberPaused(reason: AttemptStage.reason)]
      } else if chance(50) {
        reserveOver = true
        answers.append(.commandAnswered(tag, .refused("no")))
      } else {
        pausedByUs = true
        answers.append(.commandAnswered(tag, .unknown("?")))
      }
    case .pauseMember(_, _, false, _):
      pausedByUs = false
      reserveOver = true
      answers.append(.commandAnswered(tag, .done))
    default: answers.append(.commandAnswered(tag, chance(92) ? .done : .unknown("?")))
    }
  }

  mutating func originate(_ tag: CommandTag, _ leg: PBXCommand.Originate) {
    let party: OurLeg.Party = tag == .ringAgent ? .agent : Self.line
    self[party].performed += 1
    if self[party].performed > 1 { problems.append("\(tag) twice") }
    if party == Self.line, !dialWritten { problems.append("the customer was dialled before it was written") }
    self[party].made = chance(85)
    self[party].underway = chance(30)
    self[party].alive = self[party].made && !self[party].underway
    let outcome: CommandOutcome =
      chance(15)
      ? .unknown("?")
      : self[party].made
        ? (chance(90) ? .done : .alreadyLive) : (chance(50) ? .refused("no") : .notSent("no"))
    answers.append(.commandAnswered(tag, outcome))
  }

  mutating func hangUp(_ party: OurLeg.Party) -> CommandOutcome {
    if chance(10) { return .notSent("down") }
    if chance(5) { return .unknown("?") }
    guard self[party].alive else { return .notFound }
    self[party].alive = false
    if chance(70) { answers.append(.legGone(party, .normalClearing)) }
    return .done
  }

  mutating func presence(of party: OurLeg.Party) -> ChannelPresence {
    if chance(20) { return .unknown }
    if self[party].alive { return .live }
    return self[party].made || chance(50) ? .gone : .neverMade
  }

  mutating func deliverAnswer() {
    guard !answers.isEmpty else { return }
    let answer = answers.remove(at: chance(80) ? 0 : Int.random(in: 0..<answers.count, using: &random))
    if case .commandAnswered(let tag, _) = answer, tag == .ringAgent || tag == .dialCustomer {
      let party: OurLeg.Party = tag == .ringAgent ? .agent : Self.line
      if self[party].underway {
        self[party].underway = false
        self[party].alive = self[party].made
      }
    }
    feed(answer)
  }

  /// Something that a leg does by itself.
  mutating func legEvent() {
    let party: OurLeg.Party = chance(50) ? .agent : Self.line
    guard self[party].alive else { return }
    switch Int.random(in: 0..<10, using: &random) {
    case 0..<5:
      if self[party].up {
        // Unless we sent it away, a human did.
        switch attempt.state {
        case .handingOver(.continuing), .sendingOn, .talking, .settling: break
        default: self[party].taken = true
        }
        feed(.legLeftStasis(party))
      } else {
        self[party].up = true
        feed(.legUp(party, channelName: "PJSIP/x-1"))
      }
    case 5, 6:
      feed(.legProgress(party, [.inProgress, .busy, .noAnswer, .congestion].randomElement(using: &random)!))
    case 7:
      self[party].alive = false
      feed(.legGone(party, HangupCause(rawValue: Int.random(in: 0..<40, using: &random))))
    default:
      if agent.alive, customer.alive, attempt.state == .handingOver(.continuing) {
        bridged = true
        feed(.bridged)
      } else if attempt.record.course == .line, attempt.state == .dialing, agent.performed == 0, !agent.made {
        agent.made = true
        agent.alive = true
        agent.up = true
        pausedByUs = true
        feed(
          .agentGiven(
            AgentTicket(agent: "PJSIP/101", leg: AttemptStage.id, channelName: "PJSIP/101-1", answeredAt: now)
          ))
      } else if customer.alive, attempt.state == .sendingOn || attempt.state == .connecting {
        bridged = true
        feed(.taken(by: chance(30) ? nil : chance(50) ? "PJSIP/101" : "PJSIP/102"))
      }
    }
  }

  mutating func chaos() {
    let events: [AttemptEvent] = [
      .memberPaused(reason: "lunch"), .memberPaused(reason: AttemptStage.reason), .memberUnpaused,
      .memberRemoved, .memberRangByQueue, .memberStatusChanged(.ringing), .memberStatusChanged(.notInUse),
      .customerCalledIn, .nobodyIsFree, .machineAnswered, .notNeeded, .lineWasQuicker, .cancelled(by: "Kim"),
      .leaseLost, .linkLost(.ami), .cardAccepted, .cardDeclined, .cardPostponed(until: now),
      .cardWithdrawn(why: "x"),
      .linkLost(.ari), .linkBack(.ami),
      .linkBack(.ari), .pbxRestarted, .begin, .dtmf(digit: "2"), .transferred,
      .legUp(.customer(line: 2), channelName: ""),
      .timer(.deadline),
      .timer(AttemptTimer.allCases.filter { $0 != .deadline }.randomElement(using: &random)!),
    ]
    let event = events.randomElement(using: &random)!
    if event == .transferred, !bridged { return }
    // The world reports our pause only where it is there.
    let ours = AttemptEvent.memberPaused(reason: AttemptStage.reason)
    if event == ours, !pausedByUs || answers.contains(ours) { return }
    feed(event)
  }

  mutating func step() {
    now = now + .milliseconds(Int.random(in: 0..<2000, using: &random))
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<45: performNext()
    case 45..<70: deliverAnswer()
    case 70..<84: legEvent()
    case 84..<90: feed(attempt.isOffered ? .cardAccepted : .dtmf(digit: "1"))
    case 90..<93:
      let playback = "pz-\(AttemptStage.id)-" + (chance(50) ? "announce-1" : "parting")
      feed(.playbackFinished(id: playback))
    case 93..<97:
      if let timer = timers.subtracting([.deadline]).sorted(by: { $0.rawValue < $1.rawValue }).randomElement(
        using: &random)
      {
        timers.remove(timer)
        feed(.timer(timer))
      }
    default: if chance(40) { chaos() }
    }
  }

  mutating func run() {
    if chance(97) { feed(.begin) }
    for _ in 0..<300 where ends.isEmpty { step() }
    while !lists.isEmpty { performNext() }
    if ends.isEmpty {
      feed(.timer(.deadline))
      while !lists.isEmpty { performNext() }
    }
    check()
  }

  mutating func check() {
    if !attempt.hasEnded { problems.append("it did not end at the deadline") }
    guard ends.count == 1, let end = ends.first else {
      problems.append("\(ends.count) ends")
      return
    }
    let record = end.record
    if end.next == .handedOn {
      if record.endedAt != nil { problems.append("handed on and ended") }
      return
    }
    if pausedByUs { problems.append("the agent was left paused") }
    if record.endedAt == nil || record.outcome == nil || record.phase != .ended {
      problems.append("half an end")
    }
    if customer.made, record.customerDialedAt == nil { problems.append("a dial was forgotten") }
    if !forced, record.customerDialedAt != nil, !dialWritten {
      problems.append("a dial that was never written")
    }
    if end.charged, record.customerDialedAt == nil { problems.append("charged without a dial") }
    if (record.outcome == .conversation || record.outcome == .delivered) != (end.next == .succeeded) {
      problems.append("success without a talk")
    }
    if record.outcome == .conversation, record.talk < attempt.plan.successAfter || record.connectedAt == nil {
      problems.append("a conversation of \(record.talk)")
    }
    if record.outcome == .delivered, record.course != .message { problems.append("a message to nobody") }
    if record.outcome == .unknown, end.redialGap < .seconds(900) { problems.append("unknown without a gap") }
    if !forced, !transferred {
      if agent.alive, !agent.taken { problems.append("the agent's leg was left up") }
      if customer.alive, !customer.taken { problems.append("the customer's leg was left up") }
    }
  }
}

@Suite struct `A random walk` {
  @Test func `of thousands of attempts keeps every promise`() {
    var visited: Set<String> = []
    var outcomes: Set<AttemptOutcome> = []
    var nexts: Set<AttemptEnd.Next> = []
    for seed in UInt64(0)..<20_000 {
      var walk = Walk(seed: seed)
      walk.run()
      visited.formUnion(walk.visited)
      if let end = walk.ends.first {
        nexts.insert(end.next)
        if let outcome = end.record.outcome { outcomes.insert(outcome) }
      }
      if !walk.problems.isEmpty {
        var again = Walk(seed: seed, traced: true)
        again.run()
        Issue.record(
          "seed \(seed): \(walk.problems.joined(separator: "; "))\n\(again.trace.joined(separator: "\n"))")
        return
      }
    }
    // It is worth something only if it has been everywhere.
    #expect(visited.count == 16)
    #expect(outcomes == Set(AttemptOutcome.allCases))
    #expect(
      nexts.isSuperset(of: [
        .succeeded, .superseded, .cancelled, .handedOn, .invalidNumber, .setAside(until: nil),
      ]))
  }
}

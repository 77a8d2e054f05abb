import Dialer
import Telephony

/// What the PBX, the customers and the agents do for a dial.
extension DispatchedDay {
  private static let line = OurLeg.Party.customer(line: 1)

  mutating func begin(_ claim: DispatchBoard.Claim, _ seat: Int) {
    dialled += 1
    var record = AttemptRecord(
      id: AttemptID(UniqueID(high: 2, low: UInt64(dialled))), job: claim.job.id, campaign: Self.campaign,
      pbx: "simulated", n: 1, number: claim.job.number, agent: claim.agent?.seat.interface,
      queue: claim.agent?.seat.queue, phase: .agent, fence: 1, pbxStartedAt: moment, startedAt: moment,
      deadline: moment + plan.longest)
    record.course = mode.course
    calls[dialled] = Call(machine: Attempt(plan: plan, record: record), seat: seat)
    seats[seat].call = dialled
    if mode == .message { turn(seat, to: .talking) }
    feed(dialled, .begin)
  }

  /// Tells the attempt, and does what it says.
  mutating func feed(_ call: Int, _ event: AttemptEvent) {
    let moment = moment
    guard let actions = calls[call]?.machine.handle(event, at: moment) else { return }
    for action in actions { perform(action, call) }
  }

  private mutating func perform(_ action: AttemptAction, _ call: Int) {
    switch action {
    case .command(let tag, _): command(tag, call)
    case .ask(let party, _): tell(call, .channelIs(party, .gone))
    case .startTimer(let timer, let after):
      timers += 1
      calls[call]?.turns[timer] = timers
      queue.add(.timer(call, timer, turn: timers), at: now + after.microseconds)
    case .cancelTimer(let timer): calls[call]?.turns[timer] = nil
    case .ended(let end): ended(call, end)
    case .anomaly(let what): result.anomalies.append(what)
    // Books that always take what is written, nobody who listens, and one line for an agent.
    case .write, .say, .askMedia, .openLines, .passOn: break
    }
  }

  private mutating func tell(_ call: Int, _ events: AttemptEvent..., after: Double = 0) {
    for event in events { queue.add(.tell(call, event), at: now + micro(after)) }
  }

  private mutating func command(_ tag: CommandTag, _ call: Int) {
    tell(call, .commandAnswered(tag, .done))
    guard let seat = calls[call]?.seat, let id = calls[call]?.machine.record.id else { return }
    switch tag {
    case .reserve: tell(call, .memberPaused(reason: Attempt.pauseReason(id)))
    case .ringAgent:
      let name = "\(names[seat])-1"
      tell(call, .legUp(.agent, channelName: name), after: scenario.latency + scenario.pickUp)
    case .dialCustomer: dial(call)
    case .handOver:
      tell(call, .legLeftStasis(Self.line), .legLeftStasis(.agent), .bridged)
      queue.add(.taken(call), at: now)
    case .sendOn:
      tell(call, .legLeftStasis(Self.line))
      if mode == .message {
        queue.add(.talkEnds(call), at: now + micro(scenario.message))
      } else {
        queue.add(.taken(call), at: now + micro(scenario.pickUp))
      }
    case .hangUpAgent: tell(call, .legGone(.agent, .normalClearing))
    case .hangUpCustomer: tell(call, .legGone(Self.line, .normalClearing))
    case .release, .announce, .stopAnnounce, .parting, .indicateRinging, .stopRinging, .setSeat, .setPeer,
      .limitAgent, .limitCustomer:
      break
    }
  }

  private mutating func dial(_ call: Int) {
    let drawn = chance.share()
    calls[call]?.fate =
      drawn < answerRate ? .human : drawn < answerRate + scenario.machineRate ? .machine : .nobody
    calls[call]?.rings = true
    let ring = max(1, chance.gamma(shape: 5.76, mean: scenario.ring))
    queue.add(.ringEnds(call), at: now + micro(scenario.latency + ring))
    if counted { result.dials += 1 }
  }

  mutating func ringEnds(_ call: Int) {
    guard let fate = calls[call]?.fate, calls[call]?.rings == true else { return }
    calls[call]?.rings = false
    switch fate {
    case .nobody: feed(call, .legGone(Self.line, .noAnswer))
    case .machine:
      // As in the other modes it is known for a machine at once.
      if counted { result.countMachine() }
      feed(call, .legGone(Self.line, .noAnswer))
    case .human: feed(call, .legUp(Self.line, channelName: "PJSIP/trunk-1"))
    }
  }

  /// Agent and customer are together.
  mutating func talkBegins(_ call: Int) {
    guard let seat = calls[call]?.seat else { return }
    turn(seat, to: .talking)
    record(dropped: false)
    let talk = chance.lognormal(mean: scenario.talk, variation: scenario.talkVariation)
    queue.add(.talkEnds(call), at: now + micro(talk))
    if mode == .clientFirst { feed(call, .taken(by: names[seat])) }
  }

  mutating func talkEnds(_ call: Int) {
    guard let seat = calls[call]?.seat else { return }
    if mode == .message {
      record(dropped: false)
    } else {
      turn(seat, to: .wrapUp)
    }
    feed(call, .legGone(Self.line, .normalClearing))
    if mode == .agentFirst { feed(call, .legGone(.agent, .normalClearing)) }
  }

  private mutating func ended(_ call: Int, _ end: AttemptEnd) {
    guard let over = calls.removeValue(forKey: call) else { return }
    if end.record.outcome == .dropped { record(dropped: true) }
    free(over.seat)
  }

  /// Also what is under way beyond the end of the day.
  private mutating func record(dropped: Bool) {
    guard now >= lastDay else { return }
    result.record(dropped: dropped, at: now - lastDay)
  }

  private func micro(_ seconds: Double) -> Int64 { Int64(seconds * 1_000_000) }
}

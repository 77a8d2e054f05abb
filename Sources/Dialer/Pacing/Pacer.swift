public import Telephony

/// How many numbers to dial, and when: preview, progressive and predictive pacing of one campaign's agents.
///
/// Pure: it is told what agents and dials do, learns from it, and says what to dial and to cancel. Which number
/// is dialled, and which free agent an answered customer gets, is its user's affair. `docs/dialing.md`, section
/// "Pacing", holds the formulas and their sources.
public struct Pacer: Sendable {
  public private(set) var settings: PacerSettings
  /// The cap on drops, with its windows.
  public private(set) var budget: DropBudget
  /// How dialling goes on.
  public internal(set) var pace: Pace = .halted

  var floor = PacerFloor()
  var rings = RingModel()
  var returns: AgentReturn
  var threshold = ShortageThreshold()
  var paused = false
  var stopped = false
  private(set) var answersSeen = 0
  private var refreshedAt: Int64 = .min
  /// Kept between decisions, so that their memory is used again.
  var shortages: [Shortage]

  /// The horizons of the marginal rule, seconds from now.
  static let horizons = [4.0, 8.0, 12.0, 17.0, 24.0]
  /// How often the tables of the estimators are computed anew, microseconds.
  static let refreshEvery: Int64 = 5_000_000

  public init(settings: PacerSettings) {
    self.settings = settings
    budget = DropBudget(limit: DropLimit(rate: settings.maxDropRate, confidence: settings.confidence))
    returns = AgentReturn(horizons: Self.agentHorizons(settings))
    shortages = Self.horizons.map { _ in Shortage() }
  }

  /// A customer who answers at the horizon may wait a little: half his patience counts as time for agents.
  private static func agentHorizons(_ settings: PacerSettings) -> [Double] {
    horizons.map { $0 + settings.patience.inSeconds / 2 }
  }

  /// Takes other settings over, and keeps what was learnt and counted and what is in flight.
  public mutating func change(_ settings: PacerSettings, at now: Timestamp) {
    guard settings != self.settings else { return }
    self.settings = settings
    budget.change(DropLimit(rate: settings.maxDropRate, confidence: settings.confidence), at: now)
    returns.horizons = Self.agentHorizons(settings)
    refreshedAt = .min
  }

  /// Counts results of before a restart, oldest first.
  public mutating func restore(_ counts: AnswerCounts, at moment: Timestamp) {
    budget.record(counts, at: moment)
  }

  /// Folds one event; the actions are to be performed in their order.
  public mutating func handle(_ event: PacerEvent, at now: Timestamp) -> [PacerAction] {
    var actions: [PacerAction] = []
    switch event {
    case .agent(let interface, let phase): take(interface, phase, at: now)
    case .dialed(let key, let agent):
      dialed(key, for: agent, at: now)
      return []
    case .notDialed(let count, let agent):
      orderedLess(count, for: agent)
      return []
    case .answered(let key):
      guard let dial = floor.remove(key) else { return [.anomaly("an unknown dial was answered")] }
      rings.record(endedAt: dial.age(at: now), answered: true)
      answersSeen += 1
      floor.wait(key, for: dial.agent)
      if let agent = dial.agent {
        floor.change(agent) {
          $0.promised = true; $0.lines -= 1
        }
      }
      return []
    case .machine(let key):
      guard end(key, at: now) else { return [.anomaly("an unknown dial reached a machine")] }
      budget.record(AnswerCounts(machines: 1), at: now)
    case .unanswered(let key):
      guard end(key, at: now) else { return [.anomaly("an unknown dial ended")] }
    case .cancelled(let key):
      guard let dial = floor.remove(key) else { return [.anomaly("an unknown dial was cancelled")] }
      rings.record(cancelledAt: dial.age(at: now))
      if let agent = dial.agent { floor.change(agent) { $0.lines -= 1 } }
    case .assigned(let key, let agent):
      guard floor.assign(key) else { return [Self.unknownWait] }
      take(agent, .reserved, at: now)
    case .connected(let key, let agent):
      guard count(key, dropped: false, at: now) else { return [Self.unknownWait] }
      take(agent, .talking, at: now)
    case .dropped(let key): guard count(key, dropped: true, at: now) else { return [Self.unknownWait] }
    case .left(let key): guard count(key, dropped: false, at: now) else { return [Self.unknownWait] }
    case .accepted(let interface):
      guard settings.mode == .preview, floor.agent(interface)?.offered == true else {
        return [.anomaly("a card was accepted that was not shown")]
      }
      floor.change(interface) {
        $0.offered = false; $0.lines += 1
      }
      return [.dial(1, for: interface)]
    case .declined(let interface): floor.change(interface) { $0.offered = false }
    case .paused: paused = true
    case .resumed: paused = false
    case .tick: break
    }
    refresh(at: now)
    decide(at: now, into: &actions)
    return actions
  }

  private static let unknownWait = PacerAction.anomaly("an answer ended that was not known to wait")

  private mutating func take(_ interface: MemberInterface, _ phase: AgentPhase, at now: Timestamp) {
    guard let agent = floor.agent(interface) else {
      guard phase != .gone else { return }
      floor.add(PacerFloor.Agent(interface: interface, phase: phase, since: now.microseconds))
      return
    }
    guard agent.phase != phase else {
      floor.change(interface) { $0.promised = false }
      return
    }
    let age = Double(now.microseconds - agent.since) / 1_000_000
    switch (agent.phase, phase) {
    case (.talking, .gone), (.talking, .reserved): returns.record(talkCutShortAt: age)
    case (.talking, _): returns.record(talkEndedAt: age)
    case (.wrapUp, .free): returns.record(wrapUpEndedAt: age)
    case (.wrapUp, _): returns.record(wrapUpCutShortAt: age)
    case (.free, _), (.reserved, _), (.gone, _): break
    }
    // A talk without wrap-up is one whose wrap-up took no time.
    if agent.phase == .talking, phase == .free { returns.record(wrapUpEndedAt: 0) }
    if phase != .free { floor.disown(interface) }
    if phase == .gone { return floor.remove(interface) }
    floor.change(interface) {
      $0.phase = phase
      $0.since = now.microseconds
      $0.promised = false
      $0.offered = false
      if phase != .free { $0.lines = 0 }
    }
  }

  private mutating func dialed(_ key: DialKey, for agent: MemberInterface?, at now: Timestamp) {
    if agent == nil { floor.ordered = max(0, floor.ordered - 1) }
    // He may have been taken between the order and the dial.
    let owner = agent.flatMap { floor.agent($0) }.flatMap { $0.phase == .free ? $0.interface : nil }
    var dial = PacerFloor.Dial(key: key, since: now.microseconds, agent: owner)
    dial.unwanted = agent != nil && owner == nil
    floor.add(dial)
    // Who was taken and is free again meanwhile was promised no lines.
    if let owner {
      let lines = floor.lines(of: owner)
      floor.change(owner) { $0.lines = max($0.lines, lines) }
    }
  }

  private mutating func orderedLess(_ count: Int, for agent: MemberInterface?) {
    if let agent {
      floor.change(agent) { $0.lines = max(0, $0.lines - count) }
    } else {
      floor.ordered = max(0, floor.ordered - count)
    }
  }

  private mutating func end(_ key: DialKey, at now: Timestamp) -> Bool {
    guard let dial = floor.remove(key) else { return false }
    rings.record(endedAt: dial.age(at: now), answered: false)
    if let agent = dial.agent { floor.change(agent) { $0.lines -= 1 } }
    return true
  }

  private mutating func count(_ key: DialKey, dropped: Bool, at now: Timestamp) -> Bool {
    guard let wait = floor.endWait(key) else { return false }
    // Whoever he was dialled for may be free still.
    if let agent = wait.agent { floor.change(agent) { $0.promised = false } }
    budget.record(AnswerCounts(live: 1, dropped: dropped ? 1 : 0), at: now)
    threshold.answered(budget)
    return true
  }

  private mutating func refresh(at now: Timestamp) {
    guard refreshedAt == .min || now.microseconds - refreshedAt >= Self.refreshEvery else { return }
    refreshedAt = now.microseconds
    budget.refresh(at: now)
    rings.refresh(ongoing: floor.dials.map { $0.age(at: now) })
    func ages(_ phase: AgentPhase) -> [Double] {
      floor.agents.filter { $0.phase == phase }.map { Double(now.microseconds - $0.since) / 1_000_000 }
    }
    returns.refresh(talking: ages(.talking), wrappingUp: ages(.wrapUp))
  }
}

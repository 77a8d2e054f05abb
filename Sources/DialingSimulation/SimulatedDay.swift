public import Dialer
import Telephony

/// One day of a call centre in virtual time: agents and customers simulated, the pacer the production one.
public struct SimulatedDay {
  enum Happening {
    case agentComes(Int)
    case dialLeaves(agent: Int?)
    case ringEnds(DialKey)
    case cancelDone(DialKey)
    case patienceOver(DialKey)
    case talkEnds(Int)
    case wrapUpEnds(Int)
    case cardRead(Int)
    case middle
    case dayEnds
    case tick
  }

  enum Doing { case away, free, talking, wrapUp }

  struct Agent {
    var doing = Doing.away
    var since: Int64 = 0
    var leaving = false
  }

  enum Fate { case human, machine, nobody }

  struct Dial {
    var agent: Int?
    var fate: Fate
  }

  let scenario: DialingScenario
  var chance: SeededChance
  public internal(set) var pacer: Pacer
  var queue = VirtualQueue<Happening>()
  var now: Int64 = 0
  var agents: [Agent]
  let names: [MemberInterface]
  var dials: [DialKey: Dial] = [:]
  /// Answered without an agent, the longest waiting first.
  var waiting: [DialKey] = []
  var keys: UInt64 = 0
  var answerRate: Double
  var open = false
  /// When the last day begins.
  let lastDay: Int64
  var result: DayResult

  static let second: Int64 = 1_000_000
  static let dayLength: Int64 = 86_400 * second
  /// Before it, rates of few answers say nothing about the cap.
  static let answersForWorstRate = 100

  init(_ scenario: DialingScenario, mode: PacerSettings.Mode, seed: UInt64) {
    self.scenario = scenario
    chance = SeededChance(seed: seed)
    pacer = Pacer(settings: scenario.pacerSettings(mode))
    agents = Array(repeating: Agent(), count: scenario.agents)
    names = (0..<scenario.agents).map { MemberInterface("PJSIP/\(1_000 + $0)") }
    answerRate = scenario.answerRate
    lastDay = Int64(scenario.days - 1) * Self.dayLength
    result = DayResult(mode: mode.dialing, seed: seed, hours: scenario.hours)
  }

  /// The whole of it. `watch`: for tests, called after every step.
  public static func run(
    _ scenario: DialingScenario, mode: PacerSettings.Mode, seed: UInt64,
    watch: (borrowing SimulatedDay) -> Void = { _ in }
  ) -> DayResult {
    var day = SimulatedDay(scenario, mode: mode, seed: seed)
    let hours = Int64(scenario.hours * 3_600) * second
    for number in 0..<Int64(scenario.days) {
      let start = number * dayLength
      for agent in day.agents.indices { day.queue.add(.agentComes(agent), at: start) }
      day.queue.add(.tick, at: start + second)
      if start == day.lastDay { day.queue.add(.middle, at: start + hours / 2) }
      day.queue.add(.dayEnds, at: start + hours)
    }
    while let (at, event) = day.queue.next() {
      day.now = at
      day.happen(event)
      watch(day)
    }
    return day.result
  }

  private mutating func happen(_ event: Happening) {
    switch event {
    case .agentComes(let agent):
      open = true
      free(agent)
    case .dialLeaves(let agent): dial(for: agent)
    case .ringEnds(let key): ringEnds(key)
    case .cancelDone(let key):
      guard dials.removeValue(forKey: key) != nil else { return }
      result.cancelled += counted ? 1 : 0
      tell(.cancelled(key))
    case .patienceOver(let key):
      guard let index = waiting.firstIndex(of: key) else { return }
      waiting.remove(at: index)
      record(dropped: true)
      tell(.dropped(key))
    case .talkEnds(let agent):
      spend(agent)
      if agents[agent].leaving { return leave(agent) }
      agents[agent].doing = .wrapUp
      tell(.agent(names[agent], .wrapUp))
      queue.add(.wrapUpEnds(agent), at: now + micro(scenario.wrapUp))
    case .wrapUpEnds(let agent):
      spend(agent)
      free(agent)
    case .cardRead(let agent): if agents[agent].doing == .free { tell(.accepted(names[agent])) }
    case .middle: middle()
    case .dayEnds: dayEnds()
    case .tick:
      guard open else { return }
      tell(.tick)
      queue.add(.tick, at: now + Self.second)
    }
  }

  var counted: Bool { open && now >= lastDay }

  func micro(_ seconds: Double) -> Int64 { Int64(seconds * 1_000_000) }

  /// What the agent did until now goes into the books.
  mutating func spend(_ agent: Int) {
    if counted { result.spend(agents[agent].doing, from: agents[agent].since - lastDay, to: now - lastDay) }
    agents[agent].since = now
  }

  mutating func free(_ agent: Int) {
    spend(agent)
    guard open else { return leave(agent) }
    agents[agent].doing = .free
    tell(.agent(names[agent], .free))
    serve()
  }

  private mutating func leave(_ agent: Int) {
    spend(agent)
    agents[agent].doing = .away
    tell(.agent(names[agent], .gone))
  }

  private mutating func middle() {
    answerRate = min(1, scenario.answerRate * scenario.answerRateFactor)
    for agent in agents.indices.prefix(scenario.leavingCount) {
      agents[agent].leaving = true
      if agents[agent].doing == .free { leave(agent) }
    }
  }

  private mutating func dayEnds() {
    for agent in agents.indices { spend(agent) }
    open = false
    for agent in agents.indices where agents[agent].doing == .free { leave(agent) }
  }
}

import Telephony

/// Agents and dials as a pacer knows them, in arrays: their order must not depend on a hash, or the same events
/// would not give the same actions.
struct PacerFloor: Sendable {
  struct Agent: Sendable {
    let interface: MemberInterface
    var phase: AgentPhase
    /// Microseconds.
    var since: Int64
    /// Dials in flight or asked for, for him.
    var lines = 0
    /// One of them was answered; his phase will tell.
    var promised = false
    /// Preview: he looks at a card.
    var offered = false
  }

  struct Dial: Sendable {
    let key: DialKey
    let since: Int64
    var agent: MemberInterface?
    /// To be cancelled as soon as it has rung long enough.
    var unwanted = false
    var cancelling = false

    func age(at now: Timestamp) -> Double { Double(now.microseconds - since) / 1_000_000 }
  }

  private(set) var agents: [Agent] = []
  private var agentAt: [MemberInterface: Int] = [:]
  private(set) var dials: [Dial] = []
  private var dialAt: [DialKey: Int] = [:]
  /// An answered customer who does not talk yet.
  struct Wait: Sendable {
    /// Whom the dial was for.
    var agent: MemberInterface?
    /// He has an agent, who counts as taken.
    var assigned = false
  }

  private var waits: [DialKey: Wait] = [:]
  /// Answered, without an agent yet.
  private(set) var waiting = 0
  /// Asked for, not reported as dialled yet, for whoever becomes free.
  var ordered = 0

  func agent(_ interface: MemberInterface) -> Agent? { agentAt[interface].map { agents[$0] } }

  mutating func change(_ interface: MemberInterface, _ change: (inout Agent) -> Void) {
    guard let index = agentAt[interface] else { return }
    change(&agents[index])
  }

  mutating func add(_ agent: Agent) {
    agentAt[agent.interface] = agents.count
    agents.append(agent)
  }

  mutating func remove(_ interface: MemberInterface) {
    guard let index = agentAt.removeValue(forKey: interface) else { return }
    let last = agents.removeLast()
    guard index < agents.count else { return }
    agents[index] = last
    agentAt[last.interface] = index
  }

  func dial(_ key: DialKey) -> Dial? { dialAt[key].map { dials[$0] } }

  mutating func add(_ dial: Dial) {
    dialAt[dial.key] = dials.count
    dials.append(dial)
  }

  mutating func remove(_ key: DialKey) -> Dial? {
    guard let index = dialAt.removeValue(forKey: key) else { return nil }
    let removed = dials[index]
    let last = dials.removeLast()
    if index < dials.count {
      dials[index] = last
      dialAt[last.key] = index
    }
    return removed
  }

  mutating func wait(_ key: DialKey, for agent: MemberInterface?) {
    waits[key] = Wait(agent: agent)
    waiting += 1
  }

  /// False where it does not wait.
  mutating func assign(_ key: DialKey) -> Bool {
    guard var wait = waits[key] else { return false }
    if !wait.assigned { waiting -= 1 }
    wait.assigned = true
    waits[key] = wait
    return true
  }

  /// Nil where it did not wait.
  mutating func endWait(_ key: DialKey) -> Wait? {
    guard let wait = waits.removeValue(forKey: key) else { return nil }
    if !wait.assigned { waiting -= 1 }
    return wait
  }

  mutating func markCancelling(at index: Int) { dials[index].cancelling = true }

  /// Dials that ring for this agent.
  func lines(of interface: MemberInterface) -> Int { dials.count { $0.agent == interface } }

  /// The dials of this agent ring for nobody now.
  mutating func disown(_ interface: MemberInterface) {
    for index in dials.indices where dials[index].agent == interface {
      dials[index].agent = nil
      dials[index].unwanted = true
    }
  }

  mutating func disownAll() {
    for index in dials.indices {
      dials[index].agent = nil
      dials[index].unwanted = true
    }
  }

  /// Dials that ring for nobody in particular and are not being cancelled.
  var ringingForAnybody: Int { dials.reduce(0) { $0 + ($1.cancelling || $1.agent != nil ? 0 : 1) } }
  /// Free agents for whom no dial of their own rings.
  var freeWithoutLine: Int {
    agents.reduce(0) { $0 + ($1.phase == .free && !$1.promised && $1.lines == 0 ? 1 : 0) }
  }
}

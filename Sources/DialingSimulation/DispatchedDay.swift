import Dialer
import Telephony

/// One day of virtual time in a mode that no pacer orders: agent first, client first, message. Agents, lines, customers
/// and the PBX are simulated; who is dialled when is the word of the production `DispatchBoard`, and each dial is a
/// production `Attempt`.
public struct DispatchedDay {
  enum Happening {
    case seatOpens(Int)
    case tell(Int, AttemptEvent)
    case timer(Int, AttemptTimer, turn: Int)
    case ringEnds(Int)
    /// An agent picks up for a customer who waits for him.
    case taken(Int)
    case talkEnds(Int)
    case round
    case middle
    case dayEnds
  }

  /// An agent; in message mode a line.
  struct Seat {
    var doing = SimulatedDay.Doing.away
    var since: Int64 = 0
    var leaving = false
    /// The dial that has it.
    var call: Int?
  }

  /// A dial from its claim to its end.
  struct Call {
    var machine: Attempt
    let seat: Int
    var fate = SimulatedDay.Fate.nobody
    var rings = false
    /// Which turn of each timer is the one that runs.
    var turns: [AttemptTimer: Int] = [:]
  }

  let scenario: DialingScenario
  let mode: DialingMode
  let plan: AttemptPlan
  var chance: SeededChance
  var board: DispatchBoard
  var queue = VirtualQueue<Happening>()
  var now: Int64 = 0
  var seats: [Seat]
  let names: [MemberInterface]
  /// Live dials, by their number.
  var calls: [Int: Call] = [:]
  var dialled = 0
  var timers = 0
  /// Who may be dialled next; as many as could be.
  var due: [DueJob] = []
  var jobs: UInt64 = 0
  /// When the clock alone asks for the next round.
  private var roundAt: Int64?
  var answerRate: Double
  var open = false
  /// When the last day begins.
  let lastDay: Int64
  var result: DayResult

  static let campaign: CampaignName = "simulated"
  static let agentsQueue: QueueName = "agents"

  init(_ scenario: DialingScenario, mode: DialingMode, seed: UInt64) {
    self.scenario = scenario
    self.mode = mode
    plan = scenario.attemptPlan
    chance = SeededChance(seed: seed)
    board = DispatchBoard(limits: scenario.dispatchLimits(mode))
    let count = mode == .message ? scenario.lines : scenario.agents
    seats = Array(repeating: Seat(), count: count)
    names = (0..<count).map { MemberInterface("PJSIP/\(1_000 + $0)") }
    answerRate = scenario.answerRate
    lastDay = Int64(scenario.days - 1) * SimulatedDay.dayLength
    result = DayResult(mode: mode, seed: seed, hours: scenario.hours)
  }

  /// The whole of it; `mode` is one without a pacer. `watch`: for tests, called after every step.
  public static func run(
    _ scenario: DialingScenario, mode: DialingMode, seed: UInt64,
    watch: (borrowing DispatchedDay) -> Void = { _ in }
  ) -> DayResult {
    var day = DispatchedDay(scenario, mode: mode, seed: seed)
    let hours = Int64(scenario.hours * 3_600) * SimulatedDay.second
    for number in 0..<Int64(scenario.days) {
      let start = number * SimulatedDay.dayLength
      for seat in day.seats.indices { day.queue.add(.seatOpens(seat), at: start) }
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
    case .seatOpens(let seat):
      open = true
      free(seat)
    case .tell(let call, let event): feed(call, event)
    case .timer(let call, let timer, let turn):
      guard calls[call]?.turns[timer] == turn else { return }
      feed(call, .timer(timer))
    case .ringEnds(let call): ringEnds(call)
    case .taken(let call): talkBegins(call)
    case .talkEnds(let call): talkEnds(call)
    case .round:
      if let due = roundAt, due <= now { roundAt = nil }
      dispatch()
    case .middle: middle()
    case .dayEnds:
      for seat in seats.indices { spend(seat) }
      open = false
      // Who is kept for a dial that is under way stays for it.
      for seat in seats.indices where seats[seat].call == nil { leave(seat) }
    }
  }

  var counted: Bool { open && now >= lastDay }

  /// What a seat was until now goes into the books.
  mutating func spend(_ seat: Int) {
    if counted { result.spend(seats[seat].doing, from: seats[seat].since - lastDay, to: now - lastDay) }
    seats[seat].since = now
  }

  mutating func turn(_ seat: Int, to doing: SimulatedDay.Doing) {
    spend(seat)
    seats[seat].doing = doing
  }

  mutating func free(_ seat: Int) {
    seats[seat].call = nil
    guard open, !seats[seat].leaving else { return leave(seat) }
    turn(seat, to: .free)
    queue.add(.round, at: now)
  }

  private mutating func leave(_ seat: Int) {
    turn(seat, to: .away)
  }

  private mutating func middle() {
    answerRate = min(1, scenario.answerRate * scenario.answerRateFactor)
    // Lines do not go home.
    guard mode != .message else { return }
    for seat in seats.indices.prefix(scenario.leavingCount) {
      seats[seat].leaving = true
      if seats[seat].call == nil { leave(seat) }
    }
  }

  /// One round of the dispatch, as the switchboard holds it.
  private mutating func dispatch() {
    guard open else { return }
    let free = seats.indices.filter { seats[$0].doing == .free && seats[$0].call == nil }
    guard !free.isEmpty else { return }
    while due.count <= free.count { due.append(nextJob()) }
    let campaign = DispatchCampaign(
      name: Self.campaign, queue: mode == .message ? "" : Self.agentsQueue, choice: AgentChoice(),
      takes: mode == .message ? .launches(.max) : .agent)
    let round = board.round(due, campaigns: [Self.campaign: campaign], floor: floor(free), at: moment)
    let claimed = Set(round.claims.map(\.job.id))
    due.removeAll { claimed.contains($0.id) }
    var lines = free.makeIterator()
    for claim in round.claims {
      let agent = claim.agent.flatMap { names.firstIndex(of: $0.seat.interface) }
      if let seat = agent ?? lines.next() { begin(claim, seat) }
    }
    if let next = round.nextChange?.microseconds, roundAt.map({ next < $0 }) ?? true {
      roundAt = next
      queue.add(.round, at: next)
    }
  }

  /// The busy are left out: to a round they would only be a reason why a job waits.
  private func floor(_ free: [Int]) -> DispatchFloor {
    guard mode != .message else { return DispatchFloor(seats: [], liveAttempts: calls.count) }
    let candidates = free.map { index in
      AgentCandidate(
        seat: QueueMember(queue: Self.agentsQueue, interface: names[index], status: .notInUse),
        freeSince: Timestamp(microseconds: seats[index].since))
    }
    return DispatchFloor(seats: candidates, liveAttempts: calls.count)
  }

  /// There is always another customer.
  private mutating func nextJob() -> DueJob {
    jobs += 1
    let digits = String(jobs)
    let number = "+1" + String(repeating: "0", count: max(0, 9 - digits.count)) + digits
    guard let number = PhoneNumber(e164: number) else { preconditionFailure("more than 14 digits of dials") }
    return DueJob(
      id: JobID(UniqueID(high: 1, low: jobs)), campaign: Self.campaign, number: number, priority: 0,
      firstMissedAt: moment, dueAt: moment)
  }

  var moment: Timestamp { Timestamp(microseconds: now) }
}

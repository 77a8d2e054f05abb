public import Telephony

/// The pacers of a PBX, one for each predictive or progressive campaign, in the words of the switchboard: campaigns,
/// attempts, agents. It says how many customers may be dialled without an agent, how many lines an agent gets, and
/// which dials are to be cancelled.
///
/// Pure. An order of a pacer holds until the next event; then it is weighed anew, so that what could not be
/// dialled (no jobs, a limit) is never dialled late on an old reckoning.
public struct PacingDesk: Sendable {
  /// What becomes of the dial of an attempt.
  public enum DialEvent: Sendable, Hashable {
    /// Its originate leaves now. `for`: the agent reserved for it; nil where there is none.
    case dialed(for: MemberInterface?)
    /// The customer's phone rings. From here the minimum ring counts, where the network tells.
    case ringing
    /// A human answered. What follows is `assigned` or `connected`, `dropped` or `left`.
    case answered
    /// A machine answered.
    case machine
    /// Busy, no answer, congestion, invalid, or never placed.
    case unanswered
    /// Ended because we cancelled it.
    case cancelled
    /// The answered customer gets this agent, who is not free any more.
    case assigned(MemberInterface)
    /// This agent talks with him.
    case connected(MemberInterface)
    /// No agent took him in time.
    case dropped
    /// He hung up before his time was over.
    case left
  }

  public enum Action: Sendable, Hashable {
    /// This dial still rings, has rung long enough, and is not wanted any more.
    case cancel(AttemptID)
    /// The campaign goes on in another way, and why: a sentence for the log.
    case pace(CampaignName, Pace, why: String)
    /// No agent of the campaign is there any more: nothing is dialled; what rings is cancelled as soon as it may be.
    case stop(CampaignName)
    /// Something that should not come; counted, logged once a kind.
    case anomaly(String)
  }

  private struct Dial {
    let key: DialKey
    /// When the phone began to ring; until that is known, when the dial left.
    var ringingAt: Timestamp
  }

  private struct Seat {
    var pacer: Pacer
    /// What was last told of each agent.
    var phases: [MemberInterface: AgentPhase] = [:]
    /// Ordered by the pacer and not claimed yet.
    var ordered = 0
    /// Claimed, not dialled yet.
    var claimed: Set<AttemptID> = []
    /// In flight, or answered and waiting for an agent.
    var dials: [AttemptID: Dial] = [:]
    /// Those that the pacer wants cancelled, until that is told.
    var unwanted: Set<AttemptID> = []
    var held = false
    var isPredictive: Bool { pacer.settings.mode == .predictive }
  }

  private var seats: [CampaignName: Seat] = [:]
  private var lastKey: UInt64 = 0

  public init() {}

  /// The predictive and progressive campaigns in force. One that was there keeps what it has learnt and what is in flight; one
  /// that is gone is forgotten.
  public mutating func configure(_ campaigns: [CampaignName: PacerSettings], at now: Timestamp) {
    seats = seats.filter { campaigns[$0.key] != nil }
    for (name, settings) in campaigns {
      if seats[name] == nil {
        seats[name] = Seat(pacer: Pacer(settings: settings))
      } else {
        seats[name]?.pacer.change(settings, at: now)
      }
    }
  }

  /// In order of their names.
  public var campaigns: [CampaignName] { seats.keys.sorted() }

  /// Counts results of before a restart, oldest first, as `Pacer.restore`.
  public mutating func restore(_ counts: AnswerCounts, at moment: Timestamp, of campaign: CampaignName) {
    seats[campaign]?.pacer.restore(counts, at: moment)
  }

  // MARK: What it says

  /// How many customers may be dialled now without an agent reserved. 0 while the campaign dials as
  /// progressive does (`takes` is then `.agent`), is held, or is not predictive.
  public func launches(_ campaign: CampaignName) -> Int {
    guard let seat = seats[campaign], seat.isPredictive, seat.pacer.pace == .ahead else { return 0 }
    return seat.ordered
  }

  /// What a dial of this campaign needs: an agent reserved while the pacer does not go ahead, since only then no
  /// answer can find nobody; nil where it is not paced here.
  public func takes(_ campaign: CampaignName) -> DispatchCampaign.Takes? {
    guard let seat = seats[campaign] else { return nil }
    guard seat.isPredictive else { return .agent }
    switch seat.pacer.pace {
    case .ahead: return .launches(seat.ordered)
    case .backed: return .agent
    case .halted: return .launches(0)
    }
  }

  /// How many numbers may be dialled at once for one reserved agent: `lines_per_agent` in progressive mode while
  /// the cap on drops has a drop left, else 1.
  public func lines(_ campaign: CampaignName) -> Int {
    guard let seat = seats[campaign], !seat.isPredictive, seat.pacer.pace == .ahead else { return 1 }
    return seat.pacer.settings.linesPerAgent
  }

  public func pace(_ campaign: CampaignName) -> Pace? { seats[campaign]?.pacer.pace }

  public func budget(_ campaign: CampaignName) -> DropBudget? { seats[campaign]?.pacer.budget }

  /// Whether `tick` is to come once a second.
  public var wantsTicks: Bool {
    seats.values.contains { !$0.phases.isEmpty || !$0.dials.isEmpty || !$0.claimed.isEmpty }
  }

  // MARK: What it is told

  /// The agents of the campaign's queue as they are now: who is not in it is gone.
  public mutating func agents(
    _ phases: [MemberInterface: AgentPhase], of campaign: CampaignName, at now: Timestamp
  ) -> [Action] {
    guard let known = seats[campaign]?.phases else { return [] }
    var actions: [Action] = []
    for agent in Set(known.keys).union(phases.keys).sorted() {
      let phase = phases[agent] ?? .gone
      guard phase != known[agent] ?? .gone else { continue }
      seats[campaign]?.phases[agent] = phase == .gone ? nil : phase
      actions += tell(.agent(agent, phase), campaign, at: now)
    }
    return actions
  }

  /// A dial that `launches` allowed is being claimed under this id.
  public mutating func claimed(_ attempt: AttemptID, _ campaign: CampaignName) {
    guard let ordered = seats[campaign]?.ordered else { return }
    seats[campaign]?.ordered = max(0, ordered - 1)
    seats[campaign]?.claimed.insert(attempt)
  }

  /// The claim was refused, or the attempt ended before its originate.
  public mutating func notDialed(_ attempt: AttemptID, _ campaign: CampaignName, at now: Timestamp) {
    guard var seat = seats[campaign], seat.claimed.remove(attempt) != nil else { return }
    _ = seat.pacer.handle(.notDialed(1, for: nil), at: now)
    seats[campaign] = seat
  }

  /// What becomes of a dial. Dials that go on after a restart begin with `dialed` at the moment they left. An
  /// attempt that is not known is an anomaly; of a campaign that is not paced here it is nothing.
  public mutating func dial(
    _ event: DialEvent, _ attempt: AttemptID, _ campaign: CampaignName, at now: Timestamp
  ) -> [Action] {
    guard seats[campaign] != nil else { return [] }
    if case .dialed(let agent) = event {
      lastKey += 1
      seats[campaign]?.claimed.remove(attempt)
      seats[campaign]?.dials[attempt] = Dial(key: DialKey(lastKey), ringingAt: now)
      return tell(.dialed(DialKey(lastKey), for: agent), campaign, at: now)
    }
    if seats[campaign]?.claimed.contains(attempt) == true {
      notDialed(attempt, campaign, at: now)
      return []
    }
    guard let dial = seats[campaign]?.dials[attempt] else {
      return [.anomaly("an attempt was \(event) that is not dialled by pacing")]
    }
    switch event {
    case .dialed: return []
    case .ringing:
      seats[campaign]?.dials[attempt]?.ringingAt = now
      return []
    case .answered:
      seats[campaign]?.unwanted.remove(attempt)
      return tell(.answered(dial.key), campaign, at: now)
    case .assigned(let agent):
      seats[campaign]?.phases[agent] = .reserved
      return tell(.assigned(dial.key, agent), campaign, at: now)
    case .connected(let agent):
      seats[campaign]?.phases[agent] = .talking
      return end(attempt, .connected(dial.key, agent), campaign, at: now)
    case .machine: return end(attempt, .machine(dial.key), campaign, at: now)
    case .unanswered: return end(attempt, .unanswered(dial.key), campaign, at: now)
    case .cancelled: return end(attempt, .cancelled(dial.key), campaign, at: now)
    case .dropped: return end(attempt, .dropped(dial.key), campaign, at: now)
    case .left: return end(attempt, .left(dial.key), campaign, at: now)
    }
  }

  /// The campaign may not dial now (paused, blending, out of hours), or may again; what rings rings on.
  public mutating func hold(_ held: Bool, _ campaign: CampaignName, at now: Timestamp) -> [Action] {
    guard let seat = seats[campaign], seat.held != held else { return [] }
    seats[campaign]?.held = held
    return tell(held ? .paused : .resumed, campaign, at: now)
  }

  /// The clock alone, at least once a second while `wantsTicks`.
  public mutating func tick(at now: Timestamp) -> [Action] {
    campaigns.flatMap { tell(.tick, $0, at: now) }
  }

  // MARK: Inside

  private mutating func end(
    _ attempt: AttemptID, _ event: PacerEvent, _ campaign: CampaignName, at now: Timestamp
  ) -> [Action] {
    seats[campaign]?.dials[attempt] = nil
    seats[campaign]?.unwanted.remove(attempt)
    return tell(event, campaign, at: now)
  }

  private mutating func tell(_ event: PacerEvent, _ campaign: CampaignName, at now: Timestamp) -> [Action] {
    guard var seat = seats.removeValue(forKey: campaign) else { return [] }
    defer { seats[campaign] = seat }
    var actions: [Action] = []
    var decides = true
    if case .dialed = event { decides = false }
    if decides, seat.ordered > 0 {
      _ = seat.pacer.handle(.notDialed(seat.ordered, for: nil), at: now)
      seat.ordered = 0
    }
    for action in seat.pacer.handle(event, at: now) {
      switch action {
      case .dial(let count, nil): seat.ordered += count
      case .cancel(let key):
        if let attempt = seat.dials.first(where: { $0.value.key == key })?.key {
          seat.unwanted.insert(attempt)
        }
      case .stop: actions.append(.stop(campaign))
      case .pace(let pace, let why): actions.append(.pace(campaign, pace, why: why))
      case .anomaly(let text): actions.append(.anomaly("pacing of \(campaign): \(text)"))
      // Whom a reserved agent gets is the dispatch's affair: only how many lines is asked here.
      case .dial(let count, for: .some(let agent)):
        _ = seat.pacer.handle(.notDialed(count, for: agent), at: now)
      case .offer: actions.append(.anomaly("pacing of \(campaign): a card in a mode without cards"))
      }
    }
    return actions + cancels(&seat, at: now)
  }

  /// Dials that are not wanted and whose phones have rung for the minimum: the pacer counts from the originate,
  /// the network may take seconds until it rings.
  private func cancels(_ seat: inout Seat, at now: Timestamp) -> [Action] {
    let due = seat.unwanted.filter { attempt in
      guard let dial = seat.dials[attempt] else { return false }
      return now - dial.ringingAt >= seat.pacer.settings.minimumRing
    }
    seat.unwanted.subtract(due)
    return due.sorted().map { .cancel($0) }
  }
}

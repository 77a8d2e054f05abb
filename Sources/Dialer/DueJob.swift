public import Telephony

/// A job that may be dialled, as far as the dispatch needs it.
public struct DueJob: Sendable, Hashable {
  public var id: JobID
  public var campaign: CampaignName
  public var number: PhoneNumber
  /// Higher goes first.
  public var priority: Int
  /// The original arrival: its place in line.
  public var firstMissedAt: Timestamp
  public var dueAt: Timestamp
  /// The member it belongs to for `sticky_wait` from `dueAt`.
  public var owner: MemberInterface?
  /// The owner gave his word for it or wants the call himself: while he is free it goes to him before any other.
  public var isOwnWord: Bool
  /// A contact of a list: goes behind every live caller, whenever he came.
  public var yields: Bool
  /// The customer was dropped: until then he is dialled only with an agent reserved for him. Nil: no such bound.
  public var onlyWithAgentUntil: Timestamp?
  /// Preview: who has declined its card, and until when he is not shown it again.
  public var declined: [MemberInterface: Timestamp] = [:]

  public init(
    id: JobID, campaign: CampaignName, number: PhoneNumber, priority: Int, firstMissedAt: Timestamp,
    dueAt: Timestamp, owner: MemberInterface? = nil, isOwnWord: Bool = false, yields: Bool = false,
    onlyWithAgentUntil: Timestamp? = nil
  ) {
    self.id = id
    self.campaign = campaign
    self.number = number
    self.priority = priority
    self.firstMissedAt = firstMissedAt
    self.dueAt = dueAt
    self.owner = owner
    self.isOwnWord = isOwnWord
    self.yields = yields
    self.onlyWithAgentUntil = onlyWithAgentUntil
  }
}

/// How a campaign takes its agents.
public struct DispatchCampaign: Sendable, Hashable {
  /// What a dial of the campaign needs before it leaves.
  public enum Takes: Sendable, Hashable {
    /// An agent of its own, who is reserved for it.
    case agent
    /// A free agent of the queue whom no other dial counts on (`DispatchFloor.promised`); nobody is reserved.
    case freeAgent
    /// Nobody: so many more may be dialled now (`PacingDesk.launches`).
    case launches(Int)
  }

  public var name: CampaignName
  /// The queue its agents sit in.
  public var queue: QueueName
  public var choice: AgentChoice
  /// Nil: it may dial. Else the sentence why it may not now: paused, observing, outside working hours.
  public var held: String?
  /// Default `agent`.
  public var takes: Takes
  /// So many free agents of the queue it leaves to callers. Default 0. Where it dials ahead of agents, they are
  /// left out of what its pacer is told (`AgentPhase.of`).
  public var keepsFree: Int
  /// Preview: agents who have asked for a card; nobody else is given one. Nil: every free agent.
  public var asked: Set<MemberInterface>?

  public init(
    name: CampaignName, queue: QueueName, choice: AgentChoice, held: String? = nil, takes: Takes = .agent,
    keepsFree: Int = 0, asked: Set<MemberInterface>? = nil
  ) {
    self.name = name
    self.queue = queue
    self.choice = choice
    self.held = held
    self.takes = takes
    self.keepsFree = keepsFree
    self.asked = asked
  }
}

extension DispatchCampaign {
  /// Whether an agent may be given this job as far as he himself has said.
  func takesPart(_ agent: MemberInterface, in job: DueJob, at now: Timestamp) -> Bool {
    (asked?.contains(agent) ?? true) && job.declined[agent].map { $0 <= now } ?? true
  }
}

/// What goes on at one PBX at one moment, as far as the dispatch needs it.
public struct DispatchFloor: Sendable, Hashable {
  /// A live caller in a queue.
  public struct Caller: Sendable, Hashable {
    public var queue: QueueName
    public var joinedAt: Timestamp

    public init(queue: QueueName, joinedAt: Timestamp) {
      self.queue = queue
      self.joinedAt = joinedAt
    }
  }

  /// All seats of all queues: one agent may have several.
  public var seats: [AgentCandidate]
  public var callers: [Caller]
  /// By queue: customers who are dialled, or have answered, for whoever is free there, without a reservation
  /// (`Takes.freeAgent`). So many free agents are not given away.
  public var promised: [QueueName: Int]
  /// Customers who are on a line now, by any path, on any PBX.
  public var numbersOnLine: Set<PhoneNumber>
  /// Numbers with a live attempt, anywhere.
  public var numbersInAttempt: Set<PhoneNumber>
  /// Live attempts at this PBX that are not talking yet, and those that talk: all hold a line.
  public var liveAttempts: Int
  /// Customer dials of this PBX in the last hour.
  public var dialsLastHour: Int
  /// Nil: dialling is possible. Else the sentence why not: no lease, link down, database away.
  public var held: String?

  public init(
    seats: [AgentCandidate], callers: [Caller] = [], promised: [QueueName: Int] = [:],
    numbersOnLine: Set<PhoneNumber> = [], numbersInAttempt: Set<PhoneNumber> = [], liveAttempts: Int = 0,
    dialsLastHour: Int = 0, held: String? = nil
  ) {
    self.seats = seats
    self.callers = callers
    self.promised = promised
    self.numbersOnLine = numbersOnLine
    self.numbersInAttempt = numbersInAttempt
    self.liveAttempts = liveAttempts
    self.dialsLastHour = dialsLastHour
    self.held = held
  }
}

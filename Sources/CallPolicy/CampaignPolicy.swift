public import Telephony

/// What feeds a campaign. Raw values as in `kind`.
public enum CampaignKind: String, Sendable, Hashable, Codable, CaseIterable {
  /// Fed by missed calls.
  case callback
  /// Fed by contact lists.
  case outbound
}

/// How a campaign's numbers are dialled. Raw values as in `mode`.
public enum CampaignMode: String, Sendable, Hashable, Codable, CaseIterable {
  case agentFirst = "agent_first"
  case clientFirst = "client_first"
  case preview, progressive, predictive, message
  /// Decides everything and dials nothing.
  case observe
}

/// What becomes of a number whose kind the campaign does not dial. Raw values as in `otherwise`.
public enum OtherwiseAction: String, Sendable, Hashable, Codable, CaseIterable {
  /// A task for a person.
  case task
  case ignore
}

/// Which free agent is taken. Raw values as in `agents.choose`.
public enum AgentSelection: String, Sendable, Hashable, Codable, CaseIterable {
  case longestIdle = "longest_idle"
  case fewestCalls = "fewest_calls"
  case lowestPenalty = "lowest_penalty"
}

/// Whose calls a campaign takes, by the queue they last waited in.
public enum QueueMatch: Sendable, Hashable {
  /// `queues` left out: any queue, and calls lost before a queue.
  case any
  /// These queues; with `none`, also calls lost before a queue.
  case listed(Set<QueueName>, none: Bool)

  /// Whether a call belongs here; nil stands for a call that was in no queue.
  public func includes(_ queue: QueueName?) -> Bool {
    switch self {
    case .any: true
    case .listed(let queues, let none): queue.map(queues.contains) ?? none
    }
  }
}

/// Where in the dialplan an answered customer goes.
public struct DialplanTarget: Sendable, Hashable, Codable {
  public var context: String
  /// Default `s`.
  public var exten: String

  public init(context: String, exten: String = PolicyDefaults.exten) {
    self.context = context
    self.exten = exten
  }
}

/// Who carries out a campaign's callbacks, and how his phone is rung: `agents` of a campaign.
public struct AgentPolicy: Sendable, Hashable {
  /// The queue whose members are the agents; nil where the key is left out.
  public var queue: QueueName?
  /// Default `longest_idle`.
  public var choose: AgentSelection = PolicyDefaults.choose
  /// How long a job waits for the agent the customer knows. Default 20 s.
  public var stickyWait: Duration = PolicyDefaults.stickyWait
  /// The sound the agent hears first; nil for none.
  public var announce: String?
  /// Client first: a free agent is kept for the customer while he is dialled. Default true.
  public var reserve = true
  /// The agent presses 1 to accept, 2 to decline. Default true.
  public var confirm: Bool = PolicyDefaults.confirm
  /// How long his phone rings. Default 20 s.
  public var ring: Duration = PolicyDefaults.agentRing
  /// Preview: how long an agent may look at a customer's card. Default 60 s.
  public var card: Duration = PolicyDefaults.card
  /// How long he is held after the talk. Default 10 s.
  public var wrapUp: Duration = PolicyDefaults.wrapUp

  /// All defaults.
  public init(queue: QueueName? = nil) { self.queue = queue }
}

/// The waits between attempts, by what went wrong: `retry` of a campaign. The n-th attempt uses the n-th
/// rung, the last rung repeats. An empty ladder means no further try after that cause.
public struct RetryLadders: Sendable, Hashable {
  public var busy: [Duration]
  public var noAnswer: [Duration]
  public var congestion: [Duration]
  public var machine: [Duration]
  public var agentMissed: [Duration]
  public var dropped: [Duration]

  public init(
    busy: [Duration], noAnswer: [Duration], congestion: [Duration], machine: [Duration],
    agentMissed: [Duration], dropped: [Duration]
  ) {
    self.busy = busy
    self.noAnswer = noAnswer
    self.congestion = congestion
    self.machine = machine
    self.agentMissed = agentMissed
    self.dropped = dropped
  }

  /// The ladder of one cause.
  public subscript(cause: RetryCause) -> [Duration] {
    get {
      switch cause {
      case .busy: busy
      case .noAnswer: noAnswer
      case .congestion: congestion
      case .machine: machine
      case .agentMissed: agentMissed
      case .dropped: dropped
      }
    }
    set {
      switch cause {
      case .busy: busy = newValue
      case .noAnswer: noAnswer = newValue
      case .congestion: congestion = newValue
      case .machine: machine = newValue
      case .agentMissed: agentMissed = newValue
      case .dropped: dropped = newValue
      }
    }
  }

  /// The wait after the attempt of this number (from 1); nil where the ladder is empty.
  public func wait(after cause: RetryCause, attempt: Int) -> Duration? {
    let ladder = self[cause]
    guard !ladder.isEmpty else { return nil }
    return ladder[min(max(attempt - 1, 0), ladder.count - 1)]
  }
}

/// One campaign of the configuration, as far as it decides anything. Begins with all defaults
/// (`PolicyDefaults`); the settings reader sets what the file names.
public struct CampaignPolicy: Sendable, Hashable {
  public var name: CampaignName
  public var kind: CampaignKind = PolicyDefaults.kind
  /// Default any.
  public var queues: QueueMatch = .any
  /// The stages whose lost calls it takes.
  public var lostAt: Set<LostAt> = PolicyDefaults.lostAt
  /// A caller who hangs up sooner gets no job. Default 5 s.
  public var minWait: Duration = PolicyDefaults.minWait
  /// What it dials. `fixed_or_mobile` counts as both. Premium and invalid numbers are refused even if listed.
  public var numberKinds: Set<PhoneNumberKind> = PolicyDefaults.numberKinds
  /// What becomes of other kinds. Default a task.
  public var otherwise: OtherwiseAction = PolicyDefaults.otherwise
  public var mode: CampaignMode = PolicyDefaults.mode
  public var agents = AgentPolicy()
  /// client_first: where an answered customer goes.
  public var connect: DialplanTarget?
  /// message: what an answered customer hears.
  public var message: DialplanTarget?
  /// `message.sound`: what the dialplan is to play; nil: it knows by itself.
  public var messageSound: String?
  /// `message.amd`: the dialplan asks AMD() first whether a machine has answered. Default false.
  public var detectsMachines = false
  /// progressive: numbers dialled at once for one reserved agent. Default 1.
  public var linesPerAgent: Int = PolicyDefaults.linesPerAgent
  /// Dropped of live answered calls, a share from 0 to 1. Default 0.03.
  public var maxDropRate: Double = PolicyDefaults.maxDropRate
  /// What the customer sees; nil leaves it to the trunk.
  public var callerID: String?
  /// A key of `PolicySettings.calendars`; nil means always open, and times in sentences are UTC.
  public var calendar: String?
  /// The first dial is not sooner than this after the call's end. Default 30 s.
  public var startAfter: Duration = PolicyDefaults.startAfter
  /// A job lives this long. Default 24 h.
  public var expireAfter: Duration = PolicyDefaults.expireAfter
  /// How long a customer's phone rings. Default 25 s.
  public var ring: Duration = PolicyDefaults.ring
  public var retry: RetryLadders = PolicyDefaults.retry
  /// Customer dials of one job. Default 4.
  public var maxAttempts: Int = PolicyDefaults.maxAttempts
  /// A shorter talk is not a conversation. Default 5 s.
  public var successAfter: Duration = PolicyDefaults.successAfter
  /// The share of jobs left alone, 0 to 1. Default 0.
  public var holdOut: Double = PolicyDefaults.holdOut
  /// Priority of its jobs; higher goes first. Default 0.
  public var priority: Int = PolicyDefaults.priority
  /// Callbacks that somebody asked for or promised.
  public var requests = RequestPolicy()
  /// The law, the cap on drops and blending.
  public var outbound = OutboundPolicy()

  /// outbound: customer dials of one contact in 24 hours, over all his phones. Default 3.
  public var attemptsPerDay: Int = PolicyDefaults.attemptsPerDay
  /// outbound: customer dials of one phone of a contact; nil: `maxAttempts` alone counts.
  public var maxAttemptsPerPhone: Int?
  /// outbound: the PBX that dials; nil: the first of the configuration.
  public var pbx: PBXName?

  /// A campaign with every default.
  public init(name: CampaignName) { self.name = name }

  /// Whether a lost call belongs to this campaign. A caller who asked for a callback is taken wherever he
  /// was in the dialplan: `lost_at` sorts those who did not ask.
  public func takes(queue: QueueName?, lostAt stage: LostAt?, requested: Bool) -> Bool {
    kind == .callback && queues.includes(queue) && (requested || lostAt.contains(stage ?? .other))
  }

  /// Whether it dials numbers of this kind.
  public func dials(_ kind: PhoneNumberKind) -> Bool {
    switch kind {
    case .premium, .invalid: false
    case .fixedOrMobile: !numberKinds.isDisjoint(with: [.fixedOrMobile, .mobile, .fixed])
    case .mobile, .fixed: numberKinds.contains(kind) || numberKinds.contains(.fixedOrMobile)
    case .tollFree, .sharedCost, .voip, .personal, .other: numberKinds.contains(kind)
    }
  }
}

import Store

/// The reports of `perezvon report` and `GET /api/v1/reports`.
public enum ReportName: String, Sendable, CaseIterable {
  case losses
  case lossPoints = "loss-points"
  case lossBranches = "loss-branches"
  case lossPeople = "loss-people"
  case lossForwards = "loss-forwards"
  case lossHours = "loss-hours"
  case lossDays = "loss-days"
  case waits
  case recovery
  case holdOut = "hold-out"
  case queues
  case hours
  case agents
  case calls
  case missedCalls = "missed-calls"
  case jobs
  case attempts
  case tasks
  case drops
  case compliance

  /// What it answers.
  public var sentence: String {
    switch self {
    case .losses: "What was lost in the span, where, and what it costs."
    case .lossPoints: "Where callers were lost: stage, queue and the number they dialled."
    case .lossBranches: "In which branch of the dialplan callers were lost."
    case .lossPeople: "Whose phone rang before a caller was lost."
    case .lossForwards: "How often callers were handed on before they were lost."
    case .lossHours: "At which hour of which weekday callers were lost."
    case .lossDays: "What was lost day by day."
    case .waits: "How long the lost had waited."
    case .recovery: "What became of the callbacks, by campaign."
    case .holdOut: "What callbacks add over leaving callers alone, with a confidence interval."
    case .queues: "Offered, answered, abandoned, service level and waits of the queues."
    case .hours: "The same hour by hour."
    case .agents: "Callbacks and calls of the members."
    case .calls: "The calls themselves, newest first."
    case .missedCalls: "The missed calls themselves, and what became of each."
    case .jobs: "The jobs themselves, newest first."
    case .attempts: "The attempts themselves, newest first."
    case .tasks: "What was left for people to do, newest first."
    case .drops: "Dropped calls against live answers, by day and campaign."
    case .compliance: "Each rule of a campaign's law: the figure, and whether it was kept."
    }
  }

  /// The statement behind its table; nil for those that are made of several.
  var stored: StoredReport? {
    switch self {
    case .losses, .compliance, .holdOut: nil
    case .lossPoints: .lossPoints
    case .lossBranches: .lossBranches
    case .lossPeople: .lossPeople
    case .lossForwards: .lossForwards
    case .lossHours: .lossHours
    case .lossDays: .lossDays
    case .waits: .waits
    case .recovery: .recovery
    case .queues: .queues
    case .hours: .hours
    case .agents: .agents
    case .calls: .calls
    case .missedCalls: .missedCalls
    case .jobs: .jobs
    case .attempts: .attempts
    case .tasks: .tasks
    case .drops: .drops
    }
  }

  /// The columns of a chart: what stands below the bars, and their parts.
  var chart: (label: String, parts: [String])? {
    switch self {
    case .lossPoints, .losses: ("lost_at", ["called_back", "self_returned", "lost"])
    case .lossBranches: ("branch", ["called_back", "self_returned", "lost"])
    case .lossPeople: ("member", ["called_back", "self_returned", "lost"])
    case .lossForwards: ("forwards", ["called_back", "self_returned", "lost"])
    case .lossHours: ("hour", ["called_back", "self_returned", "lost"])
    case .lossDays: ("day", ["called_back", "self_returned", "lost"])
    case .waits: ("waited", ["missed"])
    case .recovery: ("campaign", ["succeeded", "recovered", "exhausted", "expired"])
    case .queues: ("queue", ["answered", "abandoned", "other_unanswered"])
    case .hours: ("hour", ["answered", "abandoned", "other_unanswered"])
    case .agents: ("member", ["accepted", "missed"])
    case .drops: ("day", ["live_answered", "dropped"])
    case .holdOut, .calls, .missedCalls, .jobs, .attempts, .tasks, .compliance: nil
    }
  }
}

/// What a report is asked for; nil fields do not restrict.
public struct ReportRequest: Sendable, Equatable {
  public var name: ReportName
  public var campaign: String?
  public var queue: String?
  public var number: String?
  public var state: String?
  /// Rows of the main table, at most.
  public var limit = 1_000
  /// Numbers and names are not for the reader.
  public var masked = false

  public init(_ name: ReportName) { self.name = name }
}

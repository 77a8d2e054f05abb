import Dialer

/// A day to simulate.
public struct DialingScenario: Sendable, Hashable, Codable {
  /// Agents at the start of the day, 1 to 1,000. Default 20.
  public var agents = 20
  /// The share of dials a human answers, above 0 to 1. Default 0.3.
  public var answerRate = 0.3
  /// The share of dials a machine answers; with the answer rate at most 1. Default 0.
  public var machineRate = 0.0
  /// How long a phone rings on average, answered or not, seconds: gamma law, standard deviation 5/12 of the
  /// mean, at least 1 s. Default 12.
  public var ring = 12.0
  /// How long they talk on average, seconds: lognormal law. Default 120.
  public var talk = 120.0
  /// Standard deviation of the talk by its mean. Default 1.
  public var talkVariation = 1.0
  /// Wrap-up after each talk, seconds, always the same. Default 10.
  public var wrapUp = 10.0
  /// How long an agent looks at a card in preview mode, seconds. Default 20.
  public var preview = 20.0
  /// How long the phone of an agent rings where it is rung for a dial (agent first, client first), seconds. Default 3.
  public var pickUp = 3.0
  /// How long a customer listens to a message, seconds, always the same; at least 5, which is `success_after`.
  /// Default 20.
  public var message = 20.0
  /// `max_concurrent_dials`, which bounds message mode alone. Default 30.
  public var lines = 30
  /// `max_dials_per_second`, the same. Default 5.
  public var dialsPerSecond = 5.0
  /// A working day, hours. Default 8.
  public var hours = 8.0
  /// Working days one after the other, of which the last is reported: 1 is a start without any knowledge.
  public var days = 1
  /// From the pacer's order to the INVITE, seconds. Default 0.05.
  public var latency = 0.05
  /// From a cancel to the end of the ringing, seconds. Default 0.3.
  public var cancelLatency = 0.3
  /// `lines_per_agent`, for progressive mode. Default 1.
  public var linesPerAgent = 1
  /// `max_drop_rate`. Default 0.03.
  public var maxDropRate = 0.03
  /// Of the upper confidence limit. Default 0.95.
  public var confidence = 0.95
  /// No dial is cancelled before, seconds. Default 15.
  public var minimumRing = 15.0
  /// An answered customer waits no longer for an agent, seconds. Default 2.
  public var patience = 2.0
  /// In the middle of the last day the answer rate becomes this share of itself. Default 1.
  public var answerRateFactor = 1.0
  /// In the middle of the last day this share of the agents leaves: the free at once, the others after their
  /// talk. Default 0.
  public var leaving = 0.0

  public init() {}

  /// The settings of the pacer under test.
  func pacerSettings(_ mode: PacerSettings.Mode) -> PacerSettings {
    PacerSettings(
      mode: mode, linesPerAgent: linesPerAgent, maxDropRate: maxDropRate, confidence: confidence,
      minimumRing: .milliseconds(Int64(minimumRing * 1_000)), patience: .milliseconds(Int64(patience * 1_000))
    )
  }

  /// How a dial of the modes without a pacer is made. A phone rings as long as the scenario says.
  var attemptPlan: AttemptPlan {
    AttemptPlan(
      agentEndpoint: "PJSIP/agent", customerEndpoint: "PJSIP/customer@trunk",
      agentSees: CallerIdentity(number: ""), customerSees: CallerIdentity(number: ""), confirm: false,
      agentRing: .seconds(300), customerRing: .seconds(300),
      wrapUp: .milliseconds(Int64(wrapUp * 1_000)), reservationGuard: .zero, mediaCheck: .zero,
      connectWait: .seconds(600))
  }

  /// Where there are agents nothing but them is short.
  func dispatchLimits(_ mode: DialingMode) -> DispatchBoard.Limits {
    mode == .message
      ? DispatchBoard.Limits(maxConcurrentDials: lines, maxDialsPerSecond: dialsPerSecond)
      : DispatchBoard.Limits(maxConcurrentDials: .max, maxDialsPerSecond: 1_000_000)
  }

  /// So many agents leave in the middle of the last day.
  var leavingCount: Int { Int((Double(agents) * leaving).rounded()) }

  /// Talk and wrap-up of one conversation, seconds.
  public var handling: Double { talk + wrapUp }

  /// Occupancy of progressive dialling with one line in the long run: an agent waits `ring / answerRate` for
  /// each conversation, since each of 1 / answerRate dials rings as long.
  public var progressiveOccupancy: Double { handling / (handling + ring / answerRate) }

  /// The same for preview: a card before each dial.
  public var previewOccupancy: Double { handling / (handling + (ring + preview) / answerRate) }

  /// The same for agent first: his phone rings before each dial.
  public var agentFirstOccupancy: Double { handling / (handling + (pickUp + ring) / answerRate) }

  /// The same for client first: his phone rings after the answer.
  public var clientFirstOccupancy: Double { handling / (handling + pickUp + ring / answerRate) }

  /// How long a dial of message mode has its line on average, seconds.
  private var lineTime: Double { ring + answerRate * message }

  /// Dials a second in message mode in the long run: as many as the lines are free for, or as a second may have.
  private var messageDials: Double { min(Double(lines) / lineTime, dialsPerSecond) }

  /// The share of the time in which a line is in use in message mode.
  public var messageOccupancy: Double { messageDials * lineTime / Double(lines) }

  /// Messages heard an hour of a line.
  public var messagesPerLineHour: Double { messageDials * answerRate / Double(lines) * 3_600 }

  /// Conversations an hour of an agent with this occupancy.
  public func callsPerAgentHour(occupancy: Double) -> Double { occupancy * 3_600 / handling }
}

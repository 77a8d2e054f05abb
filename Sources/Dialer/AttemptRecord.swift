public import Telephony

/// One try to carry out a job, as the books hold it. While `endedAt` is nil it is live, and no other attempt
/// to the same number can be.
public struct AttemptRecord: Sendable, Hashable, Codable {
  /// How far a live attempt had come when it was last written: what a restart can rely on.
  public enum Phase: String, Sendable, Hashable, Codable, CaseIterable {
    /// Committed; the agent is being reserved or rung. The customer was not dialled.
    case agent
    /// Preview: between the two, the agent looks at the customer's card. Nobody was rung.
    case card
    /// Committed just before the customer's originate: from here on it counts as a call placed.
    case customer
    /// The customer answered; both legs go to the dialplan, or are there. Where he was dialled first: he was sent on,
    /// and with `agentResult` answered a human talks with him.
    case connected
    /// The talk is over; the agent is held for wrap-up.
    case wrapUp = "wrap_up"
    case ended
  }

  public var id: AttemptID
  public var job: JobID
  /// Default `agentFirst`.
  public var course = AttemptCourse.agentFirst
  public var campaign: CampaignName
  public var pbx: PBXName
  /// A line: the attempt whose leg the agent's is. Nil: it has a leg of its own, or none.
  public var agentLeg: AttemptID?
  /// The n-th attempt of the job, from 1.
  public var n: Int
  public var number: PhoneNumber
  public var agent: MemberInterface?
  /// The queue the agent was taken from.
  public var queue: QueueName?
  public var phase: Phase
  /// The lease's fence under which it was begun; a write with an older one is refused.
  public var fence: Int64
  /// When the PBX had started: another value means its channels are gone.
  public var pbxStartedAt: Timestamp
  public var startedAt: Timestamp
  /// After this moment nothing of it may be up any more.
  public var deadline: Timestamp
  /// Preview: when the agent was shown the card; nil where there was none.
  public var cardOfferedAt: Timestamp?
  /// Preview: until when he may look at it. Whoever drives the PBX then takes it back.
  public var cardUntil: Timestamp?
  /// Preview: when he accepted it.
  public var cardAcceptedAt: Timestamp?
  public var agentRangAt: Timestamp?
  public var agentAnsweredAt: Timestamp?
  public var customerDialedAt: Timestamp?
  /// When the customer answered; nil also in a row of before it was kept.
  public var customerAnsweredAt: Timestamp?
  /// When the two were together, as far as that was seen; before, and else, when the customer answered.
  public var connectedAt: Timestamp?
  public var talkEndedAt: Timestamp?
  public var endedAt: Timestamp?
  public var agentResult: AgentResult
  public var customerResult: CustomerResult
  public var outcome: AttemptOutcome?
  public var cause: HangupCause?
  /// What the agent had in `PausedReason` before us; empty where nothing.
  public var pausedReasonFound: String

  public init(
    id: AttemptID, job: JobID, campaign: CampaignName, pbx: PBXName, n: Int, number: PhoneNumber,
    agent: MemberInterface?, queue: QueueName?, phase: Phase, fence: Int64, pbxStartedAt: Timestamp,
    startedAt: Timestamp, deadline: Timestamp
  ) {
    self.id = id
    self.job = job
    self.campaign = campaign
    self.pbx = pbx
    self.n = n
    self.number = number
    self.agent = agent
    self.queue = queue
    self.phase = phase
    self.fence = fence
    self.pbxStartedAt = pbxStartedAt
    self.startedAt = startedAt
    self.deadline = deadline
    agentResult = .none
    customerResult = .none
    pausedReasonFound = ""
  }

  /// Time from `connectedAt` to the end of the talk.
  public var talk: Duration {
    guard let connectedAt, let talkEndedAt else { return .zero }
    return talkEndedAt - connectedAt
  }
}

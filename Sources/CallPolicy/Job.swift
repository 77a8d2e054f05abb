public import Telephony

/// One callback owed to one customer, as the policy and the dialer see it.
public struct Job: Sendable, Hashable, Codable {
  public var id: JobID
  public var campaign: CampaignName
  public var number: PhoneNumber
  /// Raw, hostile: for the agent's card only through encoders.
  public var customerName: String
  public var source: JobSource
  public var state: JobState
  /// One sentence: why it stands where it stands.
  public var reason: String
  public var createdAt: Timestamp
  /// The original arrival: callbacks keep the place in line of this moment.
  public var firstMissedAt: Timestamp
  public var missedCount: Int
  /// Higher goes first.
  public var priority: Int
  /// The member it belongs to for `sticky_wait`; nil where anybody will do.
  public var owner: MemberInterface?
  /// Not before.
  public var dueAt: Timestamp
  /// Not after.
  public var expiresAt: Timestamp
  /// Customer dials so far.
  public var attempts: Int
  /// The queue he waited in, and its PBX.
  public var queue: QueueName?
  public var pbx: PBXName
  /// Left alone to measure the uplift; never dialled.
  public var heldOut: Bool
  /// Into which group the draw of `hold_out` put it when it was made, whatever has become of it since; nil where
  /// nothing was drawn.
  public var drawn: HoldOutDraw?
  /// Whom of a list it calls, with all his phones; nil for callbacks. `number` is the phone to dial next.
  public var contact: JobContact?
  /// When he was told that he would be called; nil where nothing was said.
  public var promisedAt: Timestamp?
  /// When an agent gave the promise this job carries; nil where it carries none.
  public var promiseMadeAt: Timestamp?
  /// When `number` was last dropped, in any campaign, within the longest `RedialAfterDrop` gap; nil where it was
  /// not, and where that was not asked for.
  public var droppedAt: Timestamp?

  public init(
    id: JobID, campaign: CampaignName, number: PhoneNumber, customerName: String, source: JobSource,
    state: JobState, reason: String, createdAt: Timestamp, firstMissedAt: Timestamp, missedCount: Int,
    priority: Int, owner: MemberInterface?, dueAt: Timestamp, expiresAt: Timestamp, attempts: Int,
    queue: QueueName?, pbx: PBXName, heldOut: Bool
  ) {
    self.id = id
    self.campaign = campaign
    self.number = number
    self.customerName = customerName
    self.source = source
    self.state = state
    self.reason = reason
    self.createdAt = createdAt
    self.firstMissedAt = firstMissedAt
    self.missedCount = missedCount
    self.priority = priority
    self.owner = owner
    self.dueAt = dueAt
    self.expiresAt = expiresAt
    self.attempts = attempts
    self.queue = queue
    self.pbx = pbx
    self.heldOut = heldOut
  }
}

/// What a draw of `hold_out` said: the two groups whose comparison says what callbacks add.
public enum HoldOutDraw: String, Sendable, Hashable, Codable, CaseIterable {
  case called
  case leftAlone = "left_alone"
}

/// One decision and its sentence: a row of `report.decisions`.
public struct Decision: Sendable, Hashable, Codable {
  public var at: Timestamp
  /// E.164 or raw digits; nil where hidden.
  public var number: String?
  public var job: JobID?
  /// A word: `job_created`, `no_job`, `counted_up`, `recovered`, `retry`, `exhausted`, `held` …
  public var decision: String
  /// One sentence a person understands.
  public var reason: String

  public init(at: Timestamp, number: String?, job: JobID?, decision: String, reason: String) {
    self.at = at
    self.number = number
    self.job = job
    self.decision = decision
    self.reason = reason
  }
}

/// What a decision does to the books of one number.
public enum JobChange: Sendable, Hashable, Codable {
  case create(Job)
  /// Another missed call of the same customer: counted, keeps its place in line.
  case countUp(JobID, at: Timestamp)
  /// Back to waiting, due then.
  case retry(JobID, dueAt: Timestamp, attempts: Int, owner: MemberInterface?, reason: String)
  /// To a final state.
  case close(JobID, JobState, reason: String)
  /// To another time without a dial: outside working hours, cap reached.
  case postpone(JobID, dueAt: Timestamp, reason: String)
  /// Back to waiting, with another phone of the contact to dial next.
  case dialNext(JobID, NextPhone)
}

extension Job {
  /// A job that no call brought: somebody asked for it.
  public static func asked(
    id: JobID, _ campaign: CampaignPolicy, _ number: PhoneNumber, source: JobSource, reason: String,
    pbx: PBXName,
    dueAt: Timestamp, now: Timestamp
  ) -> Job {
    Job(
      id: id, campaign: campaign.name, number: number, customerName: "", source: source, state: .waiting,
      reason: reason, createdAt: now, firstMissedAt: now, missedCount: 0, priority: campaign.priority,
      owner: nil,
      dueAt: dueAt, expiresAt: max(dueAt, now) + campaign.expireAfter, attempts: 0, queue: nil, pbx: pbx,
      heldOut: false)
  }
}

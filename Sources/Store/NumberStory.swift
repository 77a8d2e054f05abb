public import CallPolicy
public import CallTracking
public import Dialer
public import Telephony

/// Everything the books hold about one number. Each list is in time order, oldest first, and holds the newest
/// `StoreSettings.listMax` rows.
public struct NumberStory: Sendable, Hashable {
  public var number: String
  public var calls: [StoredCall]
  public var missed: [MissedCall]
  public var jobs: [Job]
  public var attempts: [AttemptRecord]
  public var decisions: [Decision]
  public var doNotCall: Bool
  /// The people of contact lists who have this phone.
  public var contacts: [StoredContact] = []
  /// What was decided about campaigns, paused ones among them.
  public var runs: [CampaignRun] = []

  /// One line of the story.
  public enum Entry: Sendable, Hashable {
    case call(StoredCall)
    case missedCall(MissedCall)
    case job(Job)
    case attempt(AttemptRecord)
    case decision(Decision)

    /// When it came into the books: a call's end, a job's creation, an attempt's start.
    public var at: Timestamp {
      switch self {
      case .call(let call): call.endedAt
      case .missedCall(let missed): missed.at
      case .job(let job): job.createdAt
      case .attempt(let attempt): attempt.startedAt
      case .decision(let decision): decision.at
      }
    }
  }

  /// All lists as one, in time order; at the same moment calls stand before what followed from them.
  public var entries: [Entry] {
    let all: [Entry] =
      calls.map(Entry.call) + missed.map(Entry.missedCall) + jobs.map(Entry.job)
      + attempts.map(Entry.attempt) + decisions.map(Entry.decision)
    return all.enumerated().sorted { a, b in
      (a.element.at, a.offset) < (b.element.at, b.offset)
    }.map(\.element)
  }
}

/// A row of `report.calls`.
public struct StoredCall: Sendable, Hashable {
  public var pbx: PBXName
  public var linkedID: LinkedID
  public var direction: CallDirection
  public var startedAt: Timestamp
  public var endedAt: Timestamp
  /// E.164, raw digits, or nil where hidden.
  public var number: String?
  public var did: String
  public var queue: QueueName?
  public var answered: Bool
  public var answeredBy: String?
  public var wait: Duration
  public var talk: Duration
  public var lostAt: LostAt?
  public var ending: Ending?
  public var short: Bool
  /// The attempt whose leg this call was.
  public var attempt: AttemptID?
}

/// A row of `report.missed_calls`.
public struct MissedCall: Sendable, Hashable {
  public var pbx: PBXName
  public var linkedID: LinkedID
  /// When the caller was gone.
  public var at: Timestamp
  public var number: String?
  /// Raw, hostile: only through encoders.
  public var customerName: String
  public var did: String
  public var queue: QueueName?
  public var wait: Duration
  public var lostAt: LostAt?
  public var ending: Ending?
  public var membersRung: [String]
  public var short: Bool
  public var evidence: [EvidenceStep]
  public var job: JobID?
  public var noJobReason: String?
}

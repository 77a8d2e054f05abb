public import Telephony

/// What the books know of one number at the moment a decision about it is made. Read under the number's lock,
/// so that nothing changes between reading and deciding.
public struct NumberHistory: Sendable, Hashable {
  /// At most one for each campaign.
  public var openJobs: [Job]
  /// The latest end of a talk with a human, in any direction, on any PBX.
  public var lastTalkEndedAt: Timestamp?
  /// The member who had that talk.
  public var lastTalkedWith: String?
  public var doNotCall: Bool
  /// Customer dials in the last 24 hours, over all jobs.
  public var dialsLastDay: Int
  /// Other numbers that were lost in the last hour and differ from this one in the last four digits only.
  public var rangeCallersLastHour: Int
  /// This very call (pbx and linkedid) is in the books already: nothing may follow from it again.
  public var alreadyRecorded: Bool
  /// The call is one of our legs, and the books do not know its attempt: they have failed over and lost it.
  public var attemptLost = false
  /// When the books were restored from a backup last; nil where they never were. Whoever was missed before may have been
  /// called back by what stood in the books that are gone.
  public var restoredAt: Timestamp?
  /// What the customers table says of him: his category, who looks after him, his name (empty where it says none).
  public var category: String?
  public var manager: MemberInterface?
  public var customerName = ""

  public init(
    openJobs: [Job] = [], lastTalkEndedAt: Timestamp? = nil, lastTalkedWith: String? = nil,
    doNotCall: Bool = false, dialsLastDay: Int = 0, rangeCallersLastHour: Int = 0,
    alreadyRecorded: Bool = false
  ) {
    self.openJobs = openJobs
    self.lastTalkEndedAt = lastTalkEndedAt
    self.lastTalkedWith = lastTalkedWith
    self.doNotCall = doNotCall
    self.dialsLastDay = dialsLastDay
    self.rangeCallersLastHour = rangeCallersLastHour
    self.alreadyRecorded = alreadyRecorded
  }
}

/// What follows from one ended call: written in one transaction with the call itself.
public struct CallVerdict: Sendable, Hashable {
  /// A short abandon: in the books, without a job.
  public var short: Bool
  /// The job this missed call belongs to, created or counted up.
  public var job: JobID?
  /// Why a missed call has no job; nil where it has one or is not missed.
  public var noJobReason: String?
  public var changes: [JobChange]
  public var decisions: [Decision]

  public init(
    short: Bool = false, job: JobID? = nil, noJobReason: String? = nil, changes: [JobChange] = [],
    decisions: [Decision] = []
  ) {
    self.short = short
    self.job = job
    self.noJobReason = noJobReason
    self.changes = changes
    self.decisions = decisions
  }
}

public import Telephony

/// One step that led to a verdict, for `report.missed_calls.evidence` and `explain`.
public struct EvidenceStep: Sendable, Hashable, Codable {
  public var at: Timestamp
  /// A word: `began`, `joined`, `rang`, `rang_out`, `abandoned`, `left`, `talked`, `transferred`, `hung_up` …
  public var what: String
  /// A queue, a member, a context; empty where the word says it all. Never raw caller text.
  public var detail: String

  public init(at: Timestamp, what: String, detail: String = "") {
    self.at = at
    self.what = what
    self.detail = detail
  }
}

/// One whole call, after its last channel is gone and the settle time has passed. The books have one row for
/// each pair of `pbx` and `linkedID`.
public struct CallRecord: Sendable, Hashable, Codable {
  public var pbx: PBXName
  /// The linkedid the call was born with, whatever it was merged into.
  public var linkedID: LinkedID
  public var channel: ChannelID
  public var direction: CallDirection
  public var startedAt: Timestamp
  public var endedAt: Timestamp
  /// Raw: caller id of an inbound call, dialled digits of an outbound one.
  public var rawNumber: String
  public var rawName: String
  /// The number that was called; empty where the trunk did not say.
  public var did: String
  /// The last queue, if any.
  public var queue: QueueName?
  /// A human talked with the outside party.
  public var answered: Bool
  /// The member or extension of the last human who talked (`PJSIP/101`).
  public var answeredBy: String?
  /// In the last queue, or since the call began where there was none, up to the first talk or the end.
  public var wait: Duration
  /// Time with a human, all talks together.
  public var talk: Duration
  /// Nil where answered, and where voicemail took the caller and that is not taken for a loss.
  public var lostAt: LostAt?
  public var ending: Ending?
  public var cause: HangupCause
  /// Members and extensions that were rung, in order, without repetition.
  public var membersRung: [String]
  public var evidence: [EvidenceStep]
  /// The attempt whose leg this is, when the call is ours: never a missed call.
  public var attempt: AttemptID?
  /// The number a callback was asked for, as it was said; nil where none was, and where it is the caller's own.
  public var requestedNumber: String?

  public init(
    pbx: PBXName, linkedID: LinkedID, channel: ChannelID, direction: CallDirection, startedAt: Timestamp,
    endedAt: Timestamp, rawNumber: String, rawName: String, did: String, queue: QueueName?, answered: Bool,
    answeredBy: String?, wait: Duration, talk: Duration, lostAt: LostAt?, ending: Ending?, cause: HangupCause,
    membersRung: [String], evidence: [EvidenceStep], attempt: AttemptID?
  ) {
    self.pbx = pbx
    self.linkedID = linkedID
    self.channel = channel
    self.direction = direction
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.rawNumber = rawNumber
    self.rawName = rawName
    self.did = did
    self.queue = queue
    self.answered = answered
    self.answeredBy = answeredBy
    self.wait = wait
    self.talk = talk
    self.lostAt = lostAt
    self.ending = ending
    self.cause = cause
    self.membersRung = membersRung
    self.evidence = evidence
    self.attempt = attempt
  }

  /// An inbound call that is not ours and whose caller did not talk to a human.
  public var missed: Bool { direction == .inbound && !answered && attempt == nil && !messageTaken }

  /// Voicemail took the caller, and the configuration does not take that for a loss.
  public var messageTaken: Bool { ending == .voicemail && lostAt == nil }
}

/// One caller's stay in one queue. Key: pbx, channel, `join`.
public struct QueueEntryRecord: Sendable, Hashable, Codable {
  /// How the stay ended, for service level and abandonment.
  public enum Result: String, Sendable, Hashable, Codable {
    case answered, abandoned
    /// Timeout, empty queue, key, withdrawn, redirected: left unanswered without hanging up.
    case otherUnanswered = "other_unanswered"
  }

  public var pbx: PBXName
  public var linkedID: LinkedID
  public var channel: ChannelID
  /// The n-th join of this channel, from 1.
  public var join: Int
  public var queue: QueueName
  public var joinedAt: Timestamp
  public var leftAt: Timestamp
  public var result: Result
  /// The member who answered.
  public var member: String?
  public var position: Int

  public init(
    pbx: PBXName, linkedID: LinkedID, channel: ChannelID, join: Int, queue: QueueName, joinedAt: Timestamp,
    leftAt: Timestamp, result: Result, member: String?, position: Int
  ) {
    self.pbx = pbx
    self.linkedID = linkedID
    self.channel = channel
    self.join = join
    self.queue = queue
    self.joinedAt = joinedAt
    self.leftAt = leftAt
    self.result = result
    self.member = member
    self.position = position
  }

  /// From joining to leaving or to the agent's answer.
  public var wait: Duration { leftAt - joinedAt }
}

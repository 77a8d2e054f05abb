public import CallTracking
public import Telephony

/// What a span of time was like, for `perezvon what-if`: read from the books, never written.
public struct Recording: Sendable {
  /// One ended call that was not ours.
  public struct Call: Sendable {
    /// Without its evidence.
    public let record: CallRecord
    public let caller: CallerNumber
  }

  /// One caller's stay in a queue.
  public struct Stay: Sendable {
    public let pbx: PBXName
    public let queue: QueueName
    public let joinedAt: Timestamp
    public let leftAt: Timestamp
    /// Who answered.
    public let member: String?
  }

  /// How often a callback's customer answered so, and how long it took.
  public struct Answer: Sendable, Hashable {
    public let result: CustomerResult
    public let conversation: Bool
    public let count: Int
    /// From the dial to the answer or the end.
    public let ring: Duration
    public let talk: Duration

    public init(result: CustomerResult, conversation: Bool, count: Int, ring: Duration, talk: Duration) {
      self.result = result
      self.conversation = conversation
      self.count = count
      self.ring = ring
      self.talk = talk
    }
  }

  /// In the order in which they ended.
  public var calls: [Call] = []
  public var stays: [Stay] = []
  /// Of the span's attempts.
  public var answers: [Answer] = []
  /// Agents who were rung for a callback, and of those, who picked up; and how long their phones rang.
  public var agentsRung = 0
  public var agentsAnswered = 0
  public var agentRing = Duration.zero
  /// Numbers that were dialled for a callback, dials, and talks.
  public var customersDialed = 0
  public var dials = 0
  public var conversations = 0
  /// Time agents spent on callbacks, from the ringing of their phones to the end of the talk.
  public var agentTime = Duration.zero

  /// Nothing.
  public init() {}
}

extension Store {
  /// Calls of one recording, at most.
  public static let recordedCallsMax = 500_000

  private static let recordedCalls = Statement(
    "recorded calls",
    """
    SELECT c.pbx, c.linkedid, c.channel, c.direction, c.started_at, c.ended_at, c.number, c.number_kind,
      c.customer_name, c.did, c.queue, c.answered, c.answered_by, c.wait, c.talk, c.lost_at, c.ending, c.hangup_cause,
      coalesce(m.members_rung, '{}')
    FROM perezvon.calls c LEFT JOIN perezvon.missed_calls m USING (pbx, linkedid)
    WHERE c.ended_at >= $1 AND c.ended_at < $2 AND c.attempt IS NULL ORDER BY c.ended_at, c.pbx, c.linkedid LIMIT $3
    """)
  private static let recordedStays = Statement(
    "recorded stays",
    """
    SELECT pbx, queue, joined_at, left_at, member FROM perezvon.queue_entries
    WHERE joined_at >= $1 AND joined_at < $2 ORDER BY joined_at LIMIT $3
    """)
  private static let recordedAnswers = Statement(
    "recorded answers",
    """
    SELECT customer_result, coalesce(outcome = 'conversation', false), count(*),
      coalesce(avg(coalesce(connected_at, ended_at) - customer_dialed_at), '0'),
      coalesce(avg(talk_ended_at - connected_at), '0')
    FROM perezvon.attempts WHERE started_at >= $1 AND started_at < $2 AND customer_dialed_at IS NOT NULL
      AND ended_at IS NOT NULL AND customer_result NOT IN ('none', 'cancelled')
    GROUP BY 1, 2 ORDER BY 1, 2
    """)
  private static let recordedAgents = Statement(
    "recorded agents",
    """
    SELECT count(*) FILTER (WHERE agent_rang_at IS NOT NULL), count(*) FILTER (WHERE agent_answered_at IS NOT NULL),
      coalesce(avg(agent_answered_at - agent_rang_at), '0'),
      count(DISTINCT number) FILTER (WHERE customer_dialed_at IS NOT NULL),
      count(*) FILTER (WHERE customer_dialed_at IS NOT NULL), count(*) FILTER (WHERE outcome = 'conversation'),
      coalesce(sum(coalesce(talk_ended_at, ended_at) - agent_rang_at), '0')
    FROM perezvon.attempts WHERE started_at >= $1 AND started_at < $2
    """)

  /// Reads what happened from one moment to before another.
  public func recording(from: Timestamp, to: Timestamp) async throws(StoreError) -> Recording {
    try await pool.run { link throws(StoreError) in
      let span = [Parameter.time(from), .time(to)]
      let rows = try link.batch([
        Self.recordedCalls.with(span[0], span[1], .int(Self.recordedCallsMax)),
        Self.recordedStays.with(span[0], span[1], .int(Self.recordedCallsMax)),
        Self.recordedAnswers.with(span[0], span[1]), Self.recordedAgents.with(span[0], span[1]),
      ])
      var recording = Recording()
      recording.calls = try rows[0].map { row throws(StoreError) in try Self.recordedCall(&row) }
      recording.stays = try rows[1].map { row throws(StoreError) in
        Recording.Stay(
          pbx: try row.name(), queue: try row.name(), joinedAt: try row.time(), leftAt: try row.time(),
          member: try row.textOrNil())
      }
      recording.answers = try rows[2].map { row throws(StoreError) in
        Recording.Answer(
          result: try row.word(), conversation: try row.bool(), count: try row.int(), ring: try row.span(),
          talk: try row.span())
      }
      _ = try rows[3].first { row throws(StoreError) in
        recording.agentsRung = try row.int()
        recording.agentsAnswered = try row.int()
        recording.agentRing = try row.span()
        recording.customersDialed = try row.int()
        recording.dials = try row.int()
        recording.conversations = try row.int()
        recording.agentTime = try row.span()
      }
      return recording
    }
  }

  private static func recordedCall(_ row: inout Row) throws(StoreError) -> Recording.Call {
    let (pbx, linkedID, channel): (PBXName, LinkedID, ChannelID) = (
      try row.name(), try row.name(), try row.name()
    )
    let direction: CallDirection = try row.word()
    let (startedAt, endedAt) = (try row.time(), try row.time())
    let number = try row.textOrNil()
    let kind: PhoneNumberKind? = try row.wordOrNil()
    let caller: CallerNumber =
      if let number {
        if let read = PhoneNumber(e164: number), let kind {
          .number(read, kind: kind)
        } else {
          .unreadable(number)
        }
      } else { .hidden }
    let record = CallRecord(
      pbx: pbx, linkedID: linkedID, channel: channel, direction: direction, startedAt: startedAt,
      endedAt: endedAt,
      rawNumber: number ?? "", rawName: try row.text(), did: try row.text(), queue: try row.nameOrNil(),
      answered: try row.bool(), answeredBy: try row.textOrNil(), wait: try row.span(), talk: try row.span(),
      lostAt: try row.wordOrNil(), ending: try row.wordOrNil(), cause: HangupCause(rawValue: try row.int()),
      membersRung: try row.texts(), evidence: [], attempt: nil)
    return Recording.Call(record: record, caller: caller)
  }
}

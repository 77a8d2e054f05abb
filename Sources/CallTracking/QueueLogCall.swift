public import Telephony

/// One call as queue_log tells it, after its end.
public struct QueueLogCall: Sendable, Hashable {
  /// The caller's channel: the log's call id, and the linkedid of a call that this channel began.
  public var channel: ChannelID
  /// Of the first and the last line about it. Whole seconds.
  public var firstLineAt: Timestamp
  public var lastLineAt: Timestamp
  /// Nil where the log cannot tell how the call ended: the last the log knows is a withdrawal, or a wait whose
  /// end was never written.
  public var record: CallRecord?
  /// Its stays in queues, in their order.
  public var entries: [QueueEntryRecord]
  /// The place of its first line, as it was given to `QueueLogTracker.handle`.
  public var mark: Int64

  public init(
    channel: ChannelID, firstLineAt: Timestamp, lastLineAt: Timestamp, record: CallRecord?,
    entries: [QueueEntryRecord], mark: Int64 = 0
  ) {
    self.channel = channel
    self.mark = mark
    self.firstLineAt = firstLineAt
    self.lastLineAt = lastLineAt
    self.record = record
    self.entries = entries
  }

  /// With the interfaces of those members whose names are known in place of their names, as AMI tells them: the
  /// log has names wherever members have one (`log_membername_as_agent` is about ADDMEMBER lines only; seen on
  /// 22.10 and 16.28).
  public func showing(_ interfaces: [String: MemberInterface]) -> QueueLogCall {
    guard !interfaces.isEmpty else { return self }
    func shown(_ member: String) -> String { interfaces[member]?.rawValue ?? member }
    var call = self
    for index in call.entries.indices { call.entries[index].member = call.entries[index].member.map(shown) }
    guard var record = call.record else { return call }
    record.answeredBy = record.answeredBy.map(shown)
    record.membersRung = record.membersRung.map(shown)
    for index in record.evidence.indices where Self.stepsOfMembers.contains(record.evidence[index].what) {
      record.evidence[index].detail = shown(record.evidence[index].detail)
    }
    call.record = record
    return call
  }

  private static let stepsOfMembers: Set<String> = ["connected", "rang", "rang_out"]
}

/// What a line of the log led to.
public enum QueueLogResult: Sendable, Hashable {
  case call(QueueLogCall)
  case anomaly(Anomaly)
}

/// One call while its lines are collected.
struct LoggedCall: Sendable {
  struct Entry: Sendable {
    var join: Int
    var queue: QueueName
    var position: Int
    var joinedAt: Timestamp
    var leftAt: Timestamp?
    var result = QueueEntryRecord.Result.otherUnanswered
    var ending = Ending.callerHungUp
    var member: String?
  }

  var channel: ChannelID
  /// Where its first line stands; only handed through.
  var mark: Int64
  var firstLineAt: Timestamp
  var lastLineAt: Timestamp
  var rawNumber: String
  var did = ""
  var entries: [Entry] = []
  var joins = 0
  /// Nil while he waits, and while he talks.
  var finalAt: Timestamp?
  /// The last line tells of a hang-up.
  var hungUp = false
  var talkingSince: Timestamp?
  var talk = Duration.zero
  /// The last human who talked; forgotten when he handed the caller on into another queue.
  var answeredBy: String?
  var handedOn = false
  var membersRung: [String] = []
  var evidence: [EvidenceStep] = []
  /// He asked by keys to be called back; at this number, as he said it.
  var callbackRequested = false
  var requestedNumber: String?

  var openEntry: Int? { entries.last.flatMap { $0.leftAt == nil ? entries.count - 1 : nil } }

  mutating func note(_ what: String, _ detail: String = "", at: Timestamp, max limit: Int) {
    evidence.append(EvidenceStep(at: at, what: what, detail: detail))
    guard evidence.count > limit else { return }
    // Rings of a long wait are the many and the dull; the first step stays.
    evidence.remove(at: evidence.firstIndex { $0.what == "rang" || $0.what == "rang_out" } ?? 1)
  }

  mutating func rang(_ member: String) {
    guard !member.isEmpty, membersRung.count < CallTracker.rungMax, !membersRung.contains(member) else {
      return
    }
    membersRung.append(member)
  }

  mutating func leave(_ result: QueueEntryRecord.Result, _ ending: Ending, at moment: Timestamp) {
    guard let open = openEntry else { return }
    entries[open].leftAt = max(moment, entries[open].joinedAt)
    entries[open].result = result
    entries[open].ending = ending
  }

  mutating func endTalk(_ told: Duration?, at moment: Timestamp) {
    guard let since = talkingSince else { return }
    talk += told ?? max(.zero, moment - since)
    talkingSince = nil
  }
}

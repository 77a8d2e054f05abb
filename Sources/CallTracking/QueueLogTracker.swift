public import Telephony

/// Folds queue_log into calls: the second source, for what came and went while nobody listened to AMI.
///
/// A value: the same lines give the same calls. What a line says is judged by the log's own clock; a call is
/// decided when its last word was final and nothing followed for `quiet`, or when the caller of `endCalls` knows
/// that it is over.
///
/// The log knows less than AMI: whole seconds, no called number (but FreePBX's `DID`), nothing of a call before
/// its first queue and after its last. A caller whose channel began the call has here the key AMI gives him. A
/// supervisor's Redirect out of the queue is written as ABANDON.
public struct QueueLogTracker: Sendable {
  /// A call without a verdict.
  public struct OpenCall: Sendable, Hashable {
    public var channel: ChannelID
    public var firstLineAt: Timestamp
    public var lastLineAt: Timestamp
    /// The last line tells of a hang-up, by the caller or the agent.
    public var hungUp: Bool
  }

  /// The default of `quiet`.
  public static let quietUsual: Duration = .seconds(60)
  /// A call without a final line is given up after this without any line.
  public static let staleAfter: Duration = .seconds(12 * 3_600)
  /// `queue_log_calls_max`: calls collected at once. A caller beyond it is not followed, and is told.
  public static let callsMax = 100_000
  /// Steps kept of one call.
  public static let evidenceStepsMax = 40
  /// Stays in queues kept of one call; a dialplan that loops makes more.
  public static let entriesMax = 200
  /// An Asterisk that goes down writes ABANDON for all who wait: these are its last lines, at most this old.
  static let lastGasp: Duration = .seconds(2)
  /// Between those lines and the QUEUESTART of the next life, at most this passes.
  static let restartWithin: Duration = .seconds(15)

  /// Part of the key of every record.
  public let pbx: PBXName
  /// Log time without a line after which a final word is the last.
  public let quiet: Duration

  var calls: [ChannelID: LoggedCall] = [:]
  private var quietLine = DeadlineLine<(channel: ChannelID, finalAt: Timestamp)>()
  private var staleLine = DeadlineLine<ChannelID>()
  /// The latest time of a line.
  private var clock = Timestamp(microseconds: .min)
  private var results: [QueueLogResult] = []

  public init(pbx: PBXName, quiet: Duration = QueueLogTracker.quietUsual) {
    self.pbx = pbx
    self.quiet = quiet
  }

  /// Folds one line. `mark` is the place of the line, for `oldestMark`.
  public mutating func handle(_ line: QueueLogLine, mark: Int64 = 0) -> [QueueLogResult] {
    let lastLineAt = clock
    clock = max(clock, line.at)
    settleDue(at: clock)
    if line.event == .started {
      endLife(lastLineAt: lastLineAt == Timestamp(microseconds: .min) ? line.at : lastLineAt, at: line.at)
    } else if line.event != .other, !line.callID.rawValue.isEmpty {
      fold(line, mark: mark)
    }
    return taken()
  }

  /// Decides what has been quiet long enough at this moment, for a log to which nothing is added.
  public mutating func tick(at now: Timestamp) -> [QueueLogResult] {
    settleDue(at: now)
    return taken()
  }

  /// Decides the calls of which somebody knows that they are over, those included whose last line is not final
  /// (the Asterisk that would have written it died). `isOver` is asked once for each call.
  public mutating func endCalls(where isOver: (OpenCall) -> Bool) -> [QueueLogResult] {
    let over = calls.values.filter { call in
      isOver(
        OpenCall(
          channel: call.channel, firstLineAt: call.firstLineAt, lastLineAt: call.lastLineAt,
          hungUp: call.hungUp))
    }
    for call in over.sorted(by: { ($0.mark, $0.channel) < ($1.mark, $1.channel) }) {
      cutOff(call.channel, at: call.lastLineAt)
      settle(call.channel)
    }
    return taken()
  }

  /// The end of a log that nothing is added to any more: whoever had his final word is decided. Who still waits
  /// or talks is left out.
  public mutating func finish() -> [QueueLogResult] {
    let ended = calls.values.filter { $0.finalAt != nil }
    for call in ended.sorted(by: { ($0.mark, $0.channel) < ($1.mark, $1.channel) }) { settle(call.channel) }
    return taken()
  }

  /// Calls without a verdict.
  public var openCalls: Int { calls.count }

  /// The place of the first line of the oldest call without a verdict: whoever begins to read again there loses
  /// nothing. Nil where no call is open.
  public var oldestMark: Int64? { calls.values.lazy.map(\.mark).min() }

  private mutating func taken() -> [QueueLogResult] {
    guard !results.isEmpty else { return [] }
    defer { results = [] }
    return results
  }

  // MARK: Lines

  private mutating func fold(_ line: QueueLogLine, mark: Int64) {
    if case .entered(let number, let position) = line.event {
      entered(line, number: number, position: position, mark: mark)
      return
    }
    guard let index = calls.index(forKey: line.callID) else {
      // Its beginning lies before what was read, or it is not followed.
      return
    }
    let before = calls.values[index].finalAt
    Self.apply(line, to: &calls.values[index])
    if let finalAt = calls.values[index].finalAt, finalAt != before {
      quietLine.append((line.callID, finalAt), at: max(finalAt, clock) + quiet)
    }
  }

  private mutating func entered(_ line: QueueLogLine, number: String, position: Int, mark: Int64) {
    // A leg of ours that goes to a queue is an attempt, not a caller.
    guard OurLeg(line.callID) == nil else { return }
    if calls[line.callID] == nil {
      guard calls.count < Self.callsMax else {
        results.append(.anomaly(.limitReached(.calls)))
        return
      }
      calls[line.callID] = LoggedCall(
        channel: line.callID, mark: mark, firstLineAt: line.at, lastLineAt: line.at, rawNumber: number)
      staleLine.append(line.callID, at: clock + Self.staleAfter)
    }
    guard let index = calls.index(forKey: line.callID) else { return }
    Self.enter(line, number: number, position: position, &calls.values[index])
  }

  private static func enter(_ line: QueueLogLine, number: String, position: Int, _ call: inout LoggedCall) {
    call.lastLineAt = max(call.lastLineAt, line.at)
    if let open = call.openEntry {
      if call.entries[open].queue == line.queue, call.entries[open].joinedAt == line.at { return }
      call.leave(.otherUnanswered, .key, at: line.at)
    }
    if call.rawNumber.isEmpty { call.rawNumber = number }
    call.endTalk(nil, at: line.at)
    if call.handedOn {
      call.handedOn = false
      call.answeredBy = nil
    }
    call.finalAt = nil
    call.hungUp = false
    call.joins += 1
    if call.entries.count == entriesMax { call.entries.removeFirst() }
    call.entries.append(
      LoggedCall.Entry(join: call.joins, queue: line.queue, position: position, joinedAt: line.at))
    call.note("joined", line.queue.rawValue, at: line.at, max: evidenceStepsMax)
  }

  private static func apply(_ line: QueueLogLine, to call: inout LoggedCall) {
    let limit = evidenceStepsMax
    let agent = line.agent
    let queue = line.queue.rawValue
    call.lastLineAt = max(call.lastLineAt, line.at)
    switch line.event {
    case .connected:
      call.note("connected", agent, at: line.at, max: limit)
      call.rang(agent)
      if let last = call.entries.indices.last {
        call.entries[last].leftAt = call.entries[last].leftAt ?? max(line.at, call.entries[last].joinedAt)
        call.entries[last].result = .answered
        call.entries[last].member = agent
      }
      call.talkingSince = line.at
      call.answeredBy = agent
      call.finalAt = nil
      call.hungUp = false
    case .completed(let talk, let byCaller):
      call.endTalk(talk, at: line.at)
      call.note(byCaller ? "hung_up" : "left", byCaller ? "" : queue, at: line.at, max: limit)
      call.finalAt = line.at
      call.hungUp = true
    case .transferred(let talk):
      call.endTalk(talk, at: line.at)
      call.handedOn = true
      call.note("transferred", at: line.at, max: limit)
      call.finalAt = line.at
    case .abandoned:
      let collision = !agent.isEmpty
      if collision { call.rang(agent) }
      call.note("abandoned", queue, at: line.at, max: limit)
      call.leave(.abandoned, collision ? .agentCollision : .callerHungUp, at: line.at)
      call.finalAt = line.at
      call.hungUp = true
    case .timedOut: leave(line, .timeout, "timed_out", &call)
    case .foundEmpty: leave(line, .queueEmpty, "queue_empty", &call)
    case .leftByKey: leave(line, .key, "key", &call)
    case .withdrawn: leave(line, .withdrawn, "withdrawn", &call)
    case .rangOut:
      call.rang(agent)
      call.note("rang_out", agent, at: line.at, max: limit)
    case .ringCanceled:
      call.rang(agent)
      call.note("rang", agent, at: line.at, max: limit)
    case .calledNumber(let number): call.did = number
    case .keyed(let word):
      guard word.kind == .request else { break }
      call.callbackRequested = true
      call.requestedNumber = word.fields["Number"]
    case .entered, .started, .other: break
    }
  }

  private static func leave(_ line: QueueLogLine, _ ending: Ending, _ word: String, _ call: inout LoggedCall)
  {
    call.note(word, line.queue.rawValue, at: line.at, max: evidenceStepsMax)
    call.leave(.otherUnanswered, ending, at: line.at)
    call.finalAt = line.at
  }

  // MARK: Ends

  /// QUEUESTART: nothing of the life before is left.
  private mutating func endLife(lastLineAt: Timestamp, at started: Timestamp) {
    for call in calls.values.sorted(by: { ($0.mark, $0.channel) < ($1.mark, $1.channel) }) {
      cutOff(call.channel, at: lastLineAt)
      if let last = call.entries.last, last.result == .abandoned, let left = last.leftAt,
        lastLineAt - left <= Self.lastGasp, started - left <= Self.restartWithin,
        let index = calls.index(forKey: call.channel)
      {
        calls.values[index].entries[call.entries.count - 1].ending = .pbx
      }
      settle(call.channel)
    }
  }

  /// The PBX died under a call that waits or talks, at about this moment.
  private mutating func cutOff(_ channel: ChannelID, at moment: Timestamp) {
    guard let index = calls.index(forKey: channel), calls.values[index].finalAt == nil else { return }
    let end = max(moment, calls.values[index].lastLineAt)
    calls.values[index].note("pbx_restarted", at: end, max: Self.evidenceStepsMax)
    calls.values[index].leave(.abandoned, .pbx, at: end)
    calls.values[index].endTalk(nil, at: end)
    calls.values[index].finalAt = end
  }

  private mutating func settleDue(at now: Timestamp) {
    while let due = quietLine.popDue(at: now) {
      if calls[due.channel]?.finalAt == due.finalAt { settle(due.channel) }
    }
    while let channel = staleLine.popDue(at: now) {
      guard let call = calls[channel] else { continue }
      if now - call.lastLineAt >= Self.staleAfter {
        settle(channel)
      } else {
        staleLine.append(channel, at: max(call.lastLineAt, clock) + Self.staleAfter)
      }
    }
  }

  private mutating func settle(_ channel: ChannelID) {
    guard let call = calls.removeValue(forKey: channel) else { return }
    results.append(.call(verdict(on: call)))
  }
}

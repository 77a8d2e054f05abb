import CallTracking

/// The limits of the running service that are counted when they are reached, each by the name that the code or the
/// configuration has for it. docs/metrics.md has the same list; a test compares.
enum NamedLimit: String, Sendable, CaseIterable {
  case requests = "http.requests_per_second"
  case body = "bodyBytesMax"
  case streamReaders = "streamReadersMax"
  case notices = "StreamFan.noticesMax"
  case news = "NewsHub.bufferedMax"
  case facts = "FactWriter.queuedMax"
  case spool = "Spool.bytesMax"
  case queries = "StoreSettings.waitersMax"
  case calls = "TrackerSettings.calls_max"
  case channels = "TrackerSettings.channels_max"
  case evidence = "TrackerSettings.evidence_steps_max"
  case legs = "TrackerSettings.legs_max"
  case rung = "TrackerSettings.rung_max"
  case members = "TrackerSettings.members_max"
  case questions = "SwitchboardMachine.questionsMax"
  case routed = "SwitchboardMachine.routedMax"
  case lastCustomers = "SwitchboardMachine.lastCustomersMax"
  case queueLogHeld = "QueueLogDesk.heldMax"
  case queueLogCalls = "QueueLogTracker.callsMax"
  case queueLogWords = "QueueLogDesk.wordsMax"
  case queueLogPinned = "QueueLogDesk.pinnedMax"
  case bearers = "BearerBook.tokensMax"

  /// That it was reached, for the log.
  var notice: String { "The limit \(rawValue) was reached: \(sentence)" }

  /// When it is reached, and what becomes of what lies beyond.
  var sentence: String {
    switch self {
    case .requests: "a token asked too often and was answered 429"
    case .body: "a body was too large and was answered 413"
    case .streamReaders: "all places at the stream were taken; one more reader was answered 503"
    case .notices: "a reader of the stream did not keep up; he lost the oldest notice and is told so"
    case .news: "the stream did not keep up with the news; the oldest is lost to all its readers"
    case .facts: "facts went to the spool because too many waited in memory"
    case .spool: "the spool was full; facts are lost, and the log says so"
    case .queries: "too many queries waited for a connection; one more was refused"
    case .calls: "more calls at once than are followed; one more is not"
    case .channels: "more channels at once than are followed; one more is not"
    case .evidence: "a call has more evidence than is kept"
    case .legs: "a call talked with more legs than are kept"
    case .rung: "more phones were rung for a call than are kept"
    case .members: "more queues and members than are followed; one more is not"
    case .questions: "too many callers waited for an answer to the dialplan; one more went on unasked"
    case .routed: "priorities that were given to callers are forgotten, all at once"
    case .lastCustomers: "who talked last with each agent is forgotten, all at once"
    case .queueLogHeld: "too many calls that AMI told of waited for queue_log; one more goes without it"
    case .queueLogCalls: "too many calls of queue_log waited for AMI; one more is passed over"
    case .queueLogWords: "too many words said by keys waited in queue_log for AMI; one more is passed over"
    case .queueLogPinned:
      "too many calls of queue_log were left to AMI and not in the books; the oldest is let go"
    case .bearers: "tokens that were checked are forgotten, all at once, and checked anew"
    }
  }
}

extension NamedLimit {
  /// The tracker's own, by its name in `TrackerSettings` or `CallTracker`.
  init(_ limit: Anomaly.Limit) {
    self =
      switch limit {
      case .calls: .calls
      case .channels: .channels
      case .evidenceSteps: .evidence
      case .legs: .legs
      case .rung: .rung
      case .members: .members
      }
  }
}

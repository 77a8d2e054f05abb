import CallTracking
import Telephony

/// Decides which calls of the channel event log go to the books: those that AMI did not see from their first to their
/// last moment.
///
/// Where there is a queue_log too, calls that met a queue are left to it. Pure: time comes in, findings go out.
/// `CELFollower` reads the file and carries the findings on.
struct CELDesk: Sendable {
  /// A call ended this long ago is in the books by now if AMI told of it.
  static let waitsFor: Duration = .seconds(5)
  /// Asterisk has written what happened, this long after it.
  static let writtenAfter: Duration = .milliseconds(1_200)
  /// A call whose end never came (Asterisk was killed) no longer holds the place in the log after this.
  static let openFor: Duration = .seconds(12 * 3_600)

  enum Event: Sendable {
    /// With their places in the log.
    case lines([CELLine], marks: [Int64])
    /// The log is read up to this moment.
    case atEnd
    case amiUp
    case amiDown
  }

  enum Action: Sendable, Equatable {
    case findings([CallRecord])
    case anomaly(String)
  }

  /// A call while the log tells of it: from its first channel's first line on.
  private struct Open {
    let mark: Int64
    let firstAt: Timestamp
    var lastAt: Timestamp
    var metQueue = false
    /// No channel of it is left.
    var isOver = false
  }

  private let hasQueueLog: Bool
  private var tracker: CallTracker
  private var translator = CELTranslator()
  private var coverage = AMICoverage()
  private var open: [LinkedID: Open] = [:]
  private var waiting: [(record: CallRecord, call: Open)] = []
  private var out: [Action] = []

  init(tracker settings: TrackerSettings, hasQueueLog: Bool) {
    tracker = CallTracker(settings: settings)
    self.hasQueueLog = hasQueueLog
  }

  mutating func handle(_ event: Event, at now: Timestamp) -> [Action] {
    switch event {
    case .lines(let lines, let marks): for (line, mark) in zip(lines, marks) { read(line, mark) }
    case .atEnd: reachedEnd(at: now)
    case .amiUp: coverage.up(at: now)
    case .amiDown: coverage.down(at: now)
    }
    defer { out = [] }
    return out
  }

  /// From which mark on the log must be read again after a restart; nil where all that was read is decided.
  var oldestMark: Int64? { (open.values.map(\.mark) + waiting.map(\.call.mark)).min() }

  private mutating func read(_ line: CELLine, _ mark: Int64) {
    // What was due before this line is decided before it.
    while let due = tracker.nextDeadline, due <= line.at { take(tracker.tick(at: due)) }
    let call = line.channel.linkedID
    if line.event == .channelStarted, line.channel.id.rawValue == call.rawValue, open[call] == nil {
      open[call] = Open(mark: mark, firstAt: line.at, lastAt: line.at)
    }
    open[call]?.lastAt = line.at
    if line.event == .applicationStarted, line.application == "Queue" { open[call]?.metQueue = true }
    if line.event == .callEnded { open[call]?.isOver = true }
    for event in translator.events(of: line) { take(tracker.handle(event, at: line.at)) }
  }

  private mutating func take(_ actions: [CallTracker.Action]) {
    for action in actions {
      switch action {
      case .fact(.callEnded(let record)):
        guard let call = open.removeValue(forKey: LinkedID(record.channel.rawValue)) else { continue }
        if call.metQueue && hasQueueLog || coverage.covers(from: call.firstAt, to: call.lastAt) { continue }
        var record = record
        record.evidence.append(EvidenceStep(at: record.endedAt, what: "cel"))
        waiting.append((record, call))
      case .fact(.callBegan), .fact(.queueEntered), .fact(.talkBegan), .fact(.callerLeft),
        .fact(.queueEntryEnded),
        .floorChanged:
        break
      case .anomaly(let anomaly): out.append(.anomaly("channel event log: \(anomaly)"))
      }
    }
  }

  private mutating func reachedEnd(at now: Timestamp) {
    take(tracker.tick(at: now - Self.writtenAfter))
    // Internal calls lead to no record; and nothing waits for ever.
    open = open.filter { _, call in
      now < (call.isOver ? call.lastAt + Self.waitsFor : call.firstAt + Self.openFor)
    }
    let ripe = waiting.filter { $0.record.endedAt + Self.waitsFor <= now }
    guard !ripe.isEmpty else { return }
    waiting.removeAll { $0.record.endedAt + Self.waitsFor <= now }
    out.append(.findings(ripe.map(\.record).sorted { $0.endedAt < $1.endedAt }))
  }
}

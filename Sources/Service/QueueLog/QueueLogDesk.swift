import CallTracking
import Telephony

/// Decides which calls of queue_log go to the books, and what becomes of calls whose end AMI did not see.
///
/// - A call that lies whole in a time in which AMI was up is AMI's: what the log says of it is dropped. It may
///   live on long after its last line, and its end be lost with a service that is killed: so the checkpoint stays
///   before it until the books have it (`pinned`).
/// - Every other call waits until AMI is up, for only its snapshot tells who is still on a line; and until the
///   log has been read up to that snapshot. Whoever is live in the snapshot is AMI's from then on. The others go
///   to the books as the log tells them.
/// - A call of which AMI only saw that it is gone (`unseen`) is held until the log has been read up to the
///   present, at most `heldFor`: the log's verdict is put into AMI's record; where the log does not know the
///   call, the record goes on as it is.
///
/// - What our dialplan wrote of keys that were pressed (`KeyedWord`) waits for AMI as calls do: its snapshot tells which
///   phone is an agent's. What AMI heard itself is its own; the rest goes on with the calls, in the order of time.
///
/// Pure: time comes in, findings go out. `QueueLogFollower` reads the file and carries the findings on.
struct QueueLogDesk: Sendable {
  /// A record that AMI could not end is held this long, at most.
  static let heldFor: Duration = .seconds(10)
  /// Records held at once; more go on as they are.
  static let heldMax = 10_000
  /// Calls left to AMI that the checkpoint waits for, at most; beyond it the oldest is waited for no more.
  static let pinnedMax = 10_000
  /// A call left to AMI is waited for this long after its last line, at most.
  static let pinnedFor = QueueLogTracker.staleAfter
  /// Names of members remembered, about.
  static let namesMax = 50_000
  /// Asterisk has written what happened, this long after it.
  static let writtenAfter: Duration = .milliseconds(1_200)
  /// Lines this close before a snapshot are no proof that the caller is not on a line: the snapshot takes its
  /// time, and the log's clock has whole seconds. After a hang-up less is enough.
  static let snapshotTakes: Duration = .seconds(5)
  static let wholeSecond: Duration = .seconds(1)
  /// Who was gone so shortly before the first snapshot that it proves nothing is decided by another, this long
  /// after AMI came up. Without it his call would wait until the log has been quiet about it for a minute.
  static let looksAgainAfter: Duration = .seconds(6)

  /// Words that wait for AMI, at most; what comes beyond it is not heard.
  static let wordsMax = 10_000

  enum Event: Sendable {
    /// With their places in the log.
    case lines([QueueLogLine], marks: [Int64])
    /// The log is read up to this moment.
    case atEnd
    /// Also when a snapshot is taken anew.
    case amiUp(PBXSnapshot)
    case amiDown
    /// Facts of AMI about calls whose end it did not see.
    case unseen([FactForBooks])
    /// The end of these channels' calls is in the books, or AMI does not follow them: an extension that calls a
    /// queue has no place there.
    case notAwaited(Set<ChannelID>)
    case tick
  }

  /// Facts for the books about one caller.
  struct Finding: Sendable, Equatable {
    let channel: ChannelID
    let facts: [FactForBooks]
    /// AMI told of the call too. Otherwise it may be in the books already, from an earlier life of the service.
    let fromAMI: Bool
    /// What was said by keys, which the books take once, whoever tells it.
    var isWord = false
  }

  enum Action: Sendable, Equatable {
    case findings([Finding])
    case anomaly(String)
    case limit(NamedLimit)
  }

  private struct Held {
    var fact: FactForBooks
    var until: Timestamp
  }

  private struct Word {
    var line: QueueLogLine
    var word: KeyedWord
    var mark: Int64
  }

  private let pbx: PBXName
  /// Reads the numbers of callers who wish something.
  var plan: any NumberPlan
  private var tracker: QueueLogTracker
  /// Not handed on yet, in the order of the log.
  private var words: [Word] = []
  /// As the last snapshot shows them.
  private var members: [QueueMember] = []
  private var coverage = AMICoverage()
  /// Channels that a snapshot showed since AMI is up: from then on they are AMI's.
  private var live: Set<ChannelID> = []
  /// When the last snapshot was taken.
  private var snapshotAt: Timestamp?
  /// Of members that have a name, by it.
  private var interfaces: [String: MemberInterface] = [:]
  /// A snapshot was taken or a record held at this moment, and the log has not been read so far.
  private var askedAt: Timestamp?
  /// Decided by the log's own clock, and not covered by AMI.
  private var waiting: [ChannelID: QueueLogCall] = [:]
  private var held: [Held] = []
  /// Left to AMI, and not known to be in the books: where they begin in the log.
  private var pinned: [ChannelID: (mark: Int64, lastLineAt: Timestamp)] = [:]
  /// What the log says of held calls.
  private var found: [ChannelID: QueueLogCall] = [:]
  private var out: [Action] = []

  init(pbx: PBXName, plan: any NumberPlan) {
    self.pbx = pbx
    self.plan = plan
    tracker = QueueLogTracker(pbx: pbx)
  }

  mutating func handle(_ event: Event, at now: Timestamp) -> [Action] {
    switch event {
    case .lines(let lines, let marks):
      for (line, mark) in zip(lines, marks) {
        if case .keyed(let word) = line.event { listen(Word(line: line, word: word, mark: mark)) }
        take(tracker.handle(line, mark: mark))
      }
    case .atEnd: reachedEnd(at: now)
    case .amiUp(let snapshot): comeUp(snapshot, at: now)
    case .amiDown: coverage.down(at: now)
    case .unseen(let facts): hold(facts, at: now)
    case .notAwaited(let channels): for channel in channels { pinned[channel] = nil }
    case .tick: unpinOld(at: now)
    }
    letGo(at: now)
    defer { out = [] }
    return out
  }

  /// Everything held goes on as it is: the service stops.
  mutating func flush() -> [Action] {
    let facts = held
    held = []
    guard !facts.isEmpty else { return [] }
    return [.findings(facts.map { Finding(channel: $0.fact.channel, facts: [$0.fact], fromAMI: true) })]
  }

  /// From which mark on the log must be read again after a restart.
  enum Checkpoint: Sendable, Equatable {
    /// Something read is not handed over yet: what was saved last stands.
    case asBefore
    case at(mark: Int64)
    /// All that was read is decided.
    case end
  }

  var checkpoint: Checkpoint {
    guard waiting.isEmpty, held.isEmpty else { return .asBefore }
    let marks = [tracker.oldestMark, pinned.values.lazy.map(\.mark).min(), words.lazy.map(\.mark).min()]
    let oldest = marks.compactMap { $0 }.min()
    return oldest.map { .at(mark: $0) } ?? .end
  }

  /// Calls left to AMI, by their callers' channels, of which it is to be found out whether their end is awaited:
  /// tell by `notAwaited`.
  var pinnedChannels: [ChannelID] { pinned.keys.sorted() }

  // MARK: AMI

  private mutating func comeUp(_ snapshot: PBXSnapshot, at now: Timestamp) {
    if coverage.upSince == nil { live = [] }
    coverage.up(at: now)
    live.formUnion(snapshot.channels.map(\.channel.id))
    members = snapshot.members
    snapshotAt = now
    askedAt = now
    var seen: [String: MemberInterface] = [:]
    var ambiguous: Set<String> = []
    for member in snapshot.members where member.name != member.interface.rawValue {
      if let other = seen.updateValue(member.interface, forKey: member.name), other != member.interface {
        ambiguous.insert(member.name)
      }
    }
    if interfaces.count > Self.namesMax { interfaces = [:] }
    // Who has left the queue since is still the one who talked.
    interfaces.merge(seen) { _, new in new }
    for name in ambiguous { interfaces[name] = nil }
  }

  private mutating func hold(_ facts: [FactForBooks], at now: Timestamp) {
    for fact in facts {
      if held.count < Self.heldMax {
        held.append(Held(fact: fact, until: now + Self.heldFor))
      } else {
        out.append(.findings([Finding(channel: fact.channel, facts: [fact], fromAMI: true)]))
        out.append(.limit(.queueLogHeld))
      }
    }
    askedAt = askedAt ?? now
  }

  // MARK: The log

  private mutating func take(_ results: [QueueLogResult]) {
    for result in results {
      switch result {
      case .anomaly(let anomaly): out.append(.anomaly("queue_log: \(anomaly)"))
      case .call(let call):
        if held.contains(where: { $0.fact.channel == call.channel }) {
          found[call.channel] = call
        } else if coverage.covers(from: call.firstLineAt, to: call.lastLineAt) {
          pin(call)
        } else {
          guard waiting.count < QueueLogTracker.callsMax else {
            out.append(.limit(.queueLogCalls))
            continue
          }
          waiting[call.channel] = call
        }
      }
    }
  }

  private mutating func reachedEnd(at now: Timestamp) {
    take(tracker.tick(at: now))
    guard coverage.upSince != nil, let snapshotAt else { return }
    if let askedAt {
      guard now >= askedAt + Self.writtenAfter else { return }
      self.askedAt = nil
      let heldChannels = Set(held.map(\.fact.channel))
      let live = live
      take(
        tracker.endCalls { call in
          if heldChannels.contains(call.channel) { return true }
          if live.contains(call.channel) { return false }
          let margin = call.hungUp ? Self.wholeSecond : Self.snapshotTakes
          return call.lastLineAt + margin <= snapshotAt
        })
      answerHeld()
    }
    release(at: now)
  }

  /// The log's calls and words that AMI does not know, in the order of their ends.
  private mutating func release(at now: Timestamp) {
    let said = takeWords(at: now)
    guard !waiting.isEmpty || !said.isEmpty else { return }
    for call in waiting.values where live.contains(call.channel) { pin(call) }
    let calls = waiting.values.filter { !live.contains($0.channel) }
      .sorted { ($0.lastLineAt, $0.firstLineAt, $0.channel) < ($1.lastLineAt, $1.firstLineAt, $1.channel) }
    waiting = [:]
    let told = calls.map { call in
      let call = call.showing(interfaces)
      let facts = call.entries.map(FactForBooks.queueEntry) + (call.record.map { [.call($0)] } ?? [])
      return (at: call.lastLineAt, finding: Finding(channel: call.channel, facts: facts, fromAMI: false))
    }
    // Of one second the word comes first: it was said before the call was over.
    let findings = (said + told).enumerated()
      .sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element.finding)
    if !findings.isEmpty { out.append(.findings(findings)) }
  }

  // MARK: What was said by keys

  private mutating func listen(_ word: Word) {
    guard words.count < Self.wordsMax else {
      out.append(.limit(.queueLogWords))
      return
    }
    words.append(word)
  }

  /// Those that AMI did not hear. Whether it did is certain only when a link that died would have been noticed.
  private mutating func takeWords(at now: Timestamp) -> [(at: Timestamp, finding: Finding)] {
    guard !words.isEmpty else { return [] }
    var said: [(at: Timestamp, finding: Finding)] = []
    var young: [Word] = []
    for word in words {
      let line = word.line
      if coverage.covers(from: line.at, to: line.at) {
        if now - line.at <= AMICoverage.blindness + Self.wholeSecond { young.append(word) }
        continue
      }
      guard let fact = FactForBooks(word.word, of: line, pbx: pbx, members: members, plan: plan) else {
        out.append(.anomaly("queue_log: \(word.word.kind.rawValue) from which nothing follows"))
        continue
      }
      said.append(
        (line.at, Finding(channel: line.callID, facts: [fact], fromAMI: true, isWord: true)))
    }
    words = young
    return said
  }

  // MARK: Calls left to AMI

  private mutating func pin(_ call: QueueLogCall) {
    pinned[call.channel] = (call.mark, call.lastLineAt)
    guard pinned.count > Self.pinnedMax, let oldest = pinned.min(by: { $0.value.mark < $1.value.mark }) else {
      return
    }
    pinned[oldest.key] = nil
    out.append(.limit(.queueLogPinned))
  }

  private mutating func unpinOld(at now: Timestamp) {
    let old = pinned.filter { now - $0.value.lastLineAt >= Self.pinnedFor }
    guard !old.isEmpty else { return }
    for channel in old.keys { pinned[channel] = nil }
    out.append(.anomaly("queue_log: AMI told the end of a call neither within \(Self.pinnedFor) nor since"))
  }

  // MARK: Held records

  private mutating func answerHeld() {
    guard !held.isEmpty else { return }
    var findings: [Finding] = []
    for item in held {
      let channel = item.fact.channel
      if let call = waiting.removeValue(forKey: channel) { found[channel] = call }
      let facts = found[channel].map { Self.merged(item.fact, with: $0.showing(interfaces)) } ?? [item.fact]
      findings.append(Finding(channel: channel, facts: facts, fromAMI: true))
    }
    held = []
    found = [:]
    out.append(.findings(findings))
  }

  private static func merged(_ fact: FactForBooks, with log: QueueLogCall) -> [FactForBooks] {
    switch fact {
    case .queueEntry(let entry):
      guard var told = log.entries.first(where: { $0.join == entry.join && $0.queue == entry.queue }) else {
        return [fact]
      }
      told.linkedID = entry.linkedID
      told.joinedAt = entry.joinedAt
      told.leftAt = max(told.leftAt, entry.joinedAt)
      told.position = entry.position
      return [.queueEntry(told)]
    case .answer, .ask, .wish: return [fact]
    case .call(let call):
      var facts: [FactForBooks] = []
      // Both have counted the same joins: those that AMI did not see are the log's to tell.
      if call.startedAt - wholeSecond <= log.firstLineAt {
        facts = log.entries.map { entry in
          var entry = entry
          entry.linkedID = call.linkedID
          return .queueEntry(entry)
        }
      }
      return facts + [.call(log.record.map { merged(call, with: $0) } ?? call)]
    }
  }

  /// The log's verdict in AMI's record.
  private static func merged(_ call: CallRecord, with log: CallRecord) -> CallRecord {
    var merged = call
    merged.endedAt = max(call.startedAt, log.endedAt)
    merged.rawNumber = call.rawNumber.isEmpty ? log.rawNumber : call.rawNumber
    merged.did = call.did.isEmpty ? log.did : call.did
    merged.queue = log.queue ?? call.queue
    merged.answered = log.answered
    merged.answeredBy = log.answeredBy
    merged.wait = log.wait
    merged.talk = log.talk
    merged.lostAt = log.lostAt
    // `pbx` is what the log says where it says nothing of an end.
    merged.ending = log.ending == .pbx ? call.ending : log.ending
    merged.membersRung += log.membersRung.filter { !call.membersRung.contains($0) }
    let told = log.evidence.filter { step in
      !call.evidence.contains { known in
        known.what == step.what && known.detail == step.detail && known.at >= step.at
          && known.at - step.at <= wholeSecond
      }
    }
    merged.evidence = (call.evidence + told).sorted { $0.at < $1.at }
    return merged
  }

  /// Whoever was held long enough goes on as he is.
  private mutating func letGo(at now: Timestamp) {
    let due = held.filter { $0.until <= now }
    guard !due.isEmpty else { return }
    held.removeAll { $0.until <= now }
    let findings = due.map { Finding(channel: $0.fact.channel, facts: [$0.fact], fromAMI: true) }
    out.append(.findings(findings))
  }
}

extension FactForBooks {
  /// Whom it is about: the caller's channel.
  var channel: ChannelID {
    switch self {
    case .call(let call): call.channel
    case .queueEntry(let entry): entry.channel
    case .answer(let answer): OurLeg(attempt: answer.attempt, party: .customer(line: 1)).channel
    case .ask(let ask): ChannelID(ask.call.rawValue)
    case .wish: ""
    }
  }
}

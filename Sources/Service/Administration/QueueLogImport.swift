import AsteriskLink
import CallPolicy
import CallTracking
import Store
public import Telephony

/// How far an import has come.
public struct ImportProgress: Sendable {
  /// Bytes of the file, as it lies there.
  public var bytes: Int
  /// 0 where the size of the file cannot be told.
  public var bytesTotal: Int
  public var lines: Int
  public var seconds: Double
}

/// What an import brought; `--json` prints it as it is.
public struct ImportSummary: Sendable, Encodable {
  public var lines = 0
  /// Calls that the log tells of, and those of them that talked to nobody.
  public var calls = 0
  public var answered = 0
  public var missed = 0
  /// Now in the books and not there before; 0 where the same log is read again.
  public var addedCalls = 0
  public var addedMissed = 0
  public var addedQueueEntries = 0
  /// Calls the log does not tell the end of: cut off by rotation, withdrawn, or still going on.
  public var withoutEnd = 0
  /// Ended within `recover_max_age`: those are the running service's, which calls back.
  public var tooRecent = 0
  /// Older than `retention.calls`: they would be deleted within the hour.
  public var tooOld = 0
  public var malformed = 0
  /// Numbers of the first malformed lines, from 1.
  public var malformedLines: [Int] = []
  public var seconds = 0.0

  public var linesPerSecond: Double { seconds > 0 ? Double(lines) / seconds : 0 }
}

extension Administration {
  /// Why imported missed calls have no job.
  public static let importReason = "imported from queue_log"

  /// Brings a queue_log (or `.gz` of one) into the books. Nobody is called back for what it tells. May be
  /// repeated, broken off and begun anew: what is there already stays as it is.
  ///
  /// - Parameters:
  ///   - pbx: whose log it is; may be left out where the configuration has one PBX.
  ///   - progress: told after each block of about a megabyte.
  public func importQueueLog(
    file path: String, pbx name: String?, now: Timestamp? = nil,
    progress: (ImportProgress) -> Void = { _ in }
  ) async throws(AdministrationError) -> ImportSummary {
    let pbx = try pbx(named: name, question: "Whose log is it? Say --pbx with one of")
    let clock = ContinuousClock()
    let begun = clock.now
    let file: QueueLogFile
    do throws(QueueLogFile.Failure) { file = try QueueLogFile(path: path) } catch {
      throw AdministrationError(message: error.description)
    }
    do { _ = try await store.migrate() } catch { throw AdministrationError(error) }
    var history = QueueLogHistory(pbx: pbx, settings: settings, now: now ?? Self.now)
    var counts = HistoryCounts()
    // One batch is on its way while the next is made.
    var underway: Task<Result<HistoryCounts, StoreError>, Never>?
    func land() async throws(AdministrationError) {
      guard let task = underway else { return }
      underway = nil
      do throws(StoreError) { counts += try await task.value.get() } catch {
        throw AdministrationError(error)
      }
    }
    func send() async throws(AdministrationError) {
      try await land()
      let batch = history.takeBatch()
      underway = Task.detached { [store] in
        do throws(StoreError) { return .success(try await store.bring(batch)) } catch {
          return .failure(error)
        }
      }
    }
    var more = true
    while more {
      do throws(QueueLogFile.Failure) {
        more = try file.readBlock { line in history.handle(line) }
      } catch {
        try await land()
        throw AdministrationError(message: error.description)
      }
      if history.batchIsFull { try await send() }
      progress(
        ImportProgress(
          bytes: file.position, bytesTotal: file.size, lines: file.lines,
          seconds: (clock.now - begun).inSeconds))
    }
    history.finish()
    try await send()
    try await land()
    var summary = history.summary
    summary.lines = file.lines
    summary.malformed = file.malformed
    summary.malformedLines = file.malformedLines
    summary.addedCalls = counts.calls
    summary.addedMissed = counts.missed
    summary.addedQueueEntries = counts.entries
    summary.seconds = (clock.now - begun).inSeconds
    return summary
  }
}

/// Folds lines into calls, judges and encodes them. A value; the clock comes from outside.
struct QueueLogHistory {
  /// Numbers remembered, at most: about 100 MB. libphonenumber takes 31 µs for one, and years of a log repeat
  /// theirs over and over.
  static let numbersMax = 1_000_000

  private(set) var summary = ImportSummary()
  private var tracker: QueueLogTracker
  private var batch = HistoryBatch()
  private var numbers: [String: CallerNumber] = [:]
  private let plan: PhoneNumberPlan
  private let campaigns: [CampaignPolicy]
  private let youngest: Timestamp
  private let oldest: Timestamp
  private let namedSince: Timestamp

  init(pbx: PBXName, settings: Settings, now: Timestamp) {
    tracker = QueueLogTracker(pbx: pbx)
    plan = settings.numberPlan
    campaigns = settings.policy.campaigns
    youngest = now - settings.policy.recoverMaxAge
    oldest = now - settings.retention.calls
    namedSince = now - settings.retention.numbersAfter
  }

  var batchIsFull: Bool { batch.isFull }

  mutating func takeBatch() -> HistoryBatch {
    defer { batch = HistoryBatch() }
    return batch
  }

  mutating func handle(_ line: QueueLogLine) {
    let results = tracker.handle(line)
    if !results.isEmpty { take(results) }
  }

  mutating func finish() {
    take(tracker.finish())
    summary.withoutEnd += tracker.openCalls
  }

  private mutating func take(_ results: [QueueLogResult]) {
    for result in results {
      switch result {
      case .call(let call): take(call)
      case .anomaly: summary.withoutEnd += 1
      }
    }
  }

  private mutating func take(_ logged: QueueLogCall) {
    let end = logged.record?.endedAt ?? logged.lastLineAt
    guard end <= youngest else {
      summary.tooRecent += 1
      return
    }
    guard end >= oldest else {
      summary.tooOld += 1
      return
    }
    for entry in logged.entries { batch.append(entry) }
    guard let call = logged.record else {
      summary.withoutEnd += 1
      return
    }
    summary.calls += 1
    if call.answered { summary.answered += 1 }
    if call.missed { summary.missed += 1 }
    let caller = end >= namedSince ? number(call.rawNumber) : .hidden
    batch.append(
      HistoricCall(call: call, caller: caller, short: isShort(call)), reason: Administration.importReason)
  }

  private mutating func number(_ raw: String) -> CallerNumber {
    if let known = numbers[raw] { return known }
    let read = plan.read(raw)
    if numbers.count >= Self.numbersMax { numbers.removeAll(keepingCapacity: true) }
    numbers[raw] = read
    return read
  }

  /// As the policy judges it: he himself hung up, before the `min_wait` of the campaign that takes such calls.
  private func isShort(_ call: CallRecord) -> Bool {
    guard call.missed, call.ending == .callerHungUp || call.ending == .agentCollision else { return false }
    let campaign = campaigns.first { $0.takes(queue: call.queue, lostAt: call.lostAt, requested: false) }
    return call.wait < (campaign?.minWait ?? PolicyDefaults.minWait)
  }
}

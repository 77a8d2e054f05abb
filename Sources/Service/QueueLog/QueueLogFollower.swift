import AsteriskLink
import CallPolicy
import CallTracking
import Logging
import Store
import Synchronization
import Telephony

/// Reads the queue_log of one PBX, file or table, as it is written and gives the books what AMI could not tell.
///
/// One input at a time, so that a checkpoint is never ahead of the facts before it. Where the books have no
/// checkpoint, lines older than `recover_max_age` are passed over.
actor QueueLogFollower {
  /// The log is looked at this often.
  static let pollEvery: Duration = .seconds(1)
  /// A checkpoint is saved this often, at most.
  static let saveEvery: Duration = .seconds(2)
  /// Reads (`QueueLogTail.stepBytes`, `QueueLogTableSource.rowsMax`) before other inputs have their turn.
  static let stepsMax = 16
  /// Calls handed over at once.
  static let batchMax = 500

  enum Input: Sendable {
    case poll
    case event(QueueLogDesk.Event, at: Timestamp)
  }

  private let pbx: PBXName
  private let store: Store
  private let facts: FactWriter
  private let world: World
  private let settings: SettingsInForce
  private let logger: Logger
  private let inputs: AsyncStream<Input>
  nonisolated private let submission: AsyncStream<Input>.Continuation
  /// A poll is in the stream.
  private let polling = Mutex(false)
  private var desk: QueueLogDesk
  private let source: any QueueLogSource
  private var opened = false
  /// Older lines are passed over.
  private var since = Timestamp(microseconds: .min)
  private var saved: QueueLogPlace?
  private var savedAt: ContinuousClock.Instant?
  private var told: Set<String> = []

  init(
    of pbx: PBXSettings, store: Store, facts: FactWriter, world: World, settings: SettingsInForce,
    logger: Logger
  ) {
    self.pbx = pbx.name
    self.store = store
    self.facts = facts
    self.world = world
    self.settings = settings
    var logger = logger
    logger[metadataKey: "pbx"] = "\(pbx.name)"
    self.logger = logger
    desk = QueueLogDesk(pbx: pbx.name, plan: settings.plan)
    source =
      if let table = pbx.queueLogTable {
        QueueLogTableSource(pbx: pbx.name, settings: table, store: store)
      } else {
        QueueLogFileSource(pbx: pbx.name, path: pbx.queueLog ?? "", store: store)
      }
    (inputs, submission) = AsyncStream.makeStream()
  }

  // MARK: What the switchboard tells

  nonisolated func amiUp(_ snapshot: PBXSnapshot, at moment: Timestamp) {
    submission.yield(.event(.amiUp(snapshot), at: moment))
  }

  nonisolated func amiDown(at moment: Timestamp) { submission.yield(.event(.amiDown, at: moment)) }

  /// Facts about calls whose end AMI did not see: they go to the books from here, with what the log knows.
  nonisolated func hold(_ facts: [FactForBooks], at moment: Timestamp) {
    submission.yield(.event(.unseen(facts), at: moment))
  }

  // MARK: Work

  /// Works until the task is cancelled.
  func run() async {
    await withTaskCancellationHandler {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await self.ring() }
        for await input in inputs {
          switch input {
          case .poll:
            polling.withLock { $0 = false }
            await poll()
          case .event(let event, let moment): await feed(event, at: moment)
          }
        }
        group.cancelAll()
      }
    } onCancel: {
      submission.finish()
    }
  }

  /// The service stops: what is held goes to the books as it is.
  func flush() async { await perform(desk.flush()) }

  private func ring() async {
    while !Task.isCancelled {
      askForPoll()
      try? await world.clock.sleep(for: Self.pollEvery)
    }
  }

  private func askForPoll() {
    let wanted = polling.withLock { waiting in
      defer { waiting = true }
      return !waiting
    }
    if wanted { submission.yield(.poll) }
  }

  private func poll() async {
    desk.plan = settings.plan
    await feed(.tick, at: world.now())
    guard await open() else { return }
    do throws(QueueLogTrouble) {
      for _ in 0..<Self.stepsMax {
        let now = world.now()
        let step = try await source.step(at: now)
        // The log is in order of time, but for clocks that were set: what is too old stands at its beginning.
        let old = step.lines.prefix { $0.at < since }.count
        if old < step.lines.count {
          since = Timestamp(microseconds: .min)
          let lines = Array(step.lines[old...])
          await feed(.lines(lines, marks: Array(step.marks[old...])), at: now)
        }
        if step.atEnd {
          await feed(.atEnd, at: now)
          await save()
          return
        }
      }
    } catch {
      if let sentence = error.sentence { tell(sentence) }
      return
    }
    // There is more: the others have their turn first.
    askForPoll()
  }

  /// False while the books cannot be asked for the checkpoint, or the source cannot be looked at.
  private func open() async -> Bool {
    if opened { return true }
    do throws(QueueLogTrouble) {
      let reach = world.now() - settings.policy.settings.recoverMaxAge
      switch try await source.open(reach: reach) {
      case .resumed:
        logger.info("queue_log is read on", metadata: ["from": "\(source.shown)"])
      case .anew(let detail):
        since = reach
        logger.info(
          "queue_log is read from recover_max_age ago",
          metadata: ["from": "\(source.shown)", "detail": "\(detail)"])
      }
      opened = true
      return true
    } catch {
      if let sentence = error.sentence { tell(sentence) }
      return false
    }
  }

  private func feed(_ event: QueueLogDesk.Event, at moment: Timestamp) async {
    await perform(desk.handle(event, at: moment))
  }

  private func perform(_ actions: [QueueLogDesk.Action]) async {
    for action in actions {
      switch action {
      case .anomaly(let text): tell(text)
      case .limit(let limit):
        world.meter.limit(limit)
        tell(limit.notice)
      case .findings(let findings):
        for start in stride(from: 0, to: findings.count, by: Self.batchMax) {
          await handOver(Array(findings[start..<min(start + Self.batchMax, findings.count)]))
        }
      }
    }
  }

  /// A call that is in the books already, under whatever linkedid, is not told again.
  private func handOver(_ findings: [QueueLogDesk.Finding]) async {
    let asked = findings.filter { !$0.fromAMI }.map(\.channel)
    // Without an answer all go: the books take each call once.
    let known = (try? await store.channelsInBooks(asked, of: pbx)) ?? []
    let fresh = findings.filter { $0.fromAMI || !known.contains($0.channel) }
    facts.submit(fresh.flatMap(\.facts))
    let calls = fresh.filter { !$0.fromAMI }.count
    if calls > 0 { logger.info("Calls found in queue_log", metadata: ["calls": "\(calls)"]) }
    let words = findings.count { $0.isWord }
    if words > 0 {
      logger.info("What was said by keys is found in queue_log", metadata: ["words": "\(words)"])
    }
  }

  /// Asks the books for calls that the checkpoint waits for. Their stays in queues are written as they leave
  /// them, long before the log is quiet about them.
  private func lookUpPinned() async {
    let asked = desk.pinnedChannels
    guard !asked.isEmpty, let awaited = try? await store.channelsWithoutEnd(asked, of: pbx) else { return }
    await feed(.notAwaited(Set(asked).subtracting(awaited)), at: world.now())
  }

  private func save() async {
    if let savedAt, world.clock.now - savedAt < Self.saveEvery { return }
    await lookUpPinned()
    let place: QueueLogPlace?
    switch desk.checkpoint {
    case .asBefore: return
    case .at(let mark): place = source.place(of: mark)
    case .end: place = source.place(of: nil)
    }
    savedAt = world.clock.now
    guard let place, place != saved else { return }
    saved = place
    facts.afterAll { [store, pbx, world] in
      // A checkpoint that cannot be saved is an older one: some lines are read again.
      switch place {
      case .file(let position): try? await store.save(position, in: .queueLog, of: pbx, now: world.now())
      case .table(let position): try? await store.save(position, of: pbx, now: world.now())
      }
    }
  }

  /// Once for each sentence.
  private func tell(_ sentence: String) {
    guard told.count < 100, told.insert(sentence).inserted else { return }
    logger.warning("\(sentence)")
  }
}

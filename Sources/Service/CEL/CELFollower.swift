import AsteriskLink
import CallPolicy
import CallTracking
import Logging
import Store
import Synchronization
import Telephony

/// Reads the channel event log of one PBX as it is written, and gives the books the calls AMI could not tell.
///
/// Where the books have no place in it, lines older than `recover_max_age` are passed over.
actor CELFollower {
  /// The log is looked at this often.
  static let pollEvery: Duration = .seconds(1)
  /// A place is saved this often, at most.
  static let saveEvery: Duration = .seconds(2)
  /// Calls handed over at once.
  static let batchMax = 500

  private let pbx: PBXName
  private let store: Store
  private let facts: FactWriter
  private let world: World
  private let settings: SettingsInForce
  private let logger: Logger
  private var desk: CELDesk
  private let tail: CELTail
  private let links = Mutex<[(up: Bool, at: Timestamp)]>([])
  private var opened = false
  /// Older lines are passed over.
  private var since = Timestamp(microseconds: .min)
  private var saved: LogPosition?
  private var savedAt: ContinuousClock.Instant?
  private var told: Set<String> = []

  init(
    of pbx: PBXSettings, path: String, store: Store, facts: FactWriter, world: World,
    settings: SettingsInForce,
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
    desk = CELDesk(tracker: TrackerSettings(pbx), hasQueueLog: pbx.hasQueueLog)
    tail = CELTail(path: path)
  }

  nonisolated func amiUp(at moment: Timestamp) { links.withLock { $0.append((true, moment)) } }
  nonisolated func amiDown(at moment: Timestamp) { links.withLock { $0.append((false, moment)) } }

  /// Works until the task is cancelled.
  func run() async {
    while !Task.isCancelled {
      await poll()
      guard (try? await world.clock.sleep(for: Self.pollEvery)) != nil else { return }
    }
  }

  private func poll() async {
    for link in links.withLock({ told in
      defer { told = [] }
      return told
    }) {
      await feed(link.up ? .amiUp : .amiDown, at: link.at)
    }
    guard await open() else { return }
    do throws(LogTailFailure) {
      while !Task.isCancelled {
        let step = try tail.step()
        let old = step.lines.prefix { $0.at < since }.count
        if old < step.lines.count {
          since = Timestamp(microseconds: .min)
          await feed(.lines(Array(step.lines[old...]), marks: Array(step.marks[old...])), at: world.now())
        }
        guard step.atEnd else { continue }
        await feed(.atEnd, at: world.now())
        return save()
      }
    } catch {
      tell(error.description)
    }
  }

  /// False while the books cannot be asked for the place.
  private func open() async -> Bool {
    if opened { return true }
    let position: LogPosition?
    do throws(StoreError) { position = try await store.position(in: .cel, of: pbx) } catch { return false }
    let reach = world.now() - settings.policy.settings.recoverMaxAge
    if case .anew = tail.open(at: position, since: reach) { since = reach }
    logger.info("The channel event log is read", metadata: ["file": "\(tail.path)"])
    opened = true
    return true
  }

  private func feed(_ event: CELDesk.Event, at moment: Timestamp) async {
    for action in desk.handle(event, at: moment) {
      switch action {
      case .anomaly(let text): tell(text)
      case .findings(let records):
        for start in stride(from: 0, to: records.count, by: Self.batchMax) {
          await handOver(Array(records[start..<min(start + Self.batchMax, records.count)]))
        }
      }
    }
  }

  private func handOver(_ records: [CallRecord]) async {
    // Without an answer all go: the books take each call once.
    let known = (try? await store.channelsInBooks(records.map(\.channel), of: pbx)) ?? []
    let fresh = records.filter { !known.contains($0.channel) }
    facts.submit(fresh.map { .call($0) })
    if !fresh.isEmpty {
      logger.info("Calls found in the channel event log", metadata: ["calls": "\(fresh.count)"])
    }
  }

  private func save() {
    if let savedAt, world.clock.now - savedAt < Self.saveEvery { return }
    savedAt = world.clock.now
    guard let position = tail.position(of: desk.oldestMark), position != saved else { return }
    saved = position
    facts.afterAll { [store, pbx, world] in
      // A place that cannot be saved is an older one: some lines are read again.
      try? await store.save(position, in: .cel, of: pbx, now: world.now())
    }
  }

  /// Once for each sentence.
  private func tell(_ sentence: String) {
    guard told.count < 100, told.insert(sentence).inserted else { return }
    logger.warning("\(sentence)")
  }
}

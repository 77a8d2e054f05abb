import AsteriskLink
import CallPolicy
import Dialer
import Logging
import Store
import Synchronization
import Telephony

/// Performs the steps of one attempt, strictly in order, and reports what came of them.
actor AttemptRunner {
  /// A write or an end that PostgreSQL did not take is tried again after this.
  static let retryAfter = Duration.seconds(1)

  struct Surroundings: Sendable {
    let link: any PBXConnection
    let store: any Books
    let lease: LeaseTrust
    let instance: InstanceName
    let world: World
    let logger: Logger
    /// Takes what a runner reports, and which one it is: only the one that carries the attempt now is believed.
    let post: @Sendable (SwitchboardEvent, AttemptRunner) async -> Void
  }

  private let id: AttemptID
  private let around: Surroundings
  private let lists: AsyncStream<[AttemptStep]>
  nonisolated private let submission: AsyncStream<[AttemptStep]>.Continuation
  /// Legs whose end was asked for: what waits to be dialled in front of it is not dialled any more.
  nonisolated private let calledOff = Mutex<Set<ChannelID>>([])
  nonisolated private let dropped = Mutex(false)
  nonisolated private let work = Mutex<Task<Void, Never>?>(nil)
  private var timers: [AttemptTimer: Task<Void, Never>] = [:]

  init(id: AttemptID, around: Surroundings) {
    self.id = id
    self.around = around
    (lists, submission) = AsyncStream.makeStream()
  }

  /// Hands over a list of steps; returns at once.
  nonisolated func perform(_ steps: [AttemptStep]) {
    for case .act(.command(_, .hangUp(let channel, _))) in steps {
      calledOff.withLock { _ = $0.insert(channel) }
    }
    submission.yield(steps)
  }

  /// No more steps: the attempt has ended, or the service stops. Timers are dropped.
  nonisolated func close() { submission.finish() }

  /// The attempt is another's. What it was handed over with is still done, but only until this instance has the
  /// PBX again: from then on its next runner does what is to be done, and what still waits here behind a slow
  /// command would hang up in the talk that one has brought about.
  nonisolated func drop() {
    dropped.withLock { $0 = true }
    submission.finish()
  }

  private var isReplaced: Bool { dropped.withLock { $0 } && around.lease.lease != nil }

  /// Begins to take steps.
  nonisolated func start() { work.withLock { $0 = Task { await self.run() } } }

  /// Waits until it takes no more: after `close` or `drop`.
  nonisolated func hasLeft() async { await work.withLock { $0 }?.value }

  private func run() async {
    for await list in lists { await perform(list: list) }
    for timer in timers.values { timer.cancel() }
  }

  private func perform(list: [AttemptStep]) async {
    for step in list {
      guard !isReplaced else { return }
      around.logger.trace("step", metadata: ["attempt": "\(id)", "step": "\(step.logged)"])
      switch step {
      case .act(.command(let tag, let command)):
        let outcome = await send(command)
        if outcome != .done {
          around.logger.debug(
            "command", metadata: ["attempt": "\(id)", "tag": "\(tag.rawValue)", "outcome": "\(outcome)"])
        }
        await report(.commandAnswered(tag, outcome))
      case .act(.ask(let party, let channel)):
        await report(.channelIs(party, await presence(of: channel, party)))
      case .act(.askMedia(let agent, let customer)):
        async let fromAgent = around.link.packetsReceived(from: agent)
        async let fromCustomer = around.link.packetsReceived(from: customer)
        await report(.media(MediaReading(agent: await fromAgent, customer: await fromCustomer)))
      case .act(.write(let record, let sentence)):
        guard await write(record, sentence) else { return }
      case .act(.startTimer(let timer, let after)): start(timer, after)
      case .act(.cancelTimer(let timer)): timers.removeValue(forKey: timer)?.cancel()
      case .note(let decision): try? await around.store.record([decision])
      // The switchboard's machine has turned these into other steps.
      case .act(.say), .act(.ended), .act(.anomaly), .act(.openLines), .act(.passOn): break
      case .finish(let record, let change, let decisions, let disowned):
        await finish(record, change, decisions, disowned: disowned)
        return
      }
    }
  }

  private func report(_ event: AttemptEvent) async { await around.post(.attempt(id, event), self) }

  /// A leg is only dialled while the lease has time left, and nothing is touched once another instance can have
  /// it: a frozen instance that wakes up stops here. And a leg is dialled, and handed over, only while nobody wants
  /// it gone: a slow write or command in front leaves time for the customer to call in, or for the attempt to be
  /// given up.
  private func send(_ command: PBXCommand) async -> CommandOutcome {
    if let leg = command.begins, calledOff.withLock({ $0.contains(leg) }) {
      return .notSent("it was called off before")
    }
    if case .originate = command {
      guard let lease = around.lease.lease, around.lease.holds(fence: lease.fence) else {
        return .notSent("the lease on this PBX has run out")
      }
    }
    guard around.lease.isOursToClear else { return .notSent("another instance may drive this PBX now") }
    if case .originate(let leg) = command {
      around.world.meter.count(.originates, leg.channel.rawValue.hasSuffix("-a") ? "agent" : "customer")
    }
    let outcome = await around.link.perform(command)
    if outcome != .done { around.world.meter.count(.commands, outcome.word) }
    return outcome
  }

  private func presence(of channel: ChannelID, _ party: OurLeg.Party) async -> Dialer.ChannelPresence {
    switch await around.link.channel(channel) {
    // Contexts of ours begin so; an agent's leg has the one of his endpoint.
    case .live(let snapshot):
      party == .agent || snapshot.context.isEmpty || snapshot.context.hasPrefix("perezvon")
        ? .live : .elsewhere
    case .gone: .gone
    case .unknown: .unknown
    }
  }

  // MARK: The books

  private func lease(fence: Int64) -> Lease? {
    guard var lease = around.lease.lease else { return nil }
    lease.fence = fence
    return lease
  }

  /// True where the record is committed.
  private func write(_ record: AttemptRecord, _ sentence: String?) async -> Bool {
    guard let lease = lease(fence: record.fence) else {
      await report(.writeFailed(record.phase, .staleFence))
      return false
    }
    let decisions = sentence.map { [decision(record, word: record.phase.rawValue, $0)] } ?? []
    do throws(StoreError) {
      try await around.store.write(record, lease: lease, decisions: decisions)
      return true
    } catch {
      if error.commitUnknown, let stored = try? await around.store.attempt(record.id),
        stored.phase == record.phase
      {
        return true
      }
      around.logger.warning(
        "An attempt could not be written", metadata: ["attempt": "\(id)", "reason": "\(error)"])
      await report(.writeFailed(record.phase, error.asWriteFailure))
      return false
    }
  }

  private func decision(_ record: AttemptRecord, word: String, _ sentence: String) -> Decision {
    Decision(
      at: around.world.now(), number: record.number.e164, job: record.job, decision: word, reason: sentence)
  }

  /// Writes the end, again and again while PostgreSQL is away: nothing of the attempt may stay open.
  private func finish(_ record: AttemptRecord, _ change: JobChange?, _ decisions: [Decision], disowned: Bool)
    async
  {
    while true {
      guard let lease = lease(fence: record.fence) else { break }
      do throws(StoreError) {
        try await around.store.finish(record, lease: lease, change: change, decisions: decisions)
        around.world.meter.count(
          .attempts, record.pbx.rawValue, record.campaign.rawValue, record.outcome?.rawValue ?? "unknown")
        break
      } catch {
        switch error.code {
        case .staleFence, .notLive:
          if !disowned {
            around.logger.notice("An attempt was ended by another instance", metadata: ["attempt": "\(id)"])
          }
          guard await closeWithoutAttempt(record, change, decisions) else { return }
          await done()
          return
        case .unavailable, .serialization, .deadlock, .readOnly, .diskFull, .schema, .uniqueViolation, .other:
          around.logger.warning(
            "The end of an attempt waits for PostgreSQL",
            metadata: ["attempt": "\(id)", "reason": "\(error)"])
        }
      }
      guard (try? await around.world.clock.sleep(for: Self.retryAfter)) != nil else { return }
    }
    await done()
  }

  /// Where a fail-over has lost the attempt's row, nobody else ended it: a job that is done is closed all the same,
  /// or he who has just talked would be called again. False where the task was cancelled.
  private func closeWithoutAttempt(
    _ record: AttemptRecord, _ change: JobChange?, _ decisions: [Decision]
  ) async -> Bool {
    guard let change, case .close = change else { return true }
    while true {
      do throws(StoreError) {
        if try await around.store.attempt(record.id) != nil { return true }
        try await around.store.apply(
          [change], decisions: decisions, number: record.number, now: around.world.now())
        return true
      } catch {
        around.logger.warning(
          "The end of a job waits for PostgreSQL", metadata: ["attempt": "\(id)", "reason": "\(error)"])
      }
      guard (try? await around.world.clock.sleep(for: Self.retryAfter)) != nil else { return false }
    }
  }

  private func done() async {
    close()
    await around.post(.attemptFinished(id), self)
  }

  private func start(_ timer: AttemptTimer, _ after: Duration) {
    timers[timer]?.cancel()
    let clock = around.world.clock
    timers[timer] = Task {
      guard (try? await clock.sleep(for: after)) != nil else { return }
      await report(.timer(timer))
    }
  }
}

extension PBXCommand {
  /// The leg whose ringing or whose talk begins with this command.
  fileprivate var begins: ChannelID? {
    switch self {
    case .originate(let leg): leg.channel
    case .continueInDialplan(let leg, _, _, _): leg
    case .hangUp, .answer, .indicateRinging, .stopRinging, .play, .stopPlayback, .setVariable,
      .resumeDialplan, .pauseMember, .changeCallerPriority, .limitLife, .wake:
      nil
    }
  }
}

extension StoreError {
  var asWriteFailure: WriteFailure {
    switch code {
    case .staleFence: .staleFence
    case .unavailable, .serialization, .deadlock, .readOnly, .diskFull, .schema: .storeDown
    case .uniqueViolation, .notLive, .other: .refused(message)
    }
  }
}

extension AttemptStep {
  /// For the log: what is done, without numbers.
  var logged: String {
    switch self {
    case .act(.command(let tag, _)): "command \(tag.rawValue)"
    case .act(.ask): "ask"
    case .act(.askMedia): "ask media"
    case .act(.write(let record, _)): "write \(record.phase.rawValue)"
    case .act(.startTimer(let timer, let after)): "start \(timer.rawValue) \(after)"
    case .act(.cancelTimer(let timer)): "cancel \(timer.rawValue)"
    case .act(.say): "say"
    case .act(.ended): "ended"
    case .act(.anomaly): "anomaly"
    case .act(.openLines): "open lines"
    case .act(.passOn): "pass on"
    case .note: "note"
    case .finish: "finish"
    }
  }
}

import AsteriskLink
import CallPolicy
import Dialer
import Logging
import Store
import Telephony
import WebAPI

/// One PBX: orders what happens there and performs what follows. The only place where the machine of this PBX
/// is touched, and the only one that performs its effects.
actor Switchboard {
  /// How long a stopping service waits for phones that are still ringing.
  static let drainMax = Duration.seconds(30)
  /// Jobs past their expiry are closed this often.
  static let expireEvery = Duration.seconds(15)

  nonisolated let name: PBXName
  nonisolated let link: any PBXConnection
  private var machine: SwitchboardMachine
  private let store: any Books
  private let world: World
  private let lease: LeaseTrust
  private let hub: NewsHub
  private let exchange: Exchange
  private let instance: InstanceName
  private let logger: Logger
  private let hooks: HookDesk
  private var facts: FactWriter?
  /// Nil where no queue_log is configured.
  private var queueLog: QueueLogFollower?
  /// Nil where no channel event log is configured.
  private var cel: CELFollower?
  /// Another snapshot is or was taken since AMI came up, for `queueLog`.
  private var looksAgain = false
  private var runners: [AttemptID: AttemptRunner] = [:]
  /// Runners that were dropped and may still wait for the answer to a command.
  private var leaving: [AttemptRunner] = []
  private var alarm: Task<Void, Never>?
  private var alarmAt: Timestamp?
  private var told: Set<String> = []

  init(
    settings: SwitchboardSettings, link: any PBXConnection, store: any Books, world: World, hub: NewsHub,
    exchange: Exchange,
    logger: Logger
  ) {
    name = settings.pbx.name
    self.link = link
    self.store = store
    self.world = world
    self.hub = hub
    self.exchange = exchange
    instance = settings.instance
    lease = LeaseTrust(clock: world.clock)
    var logger = logger
    logger[metadataKey: "pbx"] = "\(settings.pbx.name)"
    self.logger = logger
    hooks = HookDesk(link: link, store: store, world: world, logger: logger)
    machine = SwitchboardMachine(settings: settings, random: world.generator())
  }

  /// Facts go here, and what AMI did not see of them is asked there. Set once before `run`.
  func connect(to facts: FactWriter, queueLog: QueueLogFollower?, cel: CELFollower?) {
    self.facts = facts
    self.queueLog = queueLog
    self.cel = cel
  }

  /// Lets go of what `connect` gave, which knows this board in turn.
  func disconnect() {
    facts = nil
    queueLog = nil
    cel = nil
  }

  /// Works until the task is cancelled.
  func run() async {
    // Only the instance that dials may hold the Stasis application: see `keepLease`.
    link.setARIWanted(false)
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.link.run() }
      group.addTask { await self.consume() }
      group.addTask { await self.keepLease() }
      group.addTask { await self.watchLease() }
      group.addTask { await self.expire() }
    }
    alarm?.cancel()
    for runner in runners.values { runner.close() }
  }

  private func consume() async {
    for await input in link.inputs { take(input) }
  }

  private func take(_ input: LinkInput) {
    switch input {
    case .amiUp(let snapshot, let askedAt):
      logger.info(
        "AMI is up", metadata: ["version": "\(snapshot.version)", "channels": "\(snapshot.channels.count)"])
      queueLog?.amiUp(snapshot, at: world.now())
      cel?.amiUp(at: world.now())
      lookAgain()
      post(.amiUp(snapshot, askedAt: askedAt))
    case .amiDown(let reason, _):
      logger.warning("AMI is down", metadata: ["reason": "\(reason)"])
      queueLog?.amiDown(at: world.now())
      cel?.amiDown(at: world.now())
      looksAgain = false
      post(.amiDown(reason: reason))
    case .ariUp(let channels, let askedAt):
      logger.info("ARI is up")
      post(.ariUp(channels: channels, askedAt: askedAt))
    case .ariDown(let reason, _):
      logger.warning("ARI is down", metadata: ["reason": "\(reason)"])
      post(.ariDown(reason: reason))
    case .events(let received, _, _):
      world.meter.count(.events, name.rawValue, by: Double(received.count))
      post(.pbx(received.map { StampedEvent(event: $0.event, at: $0.at) }))
    case .overflow(let dropped):
      queueLog?.amiDown(at: world.now())
      cel?.amiDown(at: world.now())
      logger.error("Events were dropped: the service does not keep up", metadata: ["events": "\(dropped)"])
    }
  }

  private func lookAgain() {
    guard queueLog != nil, !looksAgain else { return }
    looksAgain = true
    Task { [link, world] in
      try? await world.clock.sleep(for: QueueLogDesk.looksAgainAfter)
      await link.resynchronize()
    }
  }

  /// Something happened: the machine decides, its effects are performed in order.
  func post(_ event: SwitchboardEvent) {
    for effect in machine.handle(event, at: world.now()) { perform(effect) }
    hub.touch()
  }

  // MARK: Effects

  private func perform(_ effect: SwitchboardEffect) {
    switch effect {
    case .books(let facts): self.facts?.submit(facts)
    case .askLog(let facts):
      if let queueLog { queueLog.hold(facts, at: world.now()) } else { self.facts?.submit(facts) }
    case .loadJobs: loadJobs()
    case .loadLiveAttempts: loadLiveAttempts()
    case .askTalks(let found): askTalks(found)
    case .claim(let record, let decision, let limits): claim(record, decision, limits)
    case .lookUpOwed(let entry): lookUpOwed(entry)
    case .lookUpCaller(let question): hooks.lookUp(question) { [weak self] in await self?.post($0) }
    case .answerHook(let question, let variables): hooks.answer(question, variables)
    case .remember(let decision): Task { [store] in try? await store.record([decision]) }
    case .apply(let changes, let decisions, let number): apply(changes, decisions, number)
    case .steps(let id, let steps): runner(of: id).perform(steps)
    case .dropRunner(let id):
      guard let runner = runners.removeValue(forKey: id) else { return }
      runner.drop()
      leaving.append(runner)
    case .numberArrived(let number, let key): exchange.tell(.numberArrived(number, key), except: name)
    case .numberLeft(let number, let key): exchange.tell(.numberLeft(number, key), except: name)
    case .wake(let at): setAlarm(at)
    case .command(let command):
      // A caller in our application goes on whoever has the lease.
      if case .resumeDialplan = command {} else if !lease.isOursToClear { return }
      Task { [link, logger, world] in
        let outcome = await link.perform(command)
        if outcome != .done {
          world.meter.count(.commands, outcome.word)
          logger.notice("A command was not carried out", metadata: ["outcome": "\(outcome)"])
        }
      }
    case .giveUpLease:
      lease.yield()
      link.setARIWanted(false)
    case .resynchronize: Task { [link] in await link.resynchronize() }
    case .notice(let kind, let sentence):
      logger.info("\(sentence)", metadata: ["kind": "\(kind)"])
      hub.publish(Notice(at: world.now(), pbx: name.rawValue, kind: kind, sentence: sentence))
    case .card(let news): hub.publish(.card(news))
    case .anomaly(let text):
      world.meter.count(.anomalies, name.rawValue)
      tellOnce("Anomaly: \(text)")
    case .limit(let limit):
      world.meter.limit(limit)
      tellOnce(limit.notice)
    }
  }

  private func runner(of id: AttemptID) -> AttemptRunner {
    if let runner = runners[id] { return runner }
    let around = AttemptRunner.Surroundings(
      link: link, store: store, lease: lease, instance: instance, world: world, logger: logger,
      post: { [weak self] event, runner in await self?.report(event, of: id, from: runner) })
    let runner = AttemptRunner(id: id, around: around)
    runners[id] = runner
    runner.start()
    return runner
  }

  /// Timers and answers of a runner that was dropped are not for the machine that came after.
  private func report(_ event: SwitchboardEvent, of id: AttemptID, from runner: AttemptRunner) {
    guard runners[id] === runner else { return }
    if case .attemptFinished = event { runners[id] = nil }
    post(event)
  }

  private func setAlarm(_ at: Timestamp) {
    // An alarm that rings too early only looks at the clock again; making a new one at every event costs more.
    if let alarmAt, alarmAt <= at { return }
    alarm?.cancel()
    alarmAt = at
    let wait = at - world.now()
    alarm = Task { [weak self, clock = world.clock] in
      guard (try? await clock.sleep(for: max(wait, .zero))) != nil else { return }
      await self?.alarmRang()
    }
  }

  private func alarmRang() {
    alarmAt = nil
    post(.wake)
  }

  private func loadJobs() {
    Task { [store, world, name, policy = machine.settings.policy] in
      do throws(StoreError) {
        let found = try await DialableJobs.read(from: store, policy: policy, pbx: name, now: world.now())
        post(.campaignsLoaded(found.runs))
        post(.jobsLoaded(found.jobs))
      } catch {
        post(.jobsNotLoaded)
      }
    }
  }

  /// A dropped runner's last command may still be on its way: a hang-up that comes late would hit the talk which its
  /// successor has brought about. So nothing is taken over before its answer.
  private func loadLiveAttempts() {
    let before = leaving
    leaving = []
    let paced = machine.answersRestored ? [] : machine.settings.pacing.keys.sorted()
    Task { [store, name, clock = world.clock, since = world.now() - DropBudget.month] in
      for runner in before { await runner.hasLeft() }
      while !Task.isCancelled {
        do throws(StoreError) {
          var found: [AdoptableAttempt] = []
          for record in try await store.liveAttempts(pbx: name) {
            found.append(AdoptableAttempt(record: record, job: try await store.job(record.job)))
          }
          // Before anything is dialled: the cap on drops goes on where it was.
          if !paced.isEmpty { post(.answersCounted(try await store.answerCounts(of: paced, since: since))) }
          post(.liveAttempts(found))
          return
        } catch {
          guard (try? await clock.sleep(for: AttemptRunner.retryAfter)) != nil else { return }
        }
      }
    }
  }

  private func askTalks(_ found: [AdoptableAttempt]) {
    Task { [link] in
      var talks: [AttemptID: TalkRecord] = [:]
      for attempt in found {
        guard let agent = attempt.record.agent else { continue }
        talks[attempt.record.id] = await link.talk(of: attempt.record.id, with: agent)
      }
      post(.talksTold(found, talks))
    }
  }

  private func claim(_ record: AttemptRecord, _ decision: Decision, _ limits: DialLimits) {
    guard let held = lease.lease, lease.holds(fence: record.fence) else {
      Task { post(.claimAnswered(record.id, .result(.staleFence))) }
      return
    }
    Task { [store, world, name] in
      do throws(StoreError) {
        let result = try await store.claim(record, lease: held, decision: decision, limits: limits)
        world.meter.count(result, of: name)
        post(.claimAnswered(record.id, .result(result)))
      } catch {
        logger.warning("A claim failed", metadata: ["reason": "\(error)"])
        post(.claimAnswered(record.id, .failed(error.message)))
      }
    }
  }

  private func lookUpOwed(_ entry: ReturningEntry) {
    Task { [store, world] in
      guard let history = try? await store.history(of: entry.number, now: world.now()),
        !history.openJobs.isEmpty
      else { return }
      post(.owed(history.openJobs, entry))
    }
  }

  private func apply(_ changes: [JobChange], _ decisions: [Decision], _ number: PhoneNumber) {
    Task { [store, world] in
      do throws(StoreError) {
        try await store.apply(changes, decisions: decisions, number: number, now: world.now())
      } catch {
        // The jobs are read again: what could not be written is decided anew then, not in the same moment.
        logger.warning("A decision could not be written", metadata: ["reason": "\(error)"])
        try? await world.clock.sleep(for: AttemptRunner.retryAfter)
      }
      post(.jobsChanged)
    }
  }

  /// What may come in thousands is counted each time; the first of a kind is logged.
  private func tellOnce(_ text: String) {
    guard told.count < 1_000, told.insert(text).inserted else { return }
    logger.notice("\(text)")
  }

  // MARK: The lease

  private func keepLease() async {
    while !Task.isCancelled, !machine.stopping {
      let sent = world.clock.now
      var pause = LeaseTrust.renewEvery
      do throws(StoreError) {
        if let held = lease.lease {
          guard let renewed = try await store.renew(held) else {
            lease.yield()
            giveUpLease()
            continue
          }
          // It may have run out, and been given up, while the answer was on its way: then it is won anew.
          guard lease.lease?.fence == held.fence else { continue }
          lease.trust(renewed, renewalSentAt: sent)
        } else if let won = try await store.acquireLease(
          pbx: name, holder: instance, ttl: LeaseTrust.timeToLive)
        {
          lease.trust(won, renewalSentAt: sent)
          link.setARIWanted(true)
          post(.leaseWon(fence: won.fence))
        }
      } catch {
        logger.debug("The lease was not renewed", metadata: ["reason": "\(error)"])
        pause = LeaseTrust.retryEvery
      }
      guard (try? await world.clock.sleep(for: pause)) != nil else { break }
    }
  }

  /// Gives the lease up when it has run out, also while the answer to a renewal does not come: what it leaves to
  /// clear away has to be done before another instance can have it.
  private func watchLease() async {
    while (try? await world.clock.sleep(for: LeaseTrust.watchEvery)) != nil {
      if lease.hasRunOut { giveUpLease() }
    }
  }

  private func giveUpLease() {
    logger.warning("The lease was given up")
    lease.distrust()
    post(.leaseLost)
    link.setARIWanted(false)
  }

  private func expire() async {
    let promises = PromiseWatch(store: store, world: world)
    while (try? await world.clock.sleep(for: Self.expireEvery)) != nil {
      for notice in await promises.look(machine.settings.policy) { hub.publish(notice) }
      guard let expired = try? await store.expireJobs(now: world.now()), !expired.isEmpty else { continue }
      for job in expired {
        hub.publish(
          Notice(at: world.now(), pbx: name.rawValue, kind: "job", sentence: "\(job.number): job expired"))
      }
      post(.jobsChanged)
    }
  }

  // MARK: Stopping and showing

  /// Nothing new is begun; waits for phones that ring, then gives the lease back. Talks are left alone.
  func drain() async {
    post(.stopping)
    let end = world.clock.now + Self.drainMax
    while machine.hasPhonesToWaitFor, world.clock.now < end {
      guard (try? await world.clock.sleep(for: .milliseconds(100))) != nil else { break }
    }
    guard let held = lease.lease else { return }
    lease.yield()
    try? await store.release(held)
  }

  /// Ways to the network whose state is known.
  func trunks() -> [TrunkState] { machine.trunks.trunks(dial: machine.settings.pbx.dial.template) }

  func status() -> StatusDocument.PBX { machine.status(at: world.now()) }

  /// What an agent says of the card of an attempt. How it stood before; nil where no such attempt lives here. Nothing
  /// is done where the card was not on offer.
  func say(_ event: AttemptEvent, of id: AttemptID) -> CardSight? {
    let before = machine.attempts[id].flatMap { CardSight($0) }
    if before?.isOffered == true { post(.attempt(id, event)) }
    return before
  }

  /// One look at the machine: nothing is changed.
  func look<Seen: Sendable>(_ at: (SwitchboardMachine, Timestamp) -> Seen) -> Seen {
    at(machine, world.now())
  }
}

import AsteriskLink
import Telephony

@testable import Service

/// The way of one instance to the simulated exchange, in the place of `PBXLink`: two AMI sessions, the ARI
/// websocket, ARI requests, with all that can befall them.
final class SimulatedLink: PBXConnection, @unchecked Sendable {
  /// What may befall a command or an event, in thousandths.
  struct Weather {
    /// Never arrives; the sender learns nothing.
    var commandLost = 0
    /// Is carried out; the sender learns nothing.
    var answerLost = 0
    /// Takes up to four seconds.
    var commandSlow = 0
    /// An event takes up to a second and a half, and all behind it.
    var eventSlow = 0
  }

  let inputs: AsyncStream<LinkInput>
  let who: String
  let instance: SimulatedInstance
  let exchange: SimulatedExchange
  let judge: Judge
  var weather = Weather()
  private let continuation: AsyncStream<LinkInput>.Continuation
  private var time: VirtualTime { exchange.time }
  private var isRunning = false

  // AMI.
  private var amiSession = 0
  private var amiIsOpen = false
  /// The session answers commands.
  private var amiCommands = false
  private(set) var amiIsUp = false
  /// Events that wait for the snapshot.
  private var amiHeld: [LinkInput]?
  private var amiFrontier: Int64 = 0
  private var amiRetry = 200
  private var resyncWaiters: [() -> Void] = []
  private var inFlight: [Int: () -> Void] = [:]
  private var serial = 0

  // ARI.
  private var ariWanted = true
  private var ariSession = 0
  private var ariConnecting = false
  private(set) var ariIsUp = false
  private var ariHeld: [LinkInput]?
  private var ariFrontier: Int64 = 0

  init(instance: SimulatedInstance, exchange: SimulatedExchange, judge: Judge) {
    self.instance = instance
    self.exchange = exchange
    self.judge = judge
    who = instance.who
    (inputs, continuation) = AsyncStream.makeStream()
    exchange.links.append(self)
  }

  private func push(_ input: LinkInput) {
    instance.pass { [self] in
      judge.told(instance, input, at: time.now)
      continuation.yield(input)
    }
  }

  // MARK: PBXConnection

  func run() async {
    isRunning = true
    connectAMI(after: .zero)
    connectARI(after: .zero)
    await withTaskCancellationHandler {
      await instance.wait(orDead: ()) { answer in self.ended = { answer(()) } }
    } onCancel: {
      ended?()
    }
    cutForGood()
    continuation.finish()
  }

  private var ended: (() -> Void)?

  /// The process is gone, and its sockets with it.
  func cutForGood() {
    isRunning = false
    exchange.links.removeAll { $0 === self }
    amiSession += 1
    ariSession += 1
    amiIsOpen = false
    amiIsUp = false
    if exchange.owner === self { exchange.owner = nil }
  }

  func setARIWanted(_ wanted: Bool) {
    instance.pass { [self] in
      guard ariWanted != wanted else { return }
      ariWanted = wanted
      if wanted {
        connectARI(after: .zero)
      } else {
        cutARI("the Stasis application is left to another service")
      }
    }
  }

  func resynchronize() async {
    await instance.wait(orDead: ()) { [self] answer in
      instance.pass { [self] in
        guard amiIsUp, amiHeld == nil else { return answer(()) }
        resyncWaiters.append { answer(()) }
        takeSnapshot()
      }
    }
  }

  // MARK: AMI

  private func connectAMI(after pause: Duration) {
    amiSession += 1
    let session = amiSession
    later(pause) { [self] in
      guard isRunning, session == amiSession else { return }
      guard exchange.isUp else { return retryAMI() }
      amiIsOpen = true
      amiHeld = []
      amiFrontier = time.elapsed
      takeSnapshot()
    }
  }

  private func retryAMI() {
    connectAMI(after: time.random.milliseconds(amiRetry / 2...amiRetry))
    amiRetry = min(5_000, amiRetry * 2)
  }

  private func takeSnapshot() {
    let session = amiSession
    amiCommands = true
    if amiHeld == nil { amiHeld = [] }
    let askedAt = instance.now
    // One list after the other, on the stream of the events.
    time.after(time.random.milliseconds(1...15)) { [self] in
      guard session == amiSession else { return }
      let (members, waiting) = (exchange.membersShown, exchange.waitingShown)
      time.after(time.random.milliseconds(0...10)) { [self] in
        guard session == amiSession else { return }
        let snapshot = PBXSnapshot(
          startedAt: exchange.startedAt, version: "22.10.1", channels: exchange.channelsShown,
          queues: [SimulatedExchange.queue], members: members, waiting: waiting)
        later(&amiFrontier) { [self] in
          guard session == amiSession else { return }
          amiIsUp = true
          amiRetry = 200
          push(.amiUp(snapshot, askedAt: askedAt))
          for input in amiHeld ?? [] { push(input) }
          amiHeld = nil
          for waiter in resyncWaiters { instance.pass(waiter) }
          resyncWaiters = []
        }
      }
    }
  }

  func hear(_ event: PBXEvent, stamp: Timestamp) {
    guard amiIsOpen else { return }
    let session = amiSession
    later(&amiFrontier) { [self] in
      guard session == amiSession else { return }
      let input = LinkInput.events(
        [ReceivedEvent(event: event, at: stamp)], source: .ami, receivedAt: instance.now)
      if amiHeld != nil { amiHeld?.append(input) } else { push(input) }
    }
  }

  func cutAMI(_ reason: String) {
    guard amiIsOpen else { return }
    exchange.trace.note(who, "ami cut", reason)
    judge.cut(instance, at: time.now)
    let wasUp = amiIsUp
    amiIsOpen = false
    amiIsUp = false
    amiCommands = false
    amiHeld = nil
    for waiter in resyncWaiters { instance.pass(waiter) }
    resyncWaiters = []
    failInFlight()
    if wasUp { push(.amiDown(reason: reason, at: instance.now)) }
    retryAMI()
  }

  private func failInFlight() {
    let lost = inFlight.sorted { $0.key < $1.key }
    inFlight = [:]
    for (_, fail) in lost { fail() }
  }

  // MARK: ARI

  private func connectARI(after pause: Duration) {
    guard isRunning, ariWanted, !ariIsUp else { return }
    ariSession += 1
    let session = ariSession
    later(pause) { [self] in
      guard isRunning, ariWanted, session == ariSession else { return }
      guard exchange.isUp else { return connectARI(after: time.random.milliseconds(200...5_000)) }
      exchange.trace.note(who, "ari opens")
      let before = exchange.owner
      exchange.owner = self
      if let before, before !== self { before.isReplaced() }
      ariHeld = []
      ariFrontier = time.elapsed
      let askedAt = instance.now
      time.after(time.random.milliseconds(2...20)) { [self] in
        guard session == ariSession else { return }
        let channels = exchange.channelsShown.map(\.channel)
        later(&ariFrontier) { [self] in
          guard session == ariSession else { return }
          ariIsUp = true
          push(.ariUp(channels: channels, askedAt: askedAt))
          for input in ariHeld ?? [] { push(input) }
          ariHeld = nil
        }
      }
    }
  }

  func hearARI(_ event: PBXEvent, stamp: Timestamp) {
    let session = ariSession
    later(&ariFrontier) { [self] in
      guard session == ariSession else { return }
      let input = LinkInput.events(
        [ReceivedEvent(event: event, at: stamp)], source: .ari, receivedAt: instance.now)
      if ariHeld != nil { ariHeld?.append(input) } else { push(input) }
    }
  }

  private func isReplaced() {
    exchange.trace.note(who, "ari replaced")
    push(
      .events(
        [
          ReceivedEvent(
            event: .applicationReplaced(application: SimulatedExchange.application), at: exchange.stamp)
        ], source: .ari, receivedAt: instance.now))
    closeARI("another connection took the application", retryAfter: .seconds(30))
  }

  func cutARI(_ reason: String) {
    if exchange.owner === self { exchange.owner = nil }
    exchange.trace.note(who, "ari cut", reason)
    closeARI(reason, retryAfter: time.random.milliseconds(200...2_000))
  }

  private func closeARI(_ reason: String, retryAfter pause: Duration) {
    ariSession += 1
    ariHeld = nil
    if ariIsUp {
      ariIsUp = false
      push(.ariDown(reason: reason, at: instance.now))
    }
    connectARI(after: pause)
  }

  func cutAll(_ reason: String) {
    cutAMI(reason)
    cutARI(reason)
  }

  /// The consumer was too slow: events were dropped, and both pictures are taken anew.
  func overflow() {
    guard !instance.isFrozen, amiIsUp, amiHeld == nil else { return }
    exchange.trace.note(who, "overflow")
    judge.cut(instance, at: time.now)
    amiSession += 1
    let session = amiSession
    amiIsOpen = false
    time.after(time.random.milliseconds(5...500)) { [self] in
      guard session == amiSession, isRunning, exchange.isUp else { return cutAMIAfterOverflow() }
      push(.overflow(dropped: 1))
      amiIsOpen = true
      amiHeld = []
      takeSnapshot()
    }
  }

  private func cutAMIAfterOverflow() {
    guard isRunning, amiIsUp else { return }
    amiIsOpen = true
    cutAMI("the PBX is gone")
  }

  // MARK: Order

  /// Something that the process does by itself: it waits while the process is frozen.
  private func later(_ pause: Duration, _ body: @escaping () -> Void) {
    time.after(pause + time.random.milliseconds(5...40)) { [self] in instance.pass(body) }
  }

  /// Does something after the way's latency, and never before what was sent before it.
  private func later(_ frontier: inout Int64, _ body: @escaping () -> Void) {
    let slow = time.random.chance(weather.eventSlow, in: 1_000)
    let delay = slow ? Int64(time.random.below(1_500_000)) : Int64(200 + time.random.below(3_000))
    frontier = max(frontier, time.elapsed + delay)
    time.after(.microseconds(frontier - time.elapsed), body)
  }

  // MARK: Commands

  func perform(_ command: PBXCommand) async -> CommandOutcome {
    judge.sends(instance, command, at: time.now)
    exchange.trace.note(who, "command", SimulatedLink.short(command))
    let outcome = await instance.wait(orDead: CommandOutcome.notSent("dead")) { [self] answer in
      instance.pass { [self] in send(command, answer) }
    }
    exchange.trace.note(who, "answered", "\(SimulatedLink.short(command)): \(outcome)")
    return outcome
  }

  private func send(_ command: PBXCommand, _ answer: @escaping (CommandOutcome) -> Void) {
    let overAMI = Self.goesOverAMI(command)
    func tell(_ outcome: CommandOutcome, after delay: Duration) {
      time.after(delay) { [self] in instance.pass { answer(outcome) } }
    }
    if overAMI, !amiCommands { return tell(.notSent("AMI is down"), after: .zero) }
    if case .originate = command, !ariIsUp { return tell(.notSent("ARI is down"), after: .zero) }
    guard exchange.isUp else { return tell(.notSent("connection refused"), after: .milliseconds(2)) }
    serial += 1
    let id = serial
    var isDone = false
    func settle(_ outcome: CommandOutcome) {
      guard !isDone else { return }
      isDone = true
      inFlight[id] = nil
      instance.pass { answer(outcome) }
    }
    if overAMI { inFlight[id] = { settle(.unknown("the session was cut")) } }
    time.after(.seconds(5)) { settle(.unknown("no answer in time")) }
    let startedAt = exchange.startedAt
    if time.random.chance(weather.commandLost, in: 1_000) { return }
    let slow = time.random.chance(weather.commandSlow, in: 1_000)
    time.after(slow ? time.random.milliseconds(100...4_000) : .microseconds(300 + time.random.below(4_000))) {
      [self] in
      guard exchange.isUp, exchange.startedAt == startedAt else { return settle(.unknown("reset")) }
      let outcome = exchange.carryOut(command)
      if time.random.chance(weather.answerLost, in: 1_000) { return }
      time.after(.microseconds(200 + time.random.below(2_000))) { settle(outcome) }
    }
  }

  /// Nobody can say: the simulated exchange has no media.
  func packetsReceived(from id: ChannelID) async -> Int? { nil }

  /// Nothing: as where the dialplan of the PBX is an older one.
  func talk(of attempt: AttemptID, with agent: MemberInterface) async -> TalkRecord? { nil }

  func channel(_ id: ChannelID) async -> AsteriskLink.ChannelPresence {
    await instance.wait(orDead: .unknown("dead")) { [self] answer in
      instance.pass { [self] in
        time.after(.microseconds(300 + time.random.below(4_000))) { [self] in
          let presence: AsteriskLink.ChannelPresence =
            !exchange.isUp || time.random.chance(weather.answerLost, in: 1_000)
            ? .unknown("connection refused") : exchange.lines[id].map { .live($0.snapshot) } ?? .gone
          time.after(.microseconds(200 + time.random.below(2_000))) { [self] in
            instance.pass { answer(presence) }
          }
        }
      }
    }
  }

  private static func goesOverAMI(_ command: PBXCommand) -> Bool {
    switch command {
    case .pauseMember, .changeCallerPriority, .limitLife, .wake: true
    case .originate, .hangUp, .answer, .indicateRinging, .stopRinging, .play, .stopPlayback, .setVariable,
      .continueInDialplan, .resumeDialplan:
      false
    }
  }

  static func short(_ command: PBXCommand) -> String {
    switch command {
    case .originate(let leg): "originate \(leg.channel) \(leg.endpoint)"
    case .hangUp(let id, _): "hang up \(id)"
    case .answer(let id): "answer \(id)"
    case .indicateRinging(let id): "indicate ringing \(id)"
    case .stopRinging(let id): "stop ringing \(id)"
    case .play(let id, _, _): "play \(id)"
    case .stopPlayback: "stop playback"
    case .setVariable(let id, let name, _): "set \(name) \(id)"
    case .continueInDialplan(let id, _, _, _): "continue \(id)"
    case .resumeDialplan(let id): "resume \(id)"
    case .pauseMember(let member, _, let paused, let reason):
      "\(paused ? "pause" : "unpause") \(member) \(reason)"
    case .changeCallerPriority(_, let name, let priority): "priority \(name) \(priority)"
    case .limitLife(let id, _): "limit \(id)"
    case .wake(let id, _): "wake \(id)"
    }
  }
}

import AsteriskLink
import CallPolicy
import CallTracking
import Dialer
import Logging
import Store
import Synchronization
import Telephony
import Testing

@testable import Service

/// A PBX that keeps one command waiting.
private final class SlowPBX: PBXConnection {
  let inputs = AsyncStream<LinkInput> { nil }
  let sent = Mutex<[PBXCommand]>([])
  private let arrived = AsyncStream<Void>.makeStream()
  private let released = AsyncStream<Void>.makeStream()

  func perform(_ command: PBXCommand) async -> CommandOutcome {
    sent.withLock { $0.append(command) }
    if case .indicateRinging = command {
      arrived.continuation.yield()
      for await _ in released.stream { break }
    }
    return .done
  }

  func waitForSlowCommand() async { for await _ in arrived.stream { break } }
  func release() { released.continuation.yield() }
  func run() async {}
  func channel(_ id: ChannelID) async -> AsteriskLink.ChannelPresence { .gone }
  func talk(of attempt: AttemptID, with agent: MemberInterface) async -> TalkRecord? { nil }
  func packetsReceived(from id: ChannelID) async -> Int? { nil }
  func resynchronize() async {}
  func setARIWanted(_ wanted: Bool) {}
}

/// Stands still: on a busy machine the lease would run out under the test.
private struct StoppedClock: SteadyClock {
  let now: ContinuousClock.Instant
  func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}

@Suite struct `The runner of an attempt` {
  private static let id = AttemptID("01940000-0000-7000-8000-000000000001")!
  private static let customer = OurLeg(attempt: id, party: .customer(line: 1)).channel
  private static let agent = OurLeg(attempt: id, party: .agent).channel

  private static let moment = Timestamp(seconds: 1_800_000_000)
  private let now = ContinuousClock.now
  private let lease: LeaseTrust

  init() {
    lease = LeaseTrust(clock: StoppedClock(now: now))
    win(fence: 1)
  }

  private func win(fence: Int64) {
    lease.trust(
      Lease(
        pbx: "pbx1", holder: "a", fence: fence, renewedAt: Self.moment, expiresAt: Self.moment + .seconds(6),
        ttl: .seconds(6)), renewalSentAt: now)
  }

  private func runner(
    of pbx: SlowPBX, _ told: AsyncStream<SwitchboardEvent>.Continuation
  ) -> AttemptRunner {
    AttemptRunner(
      id: Self.id,
      around: .init(
        link: pbx, store: Store(StoreSettings(url: "postgresql://127.0.0.1:1/none")), lease: lease,
        instance: "a", world: World(now: { Self.moment }), logger: Logger(label: "test"),
        post: { event, _ in told.yield(event) }))
  }

  // Found by the simulation: the lease was lost and won again behind a slow command; the attempt was adopted anew, and
  // what the runner before still had to send hung the customer up in the middle of his talk.
  @Test(arguments: [false, true])
  func `sends nothing more once it was dropped and the lease was won again`(wonAgain: Bool) async {
    let pbx = SlowPBX()
    let (_, told) = AsyncStream<SwitchboardEvent>.makeStream()
    let runner = runner(of: pbx, told)
    runner.start()
    let hangUp = PBXCommand.hangUp(Self.customer, .normalClearing)
    runner.perform([.act(.command(.indicateRinging, .indicateRinging(Self.agent)))])
    runner.perform([.act(.command(.hangUpCustomer, hangUp))])
    await pbx.waitForSlowCommand()
    lease.distrust()
    runner.drop()
    if wonAgain { win(fence: 2) }
    pbx.release()
    await runner.hasLeft()
    // Until then nobody else does what the end of the attempt leaves to do.
    #expect(pbx.sent.withLock { $0 }.contains(hangUp) == !wonAgain)
  }

  // Found by the simulation: a slow command in front of the dial left time for the customer to call in, and he was
  // dialled all the same, to be hung up at once.
  @Test(arguments: [true, false])
  func `sends nothing that begins a leg whose end is asked for already`(dials: Bool) async throws {
    let pbx = SlowPBX()
    let (events, told) = AsyncStream<SwitchboardEvent>.makeStream()
    let runner = runner(of: pbx, told)
    runner.start()
    let begin: PBXCommand =
      dials
      ? .originate(
        .init(
          channel: Self.customer, endpoint: "PJSIP/+79161234567@trunk", arguments: [], callerNumber: "",
          callerName: "", timeout: .seconds(20), variables: [:]))
      : .continueInDialplan(Self.customer, context: "perezvon-bridge", exten: "s", priority: 1)
    runner.perform([
      .act(.command(.indicateRinging, .indicateRinging(Self.agent))),
      .act(.command(dials ? .dialCustomer : .handOver, begin)),
    ])
    await pbx.waitForSlowCommand()
    runner.perform([.act(.command(.hangUpCustomer, .hangUp(Self.customer, .normalClearing)))])
    pbx.release()
    var outcomes: [CommandTag: CommandOutcome] = [:]
    for await case .attempt(_, .commandAnswered(let tag, let outcome)) in events {
      outcomes[tag] = outcome
      if tag == .hangUpCustomer { break }
    }
    runner.close()
    await runner.hasLeft()
    #expect(pbx.sent.withLock { $0 }.contains(begin) == false)
    guard case .notSent? = outcomes[dials ? .dialCustomer : .handOver] else {
      Issue.record("\(outcomes)")
      return
    }
    #expect(outcomes[.hangUpCustomer] == .done)
  }
}

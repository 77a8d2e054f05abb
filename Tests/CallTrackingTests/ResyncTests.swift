import CallTracking
import Telephony
import Testing

@Suite struct `A snapshot` {
  static let startedAt = Script.start - .seconds(3_600)

  static func live(
    _ leg: Leg, bridge: BridgeID? = nil, application: String = "Queue", age: Double = 30
  ) -> PBXSnapshot.LiveChannel {
    PBXSnapshot.LiveChannel(
      channel: leg.snapshot, bridge: bridge, application: application,
      age: .microseconds(Int64(age * 1_000_000)))
  }

  static func waiting(_ leg: Leg, _ queue: QueueName, _ position: Int, wait: Double)
    -> PBXSnapshot.WaitingCaller
  {
    PBXSnapshot.WaitingCaller(
      queue: queue, channel: leg.id, channelName: leg.name, position: position,
      wait: .microseconds(Int64(wait * 1_000_000)), callerNumber: leg.number, callerName: "")
  }

  static func leg(
    _ id: String, _ name: String, number: String = "", context: String = "queues", call: String? = nil
  )
    -> Leg
  {
    Leg(
      id: ChannelID(id), linkedID: LinkedID(call ?? id), name: name, number: number, context: context,
      exten: "600", state: .up)
  }

  @Test func `makes calls of the callers found waiting, with the time they have waited`() {
    let caller = Self.leg("pbx1-1.1", "PJSIP/trunk-00000001", number: "79161234567")
    var snapshot = PBXSnapshot.empty(startedAt: Self.startedAt)
    snapshot.channels = [Self.live(caller, age: 40)]
    snapshot.queues = ["sales"]
    snapshot.waiting = [Self.waiting(caller, "sales", 1, wait: 25)]
    var outcome = Outcome()
    outcome.take(outcome.tracker.resynchronize(with: snapshot, at: Script.start))
    #expect(outcome.tracker.floor["sales"]?.waiting.map(\.channel) == [caller.id])
    #expect(Array(outcome.tracker.liveParties).map(\.queue) == ["sales"])
    outcome.hear(
      .queueAbandoned(caller.snapshot, "sales", position: 1, originalPosition: 1, hold: .seconds(30)),
      at: Script.start + .seconds(5))
    outcome.hear(.queueLeft(caller.snapshot, "sales"), at: Script.start + .seconds(5))
    outcome.hear(.hangupRequested(caller.snapshot), at: Script.start + .seconds(5))
    outcome.hear(.channelHungUp(caller.snapshot, .normalClearing), at: Script.start + .seconds(5))
    outcome.pass(to: Script.start + .seconds(10))
    #expect(outcome.record.missed)
    #expect(outcome.record.lostAt == .queue)
    #expect(outcome.record.wait.isAbout(30))
    #expect(outcome.record.startedAt == Script.start - .seconds(40))
    #expect(outcome.entries.map(\.result) == [.abandoned])
  }

  // Found by the simulation: after a restart in the middle of his talk a caller of a queue was called back.
  @Test(arguments: ["from-trunk", "queues"])
  func `shows who talks already`(context: String) {
    let caller = Self.leg("pbx1-1.1", "PJSIP/trunk-00000001", number: "79161234567", context: context)
    let agent = Self.leg("pbx1-1.2", "PJSIP/101-00000002", call: "pbx1-1.1")
    var snapshot = PBXSnapshot.empty(startedAt: Self.startedAt)
    snapshot.channels = [
      Self.live(caller, bridge: "b1"), Self.live(agent, bridge: "b1", application: "AppQueue"),
    ]
    var outcome = Outcome()
    outcome.take(outcome.tracker.resynchronize(with: snapshot, at: Script.start))
    #expect(Array(outcome.tracker.liveParties).map(\.talkingWith) == ["PJSIP/101"])
    outcome.hear(.channelHungUp(agent.snapshot, .normalClearing), at: Script.start + .seconds(8))
    outcome.hear(.channelHungUp(caller.snapshot, .normalClearing), at: Script.start + .seconds(8))
    outcome.pass(to: Script.start + .seconds(10))
    #expect(outcome.record.answered)
    #expect(outcome.record.talk.isAbout(8))
  }

  // Found by the simulation: a clock of the PBX behind ours made a talk end before the snapshot that showed it, and who
  // had talked was written as missed.
  @Test func `keeps a talk that by the clock of the PBX ended before it`() {
    let caller = Self.leg("pbx1-1.1", "PJSIP/trunk-00000001", number: "79161234567", context: "from-trunk")
    let agent = Self.leg("pbx1-1.2", "PJSIP/101-00000002", call: "pbx1-1.1")
    var snapshot = PBXSnapshot.empty(startedAt: Self.startedAt)
    snapshot.channels = [
      Self.live(caller, bridge: "b1"), Self.live(agent, bridge: "b1", application: "AppQueue"),
    ]
    var outcome = Outcome()
    outcome.take(outcome.tracker.resynchronize(with: snapshot, at: Script.start))
    let behind = Script.start - .milliseconds(300)
    for leg in [caller, agent] { outcome.hear(.bridgeLeft("b1", leg.snapshot), at: behind) }
    for leg in [caller, agent] { outcome.hear(.channelHungUp(leg.snapshot, .normalClearing), at: behind) }
    outcome.pass(to: Script.start + .seconds(10))
    #expect(outcome.record.answered)
    #expect(outcome.record.answeredBy == "PJSIP/101")
  }

  @Test func `makes no caller of an extension, a dialled trunk leg or a leg of ours`() {
    var snapshot = PBXSnapshot.empty(startedAt: Self.startedAt)
    snapshot.channels = [
      Self.live(Self.leg("pbx1-1.1", "PJSIP/101-00000001", number: "101")),
      Self.live(
        Self.leg("pbx1-1.2", "PJSIP/trunk-00000002", context: "from-trunk", call: "pbx1-1.1"),
        application: "AppDial"),
      Self.live(
        Self.leg("pz-01890000-0000-7000-8000-000000000001-a", "PJSIP/trunk-00000003", context: "from-trunk")),
    ]
    var outcome = Outcome()
    outcome.take(outcome.tracker.resynchronize(with: snapshot, at: Script.start))
    #expect(outcome.tracker.callCount == 0)
  }

  @Test func `ends the calls that went while the link was away, and says it was not seen`() {
    var pbx = Script()
    let caller = pbx.caller()
    pbx.join(caller, "sales")
    pbx.wait(5)
    var outcome = Outcome()
    outcome.take(
      outcome.tracker.resynchronize(with: .empty(startedAt: Self.startedAt), at: Script.start - .seconds(1)))
    outcome.hear(pbx)
    outcome.tracker.linkLost(at: pbx.now)
    let back = pbx.now + .seconds(20)
    outcome.take(outcome.tracker.resynchronize(with: .empty(startedAt: Self.startedAt), at: back))
    outcome.pass(to: back + .seconds(1))
    #expect(outcome.record.missed)
    #expect(outcome.record.words.contains("unseen"))
    #expect(outcome.anomalies == [.endedUnseen(calls: 1)])
  }

  @Test func `that misses a channel is completed by its Hangup which was held`() {
    var pbx = Script()
    var caller = pbx.caller()
    pbx.wait(5)
    var outcome = Outcome()
    outcome.hear(pbx)
    let heard = pbx.steps.count
    caller.context = "after-hours"
    pbx.hangUp(caller, .userBusy)
    outcome.take(
      outcome.tracker.resynchronize(with: .empty(startedAt: Self.startedAt), at: pbx.now + .seconds(1)))
    for step in pbx.steps[heard...] { outcome.hear(step.event, at: step.at) }
    outcome.pass(to: pbx.now + .seconds(5))
    #expect(outcome.record.lostAt == .afterHours)
    #expect(outcome.record.cause == .userBusy)
    #expect(outcome.record.endedAt == pbx.steps.last?.at)
  }

  @Test func `keeps the calls that are still there, and their place and time`() {
    var pbx = Script()
    let caller = pbx.caller()
    pbx.join(caller, "sales")
    pbx.wait(5)
    var outcome = Outcome()
    outcome.take(
      outcome.tracker.resynchronize(with: .empty(startedAt: Self.startedAt), at: Script.start - .seconds(1)))
    outcome.hear(pbx)
    outcome.tracker.linkLost(at: pbx.now)
    var snapshot = PBXSnapshot.empty(startedAt: Self.startedAt)
    snapshot.channels = [Self.live(caller)]
    snapshot.waiting = [Self.waiting(caller, "sales", 1, wait: 15)]
    outcome.take(outcome.tracker.resynchronize(with: snapshot, at: pbx.now + .seconds(10)))
    pbx.wait(20)
    let heard = pbx.steps.count
    pbx.abandon(caller, "sales")
    pbx.leave(caller, "sales")
    pbx.hangUp(caller)
    outcome.hear(pbx, from: heard)
    outcome.pass(to: pbx.now + .seconds(1))
    #expect(outcome.record.wait.isAbout(25))
    #expect(outcome.entries.map(\.join) == [1])
    #expect(outcome.anomalies == [])
  }

  @Test(arguments: 0...11)
  func `taken at any point of a call and merged with the events held meanwhile changes no verdict`(cut: Int) {
    var pbx = Script()
    let caller = pbx.caller()
    pbx.join(caller, "sales")
    pbx.wait(6)
    var agent = pbx.ring("PJSIP/101", for: caller, "sales")
    let bridge = pbx.answer(&agent, for: caller, "sales")
    pbx.wait(10)
    let end = pbx.steps.count
    pbx.exit(bridge, caller)
    pbx.hangUp(caller)
    pbx.hangUp(agent)
    // The stream has been heard up to `cut`; the snapshot shows the state before the end; all events after
    // `cut` were held and come behind it, though the snapshot knows most of them.
    var outcome = Outcome()
    for step in pbx.steps.prefix(cut) { outcome.hear(step.event, at: step.at) }
    var snapshot = PBXSnapshot.empty(startedAt: Self.startedAt)
    snapshot.channels = [
      Self.live(caller, bridge: bridge, age: 16), Self.live(agent, bridge: bridge, age: 10),
    ]
    let asked = pbx.steps[end - 1].at
    outcome.take(outcome.tracker.resynchronize(with: snapshot, at: asked))
    outcome.hear(pbx, from: cut)
    outcome.pass(to: pbx.now + .seconds(200))
    #expect(outcome.record.answered)
    #expect(outcome.record.linkedID == caller.linkedID)
    #expect(outcome.tracker.callCount == 0)
    #expect(outcome.tracker.channelCount == 0)
  }

  @Test func `replaces the members and keeps since when their state lasts`() {
    var outcome = Outcome()
    let idle = QueueMember(queue: "sales", interface: "PJSIP/101", status: .notInUse)
    let gone = QueueMember(queue: "sales", interface: "PJSIP/109", status: .notInUse)
    outcome.hear(.memberAdded(idle), at: Script.start)
    outcome.hear(.memberAdded(gone), at: Script.start)
    var snapshot = PBXSnapshot.empty(startedAt: Self.startedAt)
    snapshot.queues = ["sales", "empty"]
    snapshot.members = [idle, QueueMember(queue: "sales", interface: "PJSIP/102", paused: true)]
    let later = Script.start + .seconds(60)
    outcome.take(outcome.tracker.resynchronize(with: snapshot, at: later))
    let floor = outcome.tracker.floor
    #expect(floor.queues.map(\.name) == ["empty", "sales"])
    #expect(floor["sales"]?.members.map(\.member.interface) == ["PJSIP/101", "PJSIP/102"])
    #expect(floor["sales"]?.members.map(\.since) == [Script.start, later])
  }
}

@Suite struct `The floor` {
  @Test func `keeps the line in order of position`() {
    var pbx = Script()
    let first = pbx.caller("79160000001")
    let second = pbx.caller("79160000002")
    let urgent = pbx.caller("79160000003")
    pbx.join(first, "sales")
    pbx.join(second, "sales", position: 2)
    pbx.join(urgent, "sales", position: 1)
    var outcome = Outcome()
    outcome.hear(pbx)
    #expect(
      outcome.tracker.queue("sales")?.waiting.map(\.rawNumber) == [
        "79160000003", "79160000001", "79160000002",
      ])
    #expect(outcome.tracker.queue("sales")?.waiting.first?.channelName == urgent.name)
    let heard = pbx.steps.count
    pbx.hangUp(first)
    outcome.hear(pbx, from: heard)
    #expect(outcome.tracker.queue("sales")?.waiting.map(\.rawNumber) == ["79160000003", "79160000002"])
    #expect(Set(outcome.tracker.liveParties.map(\.rawNumber)) == ["79160000002", "79160000003"])
  }

  @Test func `tells a member's change once, and since when`() {
    var outcome = Outcome()
    var member = QueueMember(queue: "sales", interface: "PJSIP/101")
    outcome.hear(.memberStatus(member), at: Script.start)
    outcome.hear(.memberStatus(member), at: Script.start + .seconds(1))
    member.status = .inUse
    outcome.hear(.memberStatus(member), at: Script.start + .seconds(2))
    member.callsTaken = 4
    outcome.hear(.memberStatus(member), at: Script.start + .seconds(3))
    #expect(outcome.changes.count == 3)
    #expect(outcome.tracker.member("PJSIP/101", in: "sales")?.since == Script.start + .seconds(2))
    outcome.hear(.memberRemoved(member), at: Script.start + .seconds(4))
    #expect(outcome.changes.last == .memberGone("sales", "PJSIP/101"))
    #expect(outcome.tracker.member("PJSIP/101", in: "sales") == nil)
  }

  @Test func `shows who talks with whom since when`() {
    var pbx = Script()
    let caller = pbx.caller()
    pbx.join(caller, "sales")
    var agent = pbx.ring("PJSIP/101", for: caller, "sales")
    var outcome = Outcome()
    outcome.hear(pbx)
    #expect(outcome.tracker.party(caller.linkedID)?.talkingWith == nil)
    #expect(outcome.tracker.party(caller.linkedID)?.stage == .queue)
    let heard = pbx.steps.count
    _ = pbx.answer(&agent, for: caller, "sales")
    outcome.hear(pbx, from: heard)
    let party = outcome.tracker.party(caller.linkedID)
    #expect(party?.talkingWith == "PJSIP/101")
    #expect(party?.talkingSince == pbx.steps.last?.at)
    #expect(party?.queue == nil)
  }
}

import CallTracking
import Telephony
import Testing

/// SplitMix64 (Steele, Lea, Flood 2014): the same seed gives the same transcript everywhere.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

@Suite struct `The order of events` {
  /// The channel whose own order is kept: the one the record is about.
  private func parties(_ script: Script) -> Set<ChannelID> {
    [Outcome.of(script).record.channel, script.steps[0].owner]
  }

  /// Delays the events of other channels by up to `spread`, keeping the order within each channel, and not
  /// beyond the settle time after the last event.
  private func disordered(
    _ script: Script, keeping kept: Set<ChannelID>, spread: Duration, using random: inout SeededGenerator
  ) -> [(at: Timestamp, step: Script.Step)] {
    let last = script.steps.filter { kept.contains($0.owner) }.map(\.at).max() ?? script.now
    var latest: [ChannelID: Timestamp] = [:]
    var delivered: [(at: Timestamp, step: Script.Step)] = []
    for step in script.steps {
      var at = step.at
      if !kept.contains(step.owner) {
        at = at + .microseconds(Int64.random(in: 0...spread.microseconds, using: &random))
        at = max(step.at, min(at, last + .milliseconds(250)))
        at = max(at, latest[step.owner] ?? at)
        latest[step.owner] = at
      }
      delivered.append((at, step))
    }
    return delivered.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(
      \.element)
  }

  private func outcome(of delivered: [(at: Timestamp, step: Script.Step)], twice: Bool = false) -> Outcome {
    var outcome = Outcome()
    for (at, step) in delivered {
      outcome.pass(to: at)
      outcome.hear(step.event, at: step.at)
      if twice { outcome.hear(step.event, at: step.at) }
    }
    outcome.pass(to: Script.start + .seconds(1_000))
    return outcome
  }

  @Test(arguments: Scenes.all.indices)
  func `between channels within two seconds makes no difference to the record`(scene: Int) {
    let script = Scenes.all[scene]
    let expected = Outcome.of(script)
    let kept = parties(script)
    for seed in UInt64(1)...200 {
      var random = SeededGenerator(state: seed)
      let found = outcome(of: disordered(script, keeping: kept, spread: .seconds(2), using: &random))
      #expect(found.records == expected.records, "scene \(scene), seed \(seed)")
      #expect(found.entries == expected.entries, "scene \(scene), seed \(seed)")
      if found.records != expected.records { break }
    }
  }

  @Test(arguments: Scenes.all.indices)
  func `with every event delivered twice makes no difference to the record`(scene: Int) {
    let script = Scenes.all[scene]
    let expected = Outcome.of(script)
    let found = outcome(of: script.steps.map { ($0.at, $0) }, twice: true)
    #expect(found.records == expected.records)
    #expect(found.entries == expected.entries)
    #expect(found.anomalies == expected.anomalies)
  }

  @Test(arguments: Scenes.all.indices)
  func `with the whole stream repeated after the verdict gives no second record`(scene: Int) {
    let script = Scenes.all[scene]
    var outcome = Outcome()
    outcome.hear(script)
    outcome.pass(to: script.now + .seconds(5))
    for step in script.steps { outcome.hear(step.event, at: step.at) }
    outcome.pass(to: script.now + .seconds(300))
    #expect(outcome.records.count == 1)
  }

  @Test(arguments: UInt64(1)...40)
  func `of many calls woven into each other gives each its own record`(seed: UInt64) {
    var random = SeededGenerator(state: seed)
    var steps: [(at: Timestamp, step: Script.Step)] = []
    var expected: [LinkedID: CallRecord] = [:]
    for copy in 0..<12 {
      let shift = Duration.milliseconds(Int.random(in: 0...20_000, using: &random))
      let script = Scenes.all[Int.random(in: 0..<9, using: &random)].renamed(copy, by: shift)
      let record = Outcome.of(script).record
      expected[record.linkedID] = record
      steps += script.steps.map { ($0.at, $0) }
    }
    let woven = steps.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(
      \.element)
    let found = outcome(of: woven)
    #expect(found.records.count == 12, "seed \(seed)")
    for record in found.records { #expect(expected[record.linkedID] == record, "seed \(seed)") }
    #expect(found.tracker.channelCount == 0)
    #expect(found.tracker.callCount == 0)
  }
}

@Suite struct `Any stream at all` {
  /// Events without sense over few channels, bridges and queues, times stepping back, ticks, breaks and
  /// snapshots.
  @Test(arguments: UInt64(1)...30)
  func `neither traps the tracker nor leaves anything in it`(seed: UInt64) {
    var random = SeededGenerator(state: seed)
    var tracker = CallTracker(settings: .office)
    var now = Script.start
    var began = 0
    var ended: [CallRecord] = []
    func keep(_ actions: [CallTracker.Action]) {
      for action in actions {
        if case .fact(.callBegan) = action { began += 1 }
        if case .fact(.callEnded(let record)) = action { ended.append(record) }
      }
    }
    for _ in 0..<3_000 {
      now = now + .milliseconds(Int.random(in: 0...900, using: &random))
      let at = now - .milliseconds(Int.random(in: 0...1_500, using: &random))
      switch Int.random(in: 0..<200, using: &random) {
      case 0: tracker.linkLost(at: now)
      case 1, 2: keep(tracker.resynchronize(with: Self.snapshot(&random), at: at))
      case 3..<40: keep(tracker.tick(at: now))
      default: keep(tracker.handle(Self.event(&random), at: at))
      }
    }
    keep(tracker.resynchronize(with: .empty(startedAt: Script.start), at: now))
    for _ in 0..<4 {
      now = now + .seconds(100)
      keep(tracker.tick(at: now))
    }
    #expect(tracker.callCount == 0, "seed \(seed)")
    #expect(tracker.channelCount == 0, "seed \(seed)")
    #expect(tracker.nextDeadline == nil, "seed \(seed)")
    #expect(began == ended.count, "seed \(seed)")
    #expect(ended.allSatisfy { $0.talk >= .zero && $0.wait >= .zero }, "seed \(seed)")
  }

  private static func channel(_ random: inout SeededGenerator) -> ChannelSnapshot {
    let names = ["PJSIP/trunk", "PJSIP/101", "Local/101@agents", "Announcer/ARI", "PJSIP/102"]
    let n = Int.random(in: 0..<24, using: &random)
    let linked = Int.random(in: 0..<3, using: &random) == 0 ? Int.random(in: 0..<24, using: &random) : n
    let name = names[n % names.count]
    let ours = n == 23 ? "pz-01890000-0000-7000-8000-000000000001-c" : "1.\(n)"
    return ChannelSnapshot(
      id: ChannelID(ours), linkedID: LinkedID(n == 23 ? ours : "1.\(linked)"),
      name: name.hasPrefix("Local/") ? "\(name)-1;\(n % 2 + 1)" : "\(name)-\(n)",
      state: [.down, .ring, .ringing, .up].randomElement(using: &random)!, callerNumber: "79160000001",
      context: ["from-trunk", "from-internal", "ivr-main"].randomElement(using: &random)!, exten: "49511")
  }

  private static func snapshot(_ random: inout SeededGenerator) -> PBXSnapshot {
    var snapshot = PBXSnapshot.empty(
      startedAt: Script.start + .seconds(Int.random(in: 0...1, using: &random) * 50))
    var seen: Set<ChannelID> = []
    for _ in 0..<Int.random(in: 0..<12, using: &random) {
      let found = channel(&random)
      guard seen.insert(found.id).inserted else { continue }
      snapshot.channels.append(
        PBXSnapshot.LiveChannel(
          channel: found, bridge: Bool.random(using: &random) ? "b1" : nil, application: "Queue",
          age: .seconds(3)))
      if Bool.random(using: &random) {
        snapshot.waiting.append(
          PBXSnapshot.WaitingCaller(
            queue: "sales", channel: found.id, channelName: found.name, position: 1, wait: .seconds(2),
            callerNumber: "79160000001", callerName: ""))
      }
    }
    return snapshot
  }

  private static func event(_ random: inout SeededGenerator) -> PBXEvent {
    let one = channel(&random)
    let two = channel(&random)
    let bridge = BridgeID("b\(Int.random(in: 0..<4, using: &random))")
    let queue: QueueName = Bool.random(using: &random) ? "sales" : "reserve"
    switch Int.random(in: 0..<18, using: &random) {
    case 0, 1: return .channelCreated(one)
    case 2: return .channelState(one)
    case 3: return .channelHungUp(one, .normalClearing)
    case 4: return .channelRenamed(one.id, name: two.name)
    case 5: return .dialBegan(caller: one, callee: two, dialString: "79160000001@trunk")
    case 6: return .dialBegan(caller: nil, callee: one, dialString: "79160000001@trunk")
    case 7: return .dialEnded(caller: one, callee: two, .answer)
    case 8, 9, 10: return .bridgeEntered(bridge, one)
    case 11: return .bridgeLeft(bridge, one)
    case 12: return .localBridged(one: one, two: two)
    case 13: return .attendedTransferred(transferer: one, transferee: two, target: channel(&random))
    case 14: return .parked(one)
    case 15: return .queueJoined(one, queue, position: 1)
    case 16: return .queueLeft(one, queue)
    default: return .agentConnected(caller: one, agent: two, queue, "PJSIP/101", hold: .zero, ring: .zero)
    }
  }
}

@Suite struct `The limits` {
  @Test func `on calls refuses the next caller and says so`() {
    var settings = TrackerSettings.office
    settings.callsMax = 2
    var pbx = Script()
    for index in 0..<3 { _ = pbx.caller("7916000000\(index)") }
    var outcome = Outcome(settings)
    outcome.hear(pbx)
    #expect(outcome.tracker.callCount == 2)
    #expect(outcome.anomalies == [.limitReached(.calls)])
  }

  @Test func `on channels refuses the next channel and says so`() {
    var settings = TrackerSettings.office
    settings.channelsMax = 1
    var pbx = Script()
    _ = pbx.channel("PJSIP/101")
    _ = pbx.channel("PJSIP/102")
    var outcome = Outcome(settings)
    outcome.hear(pbx)
    #expect(outcome.anomalies == [.limitReached(.channels)])
  }

  @Test func `on evidence keeps the birth and the end, drops rings, and says so once`() {
    var settings = TrackerSettings.office
    settings.evidenceStepsMax = 10
    var pbx = Script()
    let caller = pbx.caller()
    pbx.join(caller, "sales")
    for _ in 0..<30 {
      pbx.wait(5)
      let agent = pbx.ring("PJSIP/101", for: caller, "sales")
      pbx.noAnswer(agent, "PJSIP/101", for: caller, "sales")
    }
    pbx.abandon(caller, "sales")
    pbx.leave(caller, "sales")
    pbx.hangUp(caller)
    let outcome = Outcome.of(pbx, settings)
    #expect(outcome.record.evidence.count == 10)
    #expect(outcome.record.words.first == "began from-trunk")
    #expect(outcome.record.words.last == "hung_up from-trunk")
    #expect(outcome.anomalies == [.limitReached(.evidenceSteps)])
  }

  @Test func `of memory hold: nothing is left a minute after the last channel`() {
    for script in Scenes.all {
      let outcome = Outcome.of(script)
      #expect(outcome.tracker.channelCount == 0)
      #expect(outcome.tracker.callCount == 0)
      #expect(outcome.tracker.nextDeadline == nil)
    }
  }
}

@Suite struct `An event that should not come` {
  @Test func `about a channel never born is an anomaly and nothing else`() {
    var outcome = Outcome()
    let stranger = ChannelSnapshot(
      id: "forged", linkedID: "forged", name: "PJSIP/trunk-1", state: .up, context: "from-trunk")
    outcome.hear(.queueJoined(stranger, "sales", position: 1), at: Script.start)
    outcome.hear(.bridgeEntered("b", stranger), at: Script.start)
    outcome.hear(.channelHungUp(stranger, .normalClearing), at: Script.start)
    #expect(
      outcome.anomalies == [
        .unknownChannel(event: "QueueCallerJoin"), .unknownChannel(event: "BridgeEnter"),
        .unknownChannel(event: "Hangup"),
      ])
    #expect(outcome.facts == [])
    #expect(outcome.tracker.floor.queues == [])
  }

  @Test func `about a queue the caller is not in is an anomaly`() {
    var pbx = Script()
    let caller = pbx.caller()
    pbx.leave(caller, "sales")
    var outcome = Outcome()
    outcome.hear(pbx)
    #expect(outcome.anomalies == [.notInQueue(event: "QueueCallerLeave")])
  }
}

import CallTracking
import Telephony

/// A channel in a transcript.
struct Leg {
  var id: ChannelID
  var linkedID: LinkedID
  var name: String
  var number = ""
  var context: String
  var exten: String
  var state: ChannelState

  var snapshot: ChannelSnapshot {
    ChannelSnapshot(
      id: id, linkedID: linkedID, name: name, state: state, callerNumber: number, context: context,
      exten: exten)
  }
}

/// What a PBX says in one transcript, in the order it happened. Times are seconds since the start.
struct Script {
  struct Step {
    var at: Timestamp
    var event: PBXEvent
    /// The channel within whose events the order holds.
    var owner: ChannelID
  }

  static let start = Timestamp(seconds: 1_800_000_000)

  var steps: [Step] = []
  var now = Script.start
  private var serial = 0
  private var bridges = 0

  mutating func wait(_ seconds: Double) { now = now + .microseconds(Int64(seconds * 1_000_000)) }

  mutating func say(_ event: PBXEvent, _ owner: Leg) {
    steps.append(Step(at: now, event: event, owner: owner.id))
    now = now + .milliseconds(1)
  }

  /// A new channel; without `call` it begins a call of its own.
  mutating func channel(
    _ device: String, call: LinkedID? = nil, id: ChannelID? = nil, number: String = "",
    context: String = "from-internal", exten: String = "", state: ChannelState = .down
  ) -> Leg {
    serial += 1
    let id = id ?? ChannelID("pbx1-1800000000.\(serial)")
    let leg = Leg(
      id: id, linkedID: call ?? LinkedID(id.rawValue), name: "\(device)-0000000\(serial)", number: number,
      context: context, exten: exten, state: state)
    say(.channelCreated(leg.snapshot), leg)
    return leg
  }

  /// A customer calls in over the trunk; the dialplan answers unless told otherwise.
  mutating func caller(
    _ number: String = "79161234567", did: String = "4951112233", answered: Bool = true
  ) -> Leg {
    var leg = channel("PJSIP/trunk", number: number, context: "from-trunk", exten: did, state: .ring)
    if answered { up(&leg) }
    return leg
  }

  mutating func up(_ leg: inout Leg) {
    leg.state = .up
    say(.channelState(leg.snapshot), leg)
  }

  /// The phone lets go; with `byPBX` the dialplan or another channel ends it.
  mutating func hangUp(_ leg: Leg, _ cause: HangupCause = .normalClearing, byPBX: Bool = false) {
    if !byPBX { say(.hangupRequested(leg.snapshot), leg) }
    say(.channelHungUp(leg.snapshot, cause), leg)
  }

  // Queues.

  mutating func join(_ leg: Leg, _ queue: QueueName, position: Int = 1) {
    say(.queueJoined(leg.snapshot, queue, position: position), leg)
  }

  mutating func abandon(_ leg: Leg, _ queue: QueueName) {
    say(.queueAbandoned(leg.snapshot, queue, position: 1, originalPosition: 1, hold: .seconds(1)), leg)
  }

  mutating func leave(_ leg: Leg, _ queue: QueueName) { say(.queueLeft(leg.snapshot, queue), leg) }

  /// The queue rings a member.
  mutating func ring(_ device: String, for caller: Leg, _ queue: QueueName) -> Leg {
    var leg = channel(device, call: caller.linkedID)
    say(.agentCalled(caller: caller.snapshot, agent: leg.snapshot, queue, MemberInterface(device)), caller)
    say(.dialBegan(caller: caller.snapshot, callee: leg.snapshot, dialString: device), caller)
    leg.state = .ringing
    say(.channelState(leg.snapshot), leg)
    return leg
  }

  mutating func noAnswer(_ leg: Leg, _ device: String, for caller: Leg, _ queue: QueueName) {
    say(.dialEnded(caller: caller.snapshot, callee: leg.snapshot, .noAnswer), caller)
    say(
      .agentRingNoAnswer(caller: caller.snapshot, queue, MemberInterface(device), ring: .seconds(5)), caller)
    hangUp(leg, .noAnswer)
  }

  /// The member picks up and is connected.
  mutating func answer(
    _ leg: inout Leg, for caller: Leg, _ queue: QueueName, member: String? = nil
  ) -> BridgeID {
    up(&leg)
    say(.dialEnded(caller: caller.snapshot, callee: leg.snapshot, .answer), caller)
    leave(caller, queue)
    let member = MemberInterface(member ?? device(leg))
    say(
      .agentConnected(
        caller: caller.snapshot, agent: leg.snapshot, queue, member, hold: .seconds(1), ring: .seconds(1)),
      caller)
    return bridge(caller, leg)
  }

  func device(_ leg: Leg) -> String { String(leg.name[..<leg.name.lastIndex(of: "-")!]) }

  // Bridges.

  mutating func bridge(_ legs: Leg...) -> BridgeID {
    bridges += 1
    let id = BridgeID("bridge-\(bridges)")
    for leg in legs { enter(id, leg) }
    return id
  }

  mutating func enter(_ bridge: BridgeID, _ leg: Leg) { say(.bridgeEntered(bridge, leg.snapshot), leg) }
  mutating func exit(_ bridge: BridgeID, _ leg: Leg) { say(.bridgeLeft(bridge, leg.snapshot), leg) }

  // Dial().

  mutating func dial(_ device: String, by caller: Leg, _ dialString: String? = nil) -> Leg {
    var leg = channel(device, call: caller.linkedID)
    say(.dialBegan(caller: caller.snapshot, callee: leg.snapshot, dialString: dialString ?? device), caller)
    leg.state = .ringing
    say(.channelState(leg.snapshot), leg)
    return leg
  }

  mutating func dialEnd(_ leg: Leg, by caller: Leg, _ status: DialStatus) {
    say(.dialEnded(caller: caller.snapshot, callee: leg.snapshot, status), caller)
  }

  mutating func pickUp(_ leg: inout Leg, by caller: Leg) -> BridgeID {
    up(&leg)
    dialEnd(leg, by: caller, .answer)
    return bridge(caller, leg)
  }

  /// Both halves of a Local channel.
  mutating func local(_ name: String, call: LinkedID) -> (one: Leg, two: Leg) {
    serial += 1
    let base = "Local/\(name)-0000000\(serial)"
    var halves: [Leg] = []
    for half in 1...2 {
      let id = ChannelID("pbx1-1800000000.\(serial)\(half)")
      let leg = Leg(
        id: id, linkedID: call, name: "\(base);\(half)", context: "agents", exten: "101", state: .down)
      say(.channelCreated(leg.snapshot), leg)
      halves.append(leg)
    }
    return (halves[0], halves[1])
  }
}

/// What the tracker made of a transcript.
struct Outcome {
  var tracker: CallTracker
  var records: [CallRecord] = []
  var entries: [QueueEntryRecord] = []
  var facts: [CallFact] = []
  var anomalies: [Anomaly] = []
  var changes: [FloorChange] = []

  init(_ settings: TrackerSettings = .office) { tracker = CallTracker(settings: settings) }

  mutating func take(_ actions: [CallTracker.Action]) {
    for action in actions {
      switch action {
      case .fact(let fact):
        facts.append(fact)
        switch fact {
        case .callEnded(let record): records.append(record)
        case .queueEntryEnded(let entry): entries.append(entry)
        case .callBegan, .queueEntered, .talkBegan, .callerLeft: break
        }
      case .anomaly(let anomaly): anomalies.append(anomaly)
      case .floorChanged(let change): changes.append(change)
      }
    }
  }

  /// Lets time pass: whatever is due by then is done when it is due.
  mutating func pass(to moment: Timestamp) {
    while let deadline = tracker.nextDeadline, deadline <= moment { take(tracker.tick(at: deadline)) }
  }

  mutating func hear(_ event: PBXEvent, at moment: Timestamp) { take(tracker.handle(event, at: moment)) }

  mutating func hear(_ script: Script, from first: Int = 0) {
    for step in script.steps.dropFirst(first) {
      pass(to: step.at)
      hear(step.event, at: step.at)
    }
  }

  /// Folds the transcript and waits until everything is decided and forgotten.
  static func of(_ script: Script, _ settings: TrackerSettings = .office) -> Outcome {
    var outcome = Outcome(settings)
    outcome.hear(script)
    outcome.pass(to: script.now + .seconds(180))
    return outcome
  }

  var record: CallRecord { records.count == 1 ? records[0] : CallRecord.none(records.count) }

  var talksBegan: [String] {
    facts.compactMap { fact in
      if case .talkBegan(_, let member, _) = fact { member } else { nil }
    }
  }
}

extension CallRecord {
  /// Stands for "not exactly one record", so that a test fails with the number instead of trapping.
  static func none(_ count: Int) -> CallRecord {
    CallRecord(
      pbx: "none", linkedID: LinkedID("\(count) records"), channel: "", direction: .internal,
      startedAt: Script.start, endedAt: Script.start, rawNumber: "", rawName: "", did: "", queue: nil,
      answered: false, answeredBy: "nobody", wait: .seconds(-1), talk: .seconds(-1), lostAt: nil, ending: nil,
      cause: .unknown, membersRung: [], evidence: [], attempt: nil)
  }

  var words: [String] { evidence.map { $0.detail.isEmpty ? $0.what : "\($0.what) \($0.detail)" } }
}

extension TrackerSettings {
  static let office = TrackerSettings(
    pbx: "pbx1", inboundContexts: ["from-trunk"],
    stages: ["greeting": .greeting, "ivr-main": .ivr, "after-hours": .afterHours])
}

extension Duration {
  /// Within 100 ms: transcripts give every event a millisecond of its own.
  func isAbout(_ seconds: Double) -> Bool { abs(inSeconds - seconds) < 0.1 }
}

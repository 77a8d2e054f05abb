public import Telephony

/// Follows the channels, bridges, queues and members of one PBX and says what became of each call.
///
/// A value: the same events give the same actions, live, in a replay and in a simulation. `now` is the
/// moment of the event (AMI `Timestamp:`), and may step back a little between channels. Feed all events that
/// have arrived before calling `tick`: a verdict does not wait for those which the service still holds.
public struct CallTracker: Sendable {
  /// What the runner is to do with a result.
  public enum Action: Sendable, Hashable {
    case fact(CallFact)
    case floorChanged(FloorChange)
    case anomaly(Anomaly)
  }

  /// `legs_max`: channels whose bridging with one call is remembered.
  public static let legsMax = 32
  /// `rung_max`: members and extensions named for one call.
  public static let rungMax = 64
  /// `members_max`: queue members kept, over all queues.
  public static let membersMax = 50_000

  public let settings: TrackerSettings

  /// What is looked at when its time comes.
  enum Due: Sendable {
    case verdict(Handle)
    case queueEntry(Handle, join: Int)
  }

  enum Forgetting: Sendable {
    case channel(Handle)
    case bridge(Handle)
  }

  /// A leg dialled for a call before its Newchannel was seen.
  struct PendingDial: Sendable {
    var call: Handle
    /// It is the far end of an outbound call.
    var outside: Bool
  }

  static let pendingDialsMax = 10_000

  var channels = Slab<TrackedChannel>()
  var channelIndex: [ChannelID: Handle] = [:]
  var bridges = Slab<TrackedBridge>()
  var bridgeIndex: [BridgeID: Handle] = [:]
  var calls = Slab<TrackedCall>()
  /// Undecided calls by the linkedid they were born with.
  var callIndex: [LinkedID: Handle] = [:]
  /// First seen half of each Local channel whose other half is still to come.
  var localHalves: [String: Handle] = [:]
  /// Legs that were dialled before their Newchannel was seen.
  var pendingDials: [ChannelID: PendingDial] = [:]
  var board = MemberBoard()
  var learnedTrunks: Set<String> = []

  var due = DeadlineHeap<Due>()
  var forgetting = DeadlineLine<Forgetting>()
  /// The latest moment seen.
  var clock = Timestamp(microseconds: .min)
  var startedAt: Timestamp?
  var linkLostAt: Timestamp?
  var shutdownAt: Timestamp?
  var actions: [Action] = []

  public init(settings: TrackerSettings) { self.settings = settings }

  /// Folds one event. An event that is no business of the tracker gives no action.
  public mutating func handle(_ event: PBXEvent, at now: Timestamp) -> [Action] {
    clock = max(clock, now)
    fold(event, at: now)
    return taken()
  }

  /// Takes over a snapshot: ends what is gone, learns what is new, replaces queues and members.
  ///
  /// `now` is the moment at which the snapshot was *asked for*: a channel born later than that is not
  /// expected in it. Events that were held meanwhile are handled after this, in their order.
  public mutating func resynchronize(with snapshot: PBXSnapshot, at now: Timestamp) -> [Action] {
    clock = max(clock, now)
    takeOver(snapshot, at: now)
    return taken()
  }

  /// Does what is due: verdicts after the settle time, forgetting closed channels.
  public mutating func tick(at now: Timestamp) -> [Action] {
    while let subject = due.popDue(at: now) {
      switch subject {
      case .verdict(let call):
        guard calls.contains(call) else { continue }
        if let later = verdictAfterShutdown(call), now < later {
          due.insert(subject, at: later)
        } else {
          decide(call)
        }
      case .queueEntry(let call, let join): if calls.contains(call) { recordEntry(join, of: call) }
      }
    }
    while let subject = forgetting.popDue(at: now) {
      switch subject {
      case .channel(let channel): forgetChannel(channel)
      case .bridge(let bridge): forgetBridge(bridge)
      }
    }
    return taken()
  }

  /// When `tick` is next wanted; nil where nothing is pending.
  public var nextDeadline: Timestamp? {
    switch (due.first, forgetting.first) {
    case (let a?, let b?): min(a, b)
    case (let a, let b): a ?? b
    }
  }

  /// The event stream broke: what happens from now until `resynchronize` is not seen.
  public mutating func linkLost(at now: Timestamp) {
    clock = max(clock, now)
    if linkLostAt == nil { linkLostAt = now }
    // Shutdown is believed only because the end of the stream follows it: a caller could forge the event.
    guard let shutdownAt, now - shutdownAt <= Self.shutdownWindow else { return }
    for call in calls.handles {
      guard let ended = calls[call].endedAt, ended >= shutdownAt - Self.shutdownWindow else { continue }
      calls[call].endedByPBX = true
    }
  }

  /// After a Shutdown the end of the stream is waited for: it tells whether the PBX took the call with it.
  private func verdictAfterShutdown(_ call: Handle) -> Timestamp? {
    guard let shutdownAt, linkLostAt == nil, let ended = calls[call].endedAt,
      ended >= shutdownAt - Self.shutdownWindow, ended <= shutdownAt + Self.shutdownWindow
    else { return nil }
    return shutdownAt + Self.shutdownWindow
  }

  /// How close a hangup, Shutdown and the end of the stream must be to be one thing.
  static let shutdownWindow: Duration = .seconds(2)

  /// When this Asterisk started, from the last snapshot.
  public var pbxStartedAt: Timestamp? { startedAt }

  /// The whole floor, built when asked for: O(live calls + members).
  public var floor: Floor {
    Floor(
      queues: board.queues.keys.sorted().compactMap(board.shown), parties: liveParties)
  }

  /// The live calls (the outside party has not hung up), without building the floor.
  public var liveParties: [LiveParty] { calls.parts { $0.endedAt == nil ? $0.party : nil } }

  /// Calls tracked, those included whose verdict is still to come.
  public var callCount: Int { calls.count }

  /// Channels known, closed ones included.
  public var channelCount: Int { channels.count }

  /// The live call born with this linkedid.
  public func party(_ linkedID: LinkedID) -> LiveParty? {
    guard let handle = callIndex[linkedID], calls.contains(handle), calls[handle].endedAt == nil else {
      return nil
    }
    return calls[handle].party
  }

  /// One queue; nil where it was never seen.
  public func queue(_ name: QueueName) -> FloorQueue? { board.shown(name) }

  /// One member in one queue.
  public func member(_ interface: MemberInterface, in queue: QueueName) -> FloorMember? {
    board.queues[queue]?.members[interface]
  }

  mutating func taken() -> [Action] {
    guard !actions.isEmpty else { return [] }
    let result = actions
    actions = []
    return result
  }

  mutating func tell(_ fact: CallFact) { actions.append(.fact(fact)) }
  mutating func anomaly(_ anomaly: Anomaly) { actions.append(.anomaly(anomaly)) }

  /// A step of evidence; the limit is told once for each call.
  mutating func note(_ call: Handle, _ what: String, _ detail: String = "", at: Timestamp) {
    if !calls[call].note(what, detail, at: at, max: settings.evidenceStepsMax) {
      tellLimit(.evidenceSteps, of: call)
    }
  }

  mutating func tellLimit(_ limit: Anomaly.Limit, of call: Handle) {
    if calls[call].limitsTold.insert(limit).inserted { anomaly(.limitReached(limit)) }
  }
}

import Telephony

/// A stretch of time in which a human was connected with the outside party.
struct Talk: Sendable, Hashable {
  var began: Timestamp
  var ended: Timestamp
  var leg: Handle
}

/// Who talked with the outside party and when, from what all channels of the call went through.
///
/// Computed once, after everything has arrived, so that the order in which the events of different channels
/// came makes no difference.
struct TalkTimeline: Sendable {
  private(set) var talks: [Talk] = []
  /// Somebody other than the transferer talked after the last transfer.
  private(set) var afterTransfer = false

  init(of call: TrackedCall, in tracker: CallTracker) {
    let nodes = call.own + call.met.filter { !call.own.contains($0) }
    let channels = nodes.map { tracker.channels[$0] }
    guard channels.contains(where: { !$0.stays.isEmpty }) else { return }
    let moments = Self.moments(channels, call.transfer)
    guard moments.count > 1 else { return }
    for (begin, end) in zip(moments, moments.dropFirst()) {
      let reached = Self.reached(channels, own: call.own.count, call.party.direction, from: begin, until: end)
      var humans = reached.filter { index in
        tracker.isHuman(nodes[index], for: call.party.direction) && Self.isUp(channels[index], begin, end)
      }
      if let transfer = call.transfer, begin >= transfer.at {
        // Put through to another caller, he has somebody to talk to as well.
        humans += reached.filter { $0 >= call.own.count && channels[$0].role == .caller }
        if humans.contains(where: { !Self.isTransferer(channels[$0], transfer) }) { afterTransfer = true }
      }
      add(humans.map { nodes[$0] }, from: begin, until: end)
    }
  }

  /// All talks together.
  var total: Duration { talks.reduce(.zero) { $0 + ($1.ended - $1.began) } }

  /// Closes gaps in one talk: a Local channel that is optimised away parts the two for a moment.
  mutating func closeGaps(under limit: Duration) {
    var joined: [Talk] = []
    for talk in talks {
      if let last = joined.last, last.leg == talk.leg, talk.began - last.ended < limit {
        joined[joined.count - 1].ended = talk.ended
      } else {
        joined.append(talk)
      }
    }
    talks = joined
  }

  private mutating func add(_ humans: [Handle], from begin: Timestamp, until end: Timestamp) {
    guard let first = humans.first else { return }
    if let last = talks.last, last.ended == begin, humans.contains(last.leg) {
      talks[talks.count - 1].ended = end
    } else {
      talks.append(Talk(began: begin, ended: end, leg: first))
    }
  }

  private static func moments(_ channels: [TrackedChannel], _ transfer: TransferMark?) -> [Timestamp] {
    var moments = Set<Timestamp>()
    for channel in channels {
      for stay in channel.stays {
        moments.insert(stay.entered)
        if !stay.isOpen { moments.insert(stay.left) }
      }
      if let upAt = channel.upAt { moments.insert(upAt) }
    }
    if let transfer { moments.insert(transfer.at) }
    return moments.sorted()
  }

  /// The channels connected with the outside party throughout a stretch without changes.
  private static func reached(
    _ channels: [TrackedChannel], own: Int, _ direction: CallDirection, from begin: Timestamp,
    until end: Timestamp
  ) -> [Int] {
    let bridges = channels.map { channel in
      channel.stays.first { !$0.holding && $0.entered <= begin && $0.left >= end }?.bridge
    }
    var seen = (0..<channels.count).map { index in
      index < own && (direction == .inbound || isUp(channels[index], begin, end))
    }
    var found = seen.indices.filter { seen[$0] }
    var next = 0
    while next < found.count {
      let here = found[next]
      next += 1
      for other in channels.indices where !seen[other] {
        let together = bridges[here] != nil && bridges[here] == bridges[other]
        let halves = channels[here].role == .local && isPair(channels[here], channels[other])
        if together || halves {
          seen[other] = true
          found.append(other)
        }
      }
    }
    return found
  }

  private static func isPair(_ one: TrackedChannel, _ two: TrackedChannel) -> Bool {
    guard two.role == .local, let base = TrackedChannel.localBase(ofName: one.name) else { return false }
    return base == TrackedChannel.localBase(ofName: two.name)
  }

  private static func isUp(_ channel: TrackedChannel, _ begin: Timestamp, _ end: Timestamp) -> Bool {
    guard let upAt = channel.upAt, upAt <= begin else { return false }
    return channel.closedAt.map { $0 >= end } ?? true
  }

  /// The transferring phone, under any channel it had at that time; called back later it counts again.
  private static func isTransferer(_ channel: TrackedChannel, _ transfer: TransferMark) -> Bool {
    channel.id == transfer.transferer || (channel.device == transfer.device && channel.bornAt < transfer.at)
  }
}

import Telephony

/// A channel that can be reached from another one, and when all bridges on the way were passable together.
struct Reached: Sendable {
  var channel: Handle
  var from: Timestamp
  var until: Timestamp

  var isNow: Bool { until == .never }
}

extension CallTracker {
  /// Nodes one search may visit: a conference is cut there.
  static let reachMax = 64

  mutating func entered(_ id: BridgeID, _ snapshot: ChannelSnapshot, at now: Timestamp) {
    guard let handle = channelIndex[snapshot.id] else {
      anomaly(.unknownChannel(event: "BridgeEnter"))
      return
    }
    guard channels[handle].closedAt == nil else { return }
    let bridge = bridge(id)
    let stays = channels[handle].stays
    if stays.contains(where: { $0.bridge == bridge && ($0.isOpen || $0.entered == now) }) { return }
    // A stay that ended after this one began: a repeated event, come late.
    if let last = stays.last, last.entered > now { return }
    if snapshot.state == .up { isUp(handle, at: now) }
    leaveBridge(handle, at: now)
    enter(handle, bridge, at: now)
    connectionGrew(at: handle)
  }

  mutating func bridge(_ id: BridgeID) -> Handle {
    if let handle = bridgeIndex[id] { return handle }
    let handle = bridges.insert(TrackedBridge(id: id))
    bridgeIndex[id] = handle
    return handle
  }

  mutating func enter(_ handle: Handle, _ bridge: Handle, at now: Timestamp) {
    if channels[handle].stays.count >= TrackedChannel.staysMax {
      channels[handle].stays.removeFirst()
      if let call = channels[handle].call, calls.contains(call) { tellLimit(.legs, of: call) }
    }
    if let parkedAt = channels[handle].parkedAt, parkedAt <= now { bridges[bridge].holding = true }
    channels[handle].parkedAt = nil
    channels[handle].stays.append(
      BridgeStay(bridge: bridge, entered: now, left: .never, holding: bridges[bridge].holding))
    bridges[bridge].members.append(handle)
    bridges[bridge].recent.removeAll { $0 == handle }
  }

  mutating func left(_ id: BridgeID, _ snapshot: ChannelSnapshot, at now: Timestamp) {
    guard let handle = channelIndex[snapshot.id] else {
      anomaly(.unknownChannel(event: "BridgeLeave"))
      return
    }
    guard let bridge = bridgeIndex[id], let stay = channels[handle].stays.last, stay.bridge == bridge,
      stay.isOpen, stay.entered <= now
    else { return }
    let affected = liveCalls(around: handle)
    leaveBridge(handle, at: now)
    for call in affected { refreshTalk(call, at: now) }
  }

  /// Ends the open stay, if there is one.
  mutating func leaveBridge(_ handle: Handle, at now: Timestamp) {
    guard let last = channels[handle].stays.indices.last, channels[handle].stays[last].isOpen else { return }
    let bridge = channels[handle].stays[last].bridge
    channels[handle].stays[last].left = channels[handle].stays[last].end(toldAt: now)
    guard bridges.contains(bridge) else { return }
    bridges[bridge].members.removeAll { $0 == handle }
    bridges[bridge].recent.append(handle)
    if bridges[bridge].recent.count > TrackedBridge.recentMax { bridges[bridge].recent.removeFirst() }
    if bridges[bridge].members.isEmpty, !bridges[bridge].forgetting {
      bridges[bridge].forgetting = true
      forgetting.append(.bridge(bridge), at: clock + settings.closedChannelMemory)
    }
  }

  mutating func forgetBridge(_ bridge: Handle) {
    guard bridges.contains(bridge) else { return }
    bridges[bridge].forgetting = false
    guard bridges[bridge].members.isEmpty else { return }
    if bridgeIndex[bridges[bridge].id] == bridge { bridgeIndex[bridges[bridge].id] = nil }
    bridges.remove(bridge)
  }

  /// How long after the enter into the lot ParkedCall may come: it travels on a topic of its own.
  static let parkingLag: Duration = .milliseconds(100)

  /// ParkedCall: the bridge it enters next is a parking lot's. It is raised before the leave from the bridge of
  /// the talk and before the enter (`res/parking/parking_bridge.c`, `bridge_parking_push`; seen so on 16 and
  /// 22), and may be overtaken by both.
  mutating func parked(_ snapshot: ChannelSnapshot, at now: Timestamp) {
    guard let handle = channelIndex[snapshot.id] else {
      anomaly(.unknownChannel(event: "ParkedCall"))
      return
    }
    if let call = ownCall(handle) { note(call, "parked", at: now) }
    let last = channels[handle].stays.last
    // Said twice: he is there already.
    if let last, last.isOpen, last.holding { return }
    guard let last, last.isOpen, last.entered <= now, now - last.entered < Self.parkingLag,
      bridges.contains(last.bridge)
    else {
      channels[handle].parkedAt = now
      return
    }
    bridges[last.bridge].holding = true
    for member in bridges[last.bridge].members + bridges[last.bridge].recent where channels.contains(member) {
      for index in channels[member].stays.indices where channels[member].stays[index].bridge == last.bridge {
        channels[member].stays[index].holding = true
      }
    }
    for call in liveCalls(around: handle) + [ownCall(handle)].compactMap({ $0 }) {
      refreshTalk(call, at: now)
    }
  }

  /// Everyone who is, or was for a time, in one conversation with this channel: through bridges and through
  /// the two halves of Local channels. With `onlyNow` nothing that is over counts.
  func reach(from start: Handle, onlyNow: Bool) -> [Reached] {
    var found = [Reached(channel: start, from: Timestamp(microseconds: .min), until: .never)]
    var next = 0
    while next < found.count, found.count < Self.reachMax {
      let here = found[next]
      next += 1
      if let pair = channels[here.channel].pair, channels.contains(pair) {
        add(Reached(channel: pair, from: here.from, until: here.until), to: &found)
      }
      for stay in channels[here.channel].stays where !stay.holding && (stay.isOpen || !onlyNow) {
        let from = max(here.from, stay.entered)
        let until = min(here.until, stay.left)
        guard from < until, bridges.contains(stay.bridge) else { continue }
        for member in bridges[stay.bridge].members {
          meet(member, in: stay.bridge, from: from, until: until, found: &found)
        }
        guard !onlyNow else { continue }
        for member in bridges[stay.bridge].recent where channels.contains(member) {
          meet(member, in: stay.bridge, from: from, until: until, found: &found)
        }
      }
    }
    return found
  }

  private func meet(
    _ other: Handle, in bridge: Handle, from: Timestamp, until: Timestamp, found: inout [Reached]
  ) {
    for stay in channels[other].stays where stay.bridge == bridge && !stay.holding {
      let begin = max(from, stay.entered)
      let end = min(until, stay.left)
      if begin < end { add(Reached(channel: other, from: begin, until: end), to: &found) }
    }
  }

  private func add(_ reached: Reached, to found: inout [Reached]) {
    if let known = found.firstIndex(where: { $0.channel == reached.channel }) {
      if reached.until > found[known].until { found[known].until = reached.until }
      return
    }
    found.append(reached)
  }

  /// The calls whose outside party is connected with this channel at this moment.
  func liveCalls(around handle: Handle) -> [Handle] {
    var result: [Handle] = []
    for reached in reach(from: handle, onlyNow: true) {
      if let call = ownCall(reached.channel), !result.contains(call) { result.append(call) }
    }
    return result
  }

  /// A channel entered a bridge, came up, or found its other half: who now talks, and who has met whom.
  mutating func connectionGrew(at handle: Handle) {
    let found = reach(from: handle, onlyNow: false)
    guard found.count > 1 else { return }
    for reached in found {
      guard let call = ownCall(reached.channel) else { continue }
      for other in found
      where other.channel != reached.channel
        && max(other.from, reached.from) < min(other.until, reached.until)
      {
        remember(other.channel, metBy: call)
      }
      if reached.isNow { refreshTalk(call, at: clock) }
    }
  }

  private mutating func remember(_ handle: Handle, metBy call: Handle) {
    guard !calls[call].met.contains(handle), !calls[call].own.contains(handle) else { return }
    guard calls[call].met.count < Self.legsMax else {
      tellLimit(.legs, of: call)
      return
    }
    calls[call].met.append(handle)
    channels[handle].holds += 1
  }

  /// Whether this channel is a person who can talk with the outside party of a call.
  func isHuman(_ handle: Handle, for direction: CallDirection) -> Bool {
    guard channels[handle].upAt != nil else { return false }
    switch channels[handle].role {
    case .phone: return true
    // An outside phone that one of ours dialled serves a caller well; it is not a person of ours.
    case .outside: return direction == .inbound
    case .caller, .customer, .local, .media: return false
    }
  }

  /// Compares who is connected now with who was thought to talk.
  mutating func refreshTalk(_ call: Handle, at now: Timestamp) {
    var human: (channel: Handle, since: Timestamp)?
    for own in calls[call].own where channels[own].closedAt == nil {
      guard calls[call].party.direction == .inbound || channels[own].upAt != nil else { continue }
      for reached in reach(from: own, onlyNow: true) {
        guard isHuman(reached.channel, for: calls[call].party.direction) else { continue }
        let since = max(reached.from, channels[reached.channel].upAt ?? reached.from)
        if reached.channel == calls[call].liveLeg { return }
        if human == nil { human = (reached.channel, since) }
      }
    }
    guard let human else {
      if calls[call].liveLeg != nil {
        calls[call].liveLeg = nil
        calls[call].lastTalkEndedAt = now
        calls[call].party.talkingWith = nil
        calls[call].party.talkingSince = nil
      }
      return
    }
    let name = memberName(of: human.channel, in: calls[call])
    calls[call].liveLeg = human.channel
    calls[call].party.talkingWith = name
    calls[call].party.talkingSince = human.since
    // A Local channel that is optimised away parts the two for a moment: still the same talk.
    if calls[call].lastTalkedLeg == human.channel, let ended = calls[call].lastTalkEndedAt,
      human.since - ended < settings.settle
    {
      return
    }
    calls[call].lastTalkedLeg = human.channel
    tell(.talkBegan(calls[call].party.linkedID, member: name, at: human.since))
  }

  /// The member for whom the queue rang this leg, else the phone by its device name.
  func memberName(of leg: Handle, in call: TrackedCall) -> String {
    let channel = channels[leg]
    if !channel.pickedUp {
      if let member = call.memberLegs.first(where: { $0.leg == channel.id })?.member { return member }
      if let member = memberThroughLocal(to: leg, in: call) { return member }
    }
    return channel.device
  }

  private func memberThroughLocal(to leg: Handle, in call: TrackedCall) -> String? {
    guard !call.memberLegs.isEmpty else { return nil }
    for met in call.met where channels[met].role == .local {
      guard let member = call.memberLegs.first(where: { $0.leg == channels[met].id })?.member,
        let pair = channels[met].pair, channels.contains(pair)
      else { continue }
      // The phone shared a bridge with the far half of the member's Local channel.
      let bridges = channels[pair].stays.map(\.bridge)
      if channels[leg].stays.contains(where: { bridges.contains($0.bridge) }) { return member }
    }
    return nil
  }
}

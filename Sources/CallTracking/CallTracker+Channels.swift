import Telephony

extension CallTracker {
  /// The call whose outside party this channel is.
  func ownCall(_ handle: Handle) -> Handle? {
    guard channels[handle].isOwn, let call = channels[handle].call, calls.contains(call) else { return nil }
    return call
  }

  /// The call that an event on this channel is about: its own, or that behind a Local channel which stands
  /// in for the caller.
  func call(of snapshot: ChannelSnapshot) -> Handle? {
    guard let handle = channelIndex[snapshot.id] else { return nil }
    if channels[handle].isOwn { return ownCall(handle) }
    guard channels[handle].role == .local else { return nil }
    return callBehindLocal(handle)
  }

  func callBehindLocal(_ handle: Handle) -> Handle? {
    if let call = channels[handle].call, calls.contains(call) { return call }
    if let pair = channels[handle].pair, channels.contains(pair), let call = channels[pair].call,
      calls.contains(call)
    {
      return call
    }
    return callIndex[channels[handle].linkedID]
  }

  mutating func created(_ snapshot: ChannelSnapshot, at now: Timestamp) {
    guard channelIndex[snapshot.id] == nil else { return }
    guard let handle = admit(snapshot, bornAt: now) else { return }
    if channels[handle].role == .phone, isBornInbound(snapshot) {
      if looksDialled(snapshot) {
        channels[handle].mayBeCaller = true
      } else {
        beginInbound(handle, snapshot, at: now)
      }
    }
  }

  /// Makes the channel known and ties it to the calls as far as its birth tells. Nil where the limit is
  /// reached.
  mutating func admit(_ snapshot: ChannelSnapshot, bornAt: Timestamp) -> Handle? {
    guard channels.count < settings.channelsMax else {
      anomaly(.limitReached(.channels))
      return nil
    }
    var channel = TrackedChannel(
      id: snapshot.id, linkedID: snapshot.linkedID, name: snapshot.name,
      role: ChannelRole(name: snapshot.name), bornAt: bornAt)
    if snapshot.state == .up { channel.upAt = bornAt }
    let local = channel.role == .local
    let leg = OurLeg(snapshot.id)
    if !local, leg == nil, isCustomersPhone(snapshot, bornAt: bornAt) { channel.role = .customer }
    let handle = channels.insert(channel)
    channelIndex[snapshot.id] = handle
    if local { joinHalves(handle, name: snapshot.name) }
    if let leg, case .customer = leg.party, !snapshot.id.rawValue.hasSuffix(";2") {
      if !local { channels[handle].role = .customer }
      beginAttempt(handle, leg.attempt, snapshot, at: bornAt)
    } else if !pendingDials.isEmpty, let dial = pendingDials.removeValue(forKey: snapshot.id),
      calls.contains(dial.call)
    {
      addLeg(handle, dial)
    }
    return handle
  }

  /// A leg dialled for our customer's Local channel is the customer, not a person of ours. Once our leg is answered, who
  /// is dialled is dialled for it; of a Local leg that only a snapshot showed nobody knows when that was.
  private func isCustomersPhone(_ snapshot: ChannelSnapshot, bornAt: Timestamp) -> Bool {
    guard let ours = OurLeg(ChannelID(snapshot.linkedID.rawValue)), case .customer = ours.party else {
      return false
    }
    guard let handle = channelIndex[ours.channel], let upAt = channels[handle].upAt else { return true }
    if channels[handle].role == .local, upAt == channels[handle].bornAt { return true }
    return bornAt < upAt
  }

  func isBornInbound(_ snapshot: ChannelSnapshot) -> Bool {
    settings.inboundContexts.contains(snapshot.context) && snapshot.id.rawValue == snapshot.linkedID.rawValue
      && OurLeg(snapshot.id) == nil
  }

  /// A leg that is dialled out over a trunk is born in the trunk's context as well, but down and at `s`
  /// (`main/channel.c`, `ast_channel_alloc`); a caller of chan_sip is born down too, but at what he dialled.
  private func looksDialled(_ snapshot: ChannelSnapshot) -> Bool {
    snapshot.state == .down && (snapshot.exten.isEmpty || snapshot.exten == "s")
  }

  private mutating func joinHalves(_ handle: Handle, name: String) {
    guard let base = TrackedChannel.localBase(ofName: name) else { return }
    guard let other = localHalves.removeValue(forKey: base), channels.contains(other), other != handle else {
      localHalves[base] = handle
      return
    }
    join(handle, other)
  }

  mutating func join(_ one: Handle, _ two: Handle) {
    guard channels[one].pair != two else { return }
    channels[one].pair = two
    channels[two].pair = one
    connectionGrew(at: one)
  }

  mutating func localBridged(_ one: ChannelSnapshot, _ two: ChannelSnapshot) {
    guard let a = channelIndex[one.id], let b = channelIndex[two.id] else {
      anomaly(.unknownChannel(event: "LocalBridge"))
      return
    }
    join(a, b)
  }

  mutating func beginInbound(_ handle: Handle, _ snapshot: ChannelSnapshot, at now: Timestamp) {
    let did = snapshot.exten == "s" ? "" : snapshot.exten
    let party = LiveParty(
      linkedID: snapshot.linkedID, channel: snapshot.id, direction: .inbound,
      rawNumber: snapshot.callerNumber,
      rawName: snapshot.callerName, did: did, startedAt: now)
    guard let call = begin(party, own: handle) else { return }
    channels[handle].role = .caller
    channels[handle].mayBeCaller = false
    if learnedTrunks.count < 1_000 { learnedTrunks.insert(channels[handle].device) }
    tell(.callBegan(calls[call].began(pbx: settings.pbx)))
    note(call, "began", snapshot.context, at: now)
  }

  private mutating func beginAttempt(
    _ handle: Handle, _ attempt: AttemptID, _ snapshot: ChannelSnapshot, at now: Timestamp
  ) {
    // A leg that took over the agent's linkedid, or a second line, has a row of its own in the books.
    var linkedID = snapshot.linkedID
    if linkedID.rawValue != snapshot.id.rawValue, callIndex[linkedID] != nil {
      linkedID = LinkedID(snapshot.id.rawValue)
    }
    let party = LiveParty(
      linkedID: linkedID, channel: snapshot.id, direction: .outbound, rawNumber: "", rawName: "", did: "",
      startedAt: now, attempt: attempt)
    guard let call = begin(party, own: handle) else { return }
    tell(.callBegan(calls[call].began(pbx: settings.pbx)))
    note(call, "began", at: now)
  }

  mutating func begin(_ party: LiveParty, own handle: Handle) -> Handle? {
    guard calls.count < settings.callsMax else {
      anomaly(.limitReached(.calls))
      return nil
    }
    var call = TrackedCall(party: party, own: [handle])
    call.wasUp = channels[handle].upAt != nil
    let key = calls.insert(call)
    callIndex[party.linkedID] = key
    channels[handle].call = key
    channels[handle].isOwn = true
    channels[handle].holds += 1
    return key
  }

  mutating func stateChanged(_ snapshot: ChannelSnapshot, at now: Timestamp) {
    guard let handle = channelIndex[snapshot.id] else {
      anomaly(.unknownChannel(event: "Newstate"))
      return
    }
    guard channels[handle].closedAt == nil else { return }
    if channels[handle].mayBeCaller, snapshot.state == .ring {
      channels[handle].mayBeCaller = false
      beginInbound(handle, snapshot, at: channels[handle].bornAt)
    }
    if snapshot.state == .up { isUp(handle, at: now) }
  }

  mutating func isUp(_ handle: Handle, at now: Timestamp) {
    if let known = channels[handle].upAt {
      channels[handle].upAt = min(known, now)
      return
    }
    channels[handle].upAt = now
    if let call = channels[handle].call, calls.contains(call) {
      if channels[handle].isOwn { calls[call].wasUp = true }
    }
    if !channels[handle].stays.isEmpty { connectionGrew(at: handle) }
  }

  mutating func identityChanged(_ snapshot: ChannelSnapshot) {
    guard let handle = channelIndex[snapshot.id], let call = ownCall(handle) else { return }
    // The number as the network gave it; what the dialplan makes of it later is not the caller's.
    guard calls[call].party.direction == .inbound, calls[call].party.rawNumber.isEmpty else { return }
    calls[call].party.rawNumber = snapshot.callerNumber
    if calls[call].party.rawName.isEmpty { calls[call].party.rawName = snapshot.callerName }
  }

  mutating func renamed(_ id: ChannelID, to name: String) {
    guard let handle = channelIndex[id] else {
      anomaly(.unknownChannel(event: "Rename"))
      return
    }
    guard !TrackedChannel.isPassing(name: name), channels[handle].closedAt == nil else { return }
    channels[handle].name = name
    switch channels[handle].role {
    case .phone, .media, .local:
      let role = ChannelRole(name: name)
      if role != channels[handle].role {
        channels[handle].role = role
        if role != .local { channels[handle].pair = nil }
        connectionGrew(at: handle)
      }
    case .caller, .outside, .customer: break
    }
    if let queue = channels[handle].waitingIn { board.rename(id, to: name, in: queue) }
  }

  /// The caller himself ends it. Whom nothing tells of was hung up on: the dialplan had come to its end.
  mutating func letGo(_ snapshot: ChannelSnapshot, at now: Timestamp) {
    guard let handle = channelIndex[snapshot.id] else {
      anomaly(.unknownChannel(event: "HangupRequest"))
      return
    }
    guard let call = ownCall(handle) else { return }
    calls[call].letGoAt = calls[call].letGoAt.map { min($0, now) } ?? now
  }

  mutating func hungUp(_ snapshot: ChannelSnapshot, _ cause: HangupCause, at now: Timestamp) {
    guard let handle = channelIndex[snapshot.id] else {
      anomaly(.unknownChannel(event: "Hangup"))
      return
    }
    if channels[handle].closedAt != nil {
      if channels[handle].closedUnseen { refineEnd(handle, snapshot, cause, at: now) }
      return
    }
    if snapshot.state == .up, channels[handle].upAt == nil { channels[handle].upAt = now }
    close(handle, at: now)
    if let call = ownCall(handle) {
      if calls[call].party.direction == .inbound || calls[call].originator == nil {
        calls[call].hangupContext = snapshot.context
      }
      calls[call].cause = cause
    }
    endCallIfOver(handle, at: now)
  }

  /// A held Hangup tells more of a call than the snapshot in which it was missing.
  private mutating func refineEnd(
    _ handle: Handle, _ snapshot: ChannelSnapshot, _ cause: HangupCause, at now: Timestamp
  ) {
    channels[handle].closedUnseen = false
    guard let call = ownCall(handle), let ended = calls[call].endedAt else { return }
    calls[call].cause = cause
    calls[call].hangupContext = snapshot.context
    calls[call].endedAt = min(ended, now)
    note(call, "hung_up", snapshot.context, at: now)
  }

  /// The channel is gone: out of its bridge, out of its queue, kept in memory for late events.
  mutating func close(_ handle: Handle, at now: Timestamp) {
    let affected =
      channels[handle].stays.isEmpty && channels[handle].pair == nil ? [] : liveCalls(around: handle)
    leaveBridge(handle, at: now)
    channels[handle].closedAt = channels[handle].stays.last.map { max(now, $0.left) } ?? now
    if let queue = channels[handle].waitingIn {
      channels[handle].waitingIn = nil
      if board.leave(channels[handle].id, queue: queue) { actions.append(.floorChanged(.waiting(queue))) }
    }
    if channels[handle].role == .local, let base = TrackedChannel.localBase(ofName: channels[handle].name) {
      localHalves[base] = nil
    }
    forgetting.append(.channel(handle), at: clock + settings.closedChannelMemory)
    for call in affected { refreshTalk(call, at: now) }
  }

  /// Ends the call when its last own channel, and of an outbound call the extension's too, is gone.
  mutating func endCallIfOver(_ handle: Handle, at now: Timestamp) {
    guard channels[handle].isOwn || channels[handle].isOriginator, let call = channels[handle].call,
      calls.contains(call), calls[call].endedAt == nil
    else { return }
    let legs = calls[call].own + (calls[call].originator.map { [$0] } ?? [])
    guard legs.allSatisfy({ channels[$0].closedAt != nil }) else { return }
    calls[call].endedAt = legs.map { channels[$0].closedAt ?? now }.max() ?? now
    note(call, "hung_up", calls[call].hangupContext, at: now)
    tell(.callerLeft(calls[call].party.linkedID))
    due.insert(.verdict(call), at: max(clock, now) + settings.settle)
  }

  mutating func forgetChannel(_ handle: Handle) {
    guard channels.contains(handle) else { return }
    guard channels[handle].holds == 0 else {
      channels[handle].expired = true
      return
    }
    if channelIndex[channels[handle].id] == handle { channelIndex[channels[handle].id] = nil }
    channels.remove(handle)
  }

  mutating func release(_ handle: Handle) {
    channels[handle].holds -= 1
    if channels[handle].holds == 0, channels[handle].expired { forgetChannel(handle) }
  }
}

import Telephony

extension CallTracker {
  /// CoreStatus has whole seconds: a difference beyond this is another start.
  static let startTolerance: Duration = .milliseconds(1_500)
  /// Applications that the far side of a dialled leg shows: never a caller's.
  static let dialledApplications: Set<String> = ["AppDial", "AppDial2", "AppQueue"]

  mutating func takeOver(_ snapshot: PBXSnapshot, at now: Timestamp) {
    if let startedAt, !isSame(startedAt, snapshot.startedAt) {
      endEverything(at: linkLostAt ?? now)
    } else {
      closeMissing(snapshot, at: now)
    }
    startedAt = snapshot.startedAt
    linkLostAt = nil
    shutdownAt = nil
    let waiting = Set(snapshot.waiting.map(\.channel))
    // Oldest first: who was dialled for one of our legs comes after it.
    for live in snapshot.channels.sorted(by: { $0.age > $1.age }) {
      learn(live, waits: waiting.contains(live.channel.id), at: now)
    }
    for live in snapshot.channels { place(live, at: now) }
    takeOverQueues(snapshot, at: now)
    for call in calls.handles where calls[call].endedAt == nil { refreshTalk(call, at: now) }
    actions.append(.floorChanged(.everything))
  }

  private func isSame(_ a: Timestamp, _ b: Timestamp) -> Bool {
    a - b <= Self.startTolerance && b - a <= Self.startTolerance
  }

  /// Another life of this Asterisk: nothing of the old one is left.
  private mutating func endEverything(at end: Timestamp) {
    var ended = 0
    for handle in channels.handles where channels[handle].closedAt == nil { close(handle, at: end) }
    for call in calls.handles {
      if calls[call].endedAt == nil {
        calls[call].endedByPBX = true
        calls[call].endedAt = end
        note(call, "pbx_restarted", at: end)
        tell(.callerLeft(calls[call].party.linkedID))
        ended += 1
      }
      decide(call)
    }
    // The new life may use the old one's ids again.
    for handle in channels.handles { forgetChannel(handle) }
    for handle in bridges.handles { forgetBridge(handle) }
    localHalves = [:]
    pendingDials = [:]
    if ended > 0 { anomaly(.pbxRestarted(callsEnded: ended)) }
  }

  /// Channels that ended while nobody looked. Those born after the snapshot was asked for are not missed in
  /// it.
  private mutating func closeMissing(_ snapshot: PBXSnapshot, at now: Timestamp) {
    let present = Set(snapshot.channels.map(\.channel.id))
    var unseen = 0
    for handle in channels.handles
    where channels[handle].closedAt == nil && channels[handle].bornAt <= now
      && !present.contains(channels[handle].id)
    {
      close(handle, at: now)
      channels[handle].closedUnseen = true
      if let call = ownCall(handle), calls[call].endedAt == nil {
        unseen += 1
        calls[call].endedUnseen = true
        note(call, "unseen", at: linkLostAt ?? now)
      }
      endCallIfOver(handle, at: now)
    }
    if unseen > 0 { anomaly(.endedUnseen(calls: unseen)) }
  }

  private mutating func learn(_ live: PBXSnapshot.LiveChannel, waits: Bool, at now: Timestamp) {
    let snapshot = live.channel
    if let handle = channelIndex[snapshot.id] {
      guard channels[handle].closedAt == nil else { return }
      if !TrackedChannel.isPassing(name: snapshot.name) { channels[handle].name = snapshot.name }
      if snapshot.state == .up { isUp(handle, at: channels[handle].upAt ?? now) }
      return
    }
    let born = now - live.age
    guard let handle = admit(snapshot, bornAt: born), channels[handle].role == .phone,
      snapshot.id.rawValue == snapshot.linkedID.rawValue, OurLeg(snapshot.id) == nil,
      !Self.dialledApplications.contains(live.application),
      isCallersPlace(handle, snapshot)
        || (waits || live.application == "Queue") && isLong(snapshot.callerNumber)
    else { return }
    // Where he is now is not where he was born: the dialled number is told only while he is still there.
    var origin = snapshot
    if !settings.inboundContexts.contains(snapshot.context) { origin.exten = "" }
    beginInbound(handle, origin, at: born)
  }

  /// A caller is where callers are born or led, or came over a trunk.
  private func isCallersPlace(_ handle: Handle, _ snapshot: ChannelSnapshot) -> Bool {
    let device = channels[handle].device
    return settings.inboundContexts.contains(snapshot.context) || settings.stages[snapshot.context] != nil
      || settings.trunks.contains(device) || learnedTrunks.contains(device)
  }

  /// Longer than any extension: who waits in a queue with such a number, or talks to a member of it, came from
  /// outside.
  private func isLong(_ number: String) -> Bool {
    number.utf8.count { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } >= 7
  }

  private mutating func place(_ live: PBXSnapshot.LiveChannel, at now: Timestamp) {
    guard let handle = channelIndex[live.channel.id], channels[handle].closedAt == nil else { return }
    let open = channels[handle].stays.last.flatMap { $0.isOpen ? $0 : nil }
    // What an event told of a later moment stands.
    if let last = channels[handle].stays.last, max(last.entered, last.isOpen ? last.entered : last.left) > now
    {
      return
    }
    guard let id = live.bridge else {
      if open != nil {
        let affected = liveCalls(around: handle)
        leaveBridge(handle, at: now)
        for call in affected { refreshTalk(call, at: now) }
      }
      return
    }
    let bridge = bridge(id)
    guard open?.bridge != bridge else { return }
    leaveBridge(handle, at: now)
    enter(handle, bridge, at: now)
    channels[handle].stays[channels[handle].stays.count - 1].isFromSnapshot = true
    connectionGrew(at: handle)
  }

  private mutating func takeOverQueues(_ snapshot: PBXSnapshot, at now: Timestamp) {
    var waiting: [(QueueName, WaitingCaller)] = []
    var places: [ChannelID: QueueName] = [:]
    for caller in snapshot.waiting.sorted(by: { ($0.queue, $0.position) < ($1.queue, $1.position) }) {
      let handle = channelIndex[caller.channel]
      if let handle, channels[handle].closedAt != nil { continue }
      places[caller.channel] = caller.queue
      var since = now - caller.wait
      if let handle {
        channels[handle].waitingIn = caller.queue
        if let known = takeOverEntry(handle, caller, since: since, at: now) { since = known }
      }
      waiting.append(
        (
          caller.queue,
          WaitingCaller(
            channel: caller.channel, channelName: caller.channelName,
            linkedID: handle.map { channels[$0].linkedID } ?? LinkedID(caller.channel.rawValue),
            rawNumber: caller.callerNumber, rawName: caller.callerName, since: since)
        ))
    }
    for call in calls.handles {
      guard let open = calls[call].openEntry, calls[call].entries[open].joinedAt <= now,
        places[calls[call].entries[open].channel] != calls[call].entries[open].queue
      else { continue }
      leave(open, of: call, at: now)
    }
    for handle in channels.handles where channels[handle].waitingIn != nil {
      channels[handle].waitingIn = places[channels[handle].id]
    }
    var members = snapshot.members
    if members.count > Self.membersMax {
      members.removeLast(members.count - Self.membersMax)
      anomaly(.limitReached(.members))
    }
    board.replace(queues: snapshot.queues, members: members, waiting: waiting, at: now)
  }

  /// The caller's entry, opened where it is not known. Gives the moment he joined as far as it is known.
  private mutating func takeOverEntry(
    _ handle: Handle, _ caller: PBXSnapshot.WaitingCaller, since: Timestamp, at now: Timestamp
  ) -> Timestamp? {
    let call: Handle
    if let known = ownCall(handle) {
      call = known
    } else if channels[handle].role == .local, let behind = callBehindLocal(handle) {
      call = behind
    } else {
      return nil
    }
    if let open = calls[call].openEntry {
      if calls[call].entries[open].queue == caller.queue { return calls[call].entries[open].joinedAt }
      guard calls[call].entries[open].joinedAt <= now else { return nil }
      leave(open, of: call, at: now)
    }
    if calls[call].party.rawNumber.isEmpty { calls[call].party.rawNumber = caller.callerNumber }
    let snapshot = ChannelSnapshot(
      id: caller.channel, linkedID: channels[handle].linkedID, name: caller.channelName, state: .up)
    open(caller.queue, snapshot, caller.position, of: call, at: since)
    return since
  }
}

import Telephony

extension CallTracker {
  mutating func joined(_ snapshot: ChannelSnapshot, _ queue: QueueName, _ position: Int, at now: Timestamp) {
    guard let handle = channelIndex[snapshot.id] else {
      anomaly(.unknownChannel(event: "QueueCallerJoin"))
      return
    }
    guard channels[handle].closedAt == nil else { return }
    let call = call(of: snapshot)
    if let call, calls[call].entries.contains(where: { $0.queue == queue && $0.joinedAt >= now }) { return }
    if let call, let open = calls[call].openEntry {
      if calls[call].entries[open].queue == queue { return }
      leave(open, of: call, at: now)
    }
    if let before = channels[handle].waitingIn, before != queue {
      if board.leave(snapshot.id, queue: before) { actions.append(.floorChanged(.waiting(before))) }
    }
    let stands = channels[handle].waitingIn == queue
    channels[handle].waitingIn = queue
    let caller = WaitingCaller(
      channel: snapshot.id, channelName: channels[handle].name, linkedID: channels[handle].linkedID,
      rawNumber: call.map { calls[$0].party.rawNumber } ?? snapshot.callerNumber,
      rawName: call.map { calls[$0].party.rawName } ?? snapshot.callerName, since: now)
    if !stands {
      board.join(caller, queue: queue, position: position)
      actions.append(.floorChanged(.waiting(queue)))
    }
    guard let call else { return }
    open(queue, snapshot, position, of: call, at: now)
  }

  mutating func open(
    _ queue: QueueName, _ snapshot: ChannelSnapshot, _ position: Int, of call: Handle, at now: Timestamp
  ) {
    // Only the last entry decides; those whose record is written need not be kept.
    calls[call].entries.removeAll { $0.recorded && now - ($0.leftAt ?? now) > settings.closedChannelMemory }
    calls[call].joins += 1
    calls[call].entries.append(
      QueueEntry(
        join: calls[call].joins, queue: queue, channel: snapshot.id, position: position, joinedAt: now))
    calls[call].party.queue = queue
    mark(call, .queue, context: snapshot.context)
    note(call, "joined", queue.rawValue, at: now)
    tell(.queueEntered(calls[call].began(pbx: settings.pbx), queue, channelName: snapshot.name))
  }

  mutating func leftQueue(_ snapshot: ChannelSnapshot, _ queue: QueueName, at now: Timestamp) {
    guard let handle = channelIndex[snapshot.id] else {
      anomaly(.unknownChannel(event: "QueueCallerLeave"))
      return
    }
    let call = call(of: snapshot)
    if let call {
      guard let open = calls[call].openEntry, calls[call].entries[open].queue == queue,
        calls[call].entries[open].joinedAt <= now
      else {
        if !calls[call].entries.contains(where: { $0.queue == queue }) {
          anomaly(.notInQueue(event: "QueueCallerLeave"))
        }
        return
      }
      leave(open, of: call, at: now)
    }
    if channels[handle].waitingIn == queue { channels[handle].waitingIn = nil }
    if board.leave(snapshot.id, queue: queue) { actions.append(.floorChanged(.waiting(queue))) }
  }

  mutating func leave(_ index: Int, of call: Handle, at now: Timestamp) {
    calls[call].entries[index].leftAt = max(now, calls[call].entries[index].joinedAt)
    calls[call].party.queue = nil
    note(call, "left", calls[call].entries[index].queue.rawValue, at: now)
    due.insert(
      .queueEntry(call, join: calls[call].entries[index].join), at: max(clock, now) + settings.settle)
  }

  /// QueueCallerAbandon: also for timeout, empty queue, withdrawal and redirect, so only a hint.
  mutating func abandoned(_ snapshot: ChannelSnapshot, _ queue: QueueName, at now: Timestamp) {
    guard channelIndex[snapshot.id] != nil else {
      anomaly(.unknownChannel(event: "QueueCallerAbandon"))
      return
    }
    guard let call = call(of: snapshot) else { return }
    guard let index = calls[call].entries.lastIndex(where: { $0.queue == queue && $0.joinedAt <= now }) else {
      anomaly(.notInQueue(event: "QueueCallerAbandon"))
      return
    }
    calls[call].entries[index].abandonSeen = true
    if calls[call].entries[index].leftAt == nil { note(call, "abandoned", queue.rawValue, at: now) }
  }

  mutating func agentCalled(
    _ caller: ChannelSnapshot, _ agent: ChannelSnapshot?, _ queue: QueueName, _ member: MemberInterface,
    at now: Timestamp
  ) {
    guard let call = call(of: caller) else { return }
    if !calls[call].rang(member.rawValue, via: nil, at: now) { tellLimit(.rung, of: call) }
    note(call, "rang", member.rawValue, at: now)
    if let agent, let base = TrackedChannel.localBase(ofName: agent.name) { addQueueLeg(base, to: call) }
  }

  mutating func agentConnected(
    _ caller: ChannelSnapshot, _ agent: ChannelSnapshot?, _ queue: QueueName, _ member: MemberInterface,
    at now: Timestamp
  ) {
    guard let call = call(of: caller) else { return }
    guard let index = calls[call].entries.lastIndex(where: { $0.queue == queue && $0.joinedAt <= now }) else {
      anomaly(.notInQueue(event: "AgentConnect"))
      return
    }
    guard calls[call].entries[index].connectedAt == nil else { return }
    if calls[call].entries[index].recorded { anomaly(.outOfOrder(event: "AgentConnect")) }
    calls[call].entries[index].member = member.rawValue
    calls[call].entries[index].connectedAt = now
    note(call, "connected", member.rawValue, at: now)
    if calls[call].memberLegs.count < Self.legsMax {
      calls[call].memberLegs.append((agent?.id, member.rawValue, now))
    }
    if let leg = calls[call].liveLeg {
      calls[call].party.talkingWith = memberName(of: leg, in: calls[call])
    }
  }

  mutating func memberChanged(_ member: QueueMember, at now: Timestamp) {
    if board.memberCount >= Self.membersMax, board.queues[member.queue]?.members[member.interface] == nil {
      anomaly(.limitReached(.members))
      return
    }
    if board.set(member, at: now) { actions.append(.floorChanged(.member(member))) }
  }

  mutating func memberRemoved(_ member: QueueMember) {
    if board.remove(member) { actions.append(.floorChanged(.memberGone(member.queue, member.interface))) }
  }

  /// Writes down one stay in one queue, once.
  mutating func recordEntry(_ join: Int, of call: Handle) {
    guard let index = calls[call].entries.firstIndex(where: { $0.join == join }),
      !calls[call].entries[index].recorded
    else { return }
    let entry = calls[call].entries[index]
    guard let leftAt = entry.leftAt ?? calls[call].endedAt.map({ max($0, entry.joinedAt) }) else { return }
    calls[call].entries[index].recorded = true
    calls[call].entries[index].leftAt = leftAt
    tell(
      .queueEntryEnded(
        QueueEntryRecord(
          pbx: settings.pbx, linkedID: calls[call].party.linkedID, channel: entry.channel, join: entry.join,
          queue: entry.queue, joinedAt: entry.joinedAt, leftAt: leftAt,
          result: result(of: entry, in: calls[call]), member: entry.member,
          position: entry.position)))
  }

  /// Abandoned is who hung up in it: his channel was gone within the settle time of leaving, and it was he
  /// who let go. A queue whose time is up, in a dialplan that ends there, looks the same but for that.
  func result(of entry: QueueEntry, in call: TrackedCall) -> QueueEntryRecord.Result {
    if entry.connectedAt != nil { return .answered }
    guard let endedAt = call.endedAt else { return .otherUnanswered }
    guard let leftAt = entry.leftAt else { return .abandoned }
    let shutsDown = shutdownAt != nil
    return endedAt - leftAt <= settings.settle && (!call.wasHungUpOn || shutsDown)
      ? .abandoned : .otherUnanswered
  }
}

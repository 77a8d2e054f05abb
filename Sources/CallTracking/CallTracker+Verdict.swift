import Telephony

extension CallTracker {
  /// Causes of a call that failed before anything of the PBX took it.
  static let networkCauses: Set<HangupCause> = [
    .unallocated, .noRoute, .subscriberAbsent, .destinationOutOfOrder, .invalidNumberFormat, .congestion,
    .networkOutOfOrder, .temporaryFailure, .switchCongestion, .interworking,
  ]

  /// How long before the caller's hangup an agent's leg that had picked up may be gone, for a collision.
  static let collisionWindow: Duration = .seconds(1)

  /// The verdict: what is known now is all there is to know. The call leaves the tracker.
  mutating func decide(_ handle: Handle) {
    for entry in calls[handle].entries where !entry.recorded { recordEntry(entry.join, of: handle) }
    tell(.callEnded(record(of: handle)))
    let call = calls[handle]
    if callIndex[call.party.linkedID] == handle { callIndex[call.party.linkedID] = nil }
    calls.remove(handle)
    if !pendingDials.isEmpty { pendingDials = pendingDials.filter { $0.value.call != handle } }
    for channel in call.own + call.met { release(channel) }
    if let originator = call.originator { release(originator) }
  }

  private mutating func record(of handle: Handle) -> CallRecord {
    let endedAt = max(calls[handle].endedAt ?? clock, calls[handle].party.startedAt)
    var timeline = TalkTimeline(of: calls[handle], in: self)
    timeline.closeGaps(under: settings.settle)
    for talk in timeline.talks {
      note(handle, "talked", memberName(of: talk.leg, in: calls[handle]), at: talk.began)
    }
    let call = calls[handle]
    // He is gone when his phone lets go, whatever the dialplan still does.
    let goneAt = max(min(endedAt, call.letGoAt ?? endedAt), call.party.startedAt)
    let inbound = call.party.direction == .inbound
    let answered = !timeline.talks.isEmpty && (!inbound || call.transfer == nil || timeline.afterTransfer)
    let lost = answered || !inbound ? nil : lostAt(call)
    let ending = lost.map { self.ending(of: call, lostAt: $0) }
    let messageTaken = ending == .voicemail && !settings.voicemailIsMissed
    var record = CallRecord(
      pbx: settings.pbx, linkedID: call.party.linkedID, channel: call.party.channel,
      direction: call.party.direction, startedAt: call.party.startedAt, endedAt: endedAt,
      rawNumber: call.party.rawNumber, rawName: call.party.rawName, did: call.party.did,
      queue: call.entries.last?.queue ?? call.toldQueue, answered: answered,
      answeredBy: answered ? timeline.talks.last.map { memberName(of: $0.leg, in: call) } : nil,
      wait: wait(call, timeline, answered: answered, endedAt: goneAt), talk: timeline.total,
      lostAt: messageTaken ? nil : lost, ending: ending, cause: call.cause, membersRung: rungNames(call),
      evidence: call.evidence.sorted { ($0.at, $0.what, $0.detail) < ($1.at, $1.what, $1.detail) },
      attempt: call.party.attempt)
    record.requestedNumber = call.requestedNumber
    return record
  }

  private func rungNames(_ call: TrackedCall) -> [String] {
    var names: [String] = []
    for rung in call.rung.sorted(by: { ($0.at, $0.name) < ($1.at, $1.name) }) {
      // The phone behind a member's Local channel is that member.
      if let via = rung.via, call.queueLegs.contains(via) { continue }
      if !names.contains(rung.name) { names.append(rung.name) }
    }
    return names
  }

  /// In the last queue, or where a transfer came to nothing since that, or since the call began.
  private func wait(
    _ call: TrackedCall, _ timeline: TalkTimeline, answered: Bool, endedAt: Timestamp
  ) -> Duration {
    let entry = call.entries.last
    if !answered, let transfer = call.transfer, transfer.at >= entry?.joinedAt ?? transfer.at,
      !timeline.talks.isEmpty
    {
      return max(.zero, endedAt - transfer.at)
    }
    guard let entry else {
      return max(.zero, (timeline.talks.first?.began ?? endedAt) - call.party.startedAt)
    }
    let left = min(entry.leftAt ?? endedAt, endedAt)
    let talk = timeline.talks.first { $0.ended > entry.joinedAt }?.began
    if entry.connectedAt != nil { return max(.zero, (talk ?? left) - entry.joinedAt) }
    return max(.zero, min(talk ?? left, left) - entry.joinedAt)
  }

  private func lostAt(_ call: TrackedCall) -> LostAt {
    if let mark = call.mark {
      if mark.stage == .transfer { return .transfer }
      if mark.stage == .queue, let last = call.entries.last,
        result(of: last, in: call) == .abandoned
      {
        return .queue
      }
      // He went on to another context after that stage: the dialplan's word is the later one.
      if call.hangupContext != mark.context, let stage = settings.stages[call.hangupContext] { return stage }
      return mark.stage
    }
    if !call.wasUp, Self.networkCauses.contains(call.cause) { return .trunk }
    if let stage = settings.stages[call.hangupContext] { return stage }
    return call.wasUp ? .greeting : .other
  }

  private func ending(of call: TrackedCall, lostAt: LostAt) -> Ending {
    if call.endedByPBX { return .pbx }
    if call.callbackRequested { return .callbackRequested }
    if let told = call.toldEnding { return told }
    if collided(call) { return .agentCollision }
    let whoLetGo: Ending = call.wasHungUpOn ? .pbx : .callerHungUp
    switch lostAt {
    case .queue:
      guard let last = call.entries.last, result(of: last, in: call) != .abandoned else { return whoLetGo }
      return last.abandonSeen ? .timeout : .key
    case .ring, .transfer:
      return call.lastDialStatus == .noAnswer ? .timeout : whoLetGo
    case .trunk, .greeting, .ivr, .afterHours, .other:
      return whoLetGo
    }
  }

  /// An agent had picked up, and the caller was gone before the two were connected.
  private func collided(_ call: TrackedCall) -> Bool {
    guard let ended = call.endedAt, call.transfer == nil else { return false }
    let since = call.entries.last?.joinedAt ?? call.party.startedAt
    return call.answeredLegs.contains { leg in
      guard let known = channelIndex[leg] else { return false }
      let channel = channels[known]
      guard channel.bornAt >= since else { return false }
      return channel.closedAt.map { $0 >= ended - Self.collisionWindow } ?? true
    }
  }
}

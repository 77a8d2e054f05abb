import Telephony

extension CallTracker {
  mutating func fold(_ event: PBXEvent, at now: Timestamp) {
    switch event {
    case .channelCreated(let channel): created(channel, at: now)
    case .channelState(let channel): stateChanged(channel, at: now)
    case .channelIdentity(let channel): identityChanged(channel)
    case .channelRenamed(let id, let name): renamed(id, to: name)
    case .hangupRequested(let channel): letGo(channel, at: now)
    case .channelHungUp(let channel, let cause): hungUp(channel, cause, at: now)
    case .channelDestroyed(let channel, let cause):
      // ARI's word, on a connection of its own: it may come before what AMI has to tell of the talk, and AMI tells of
      // the end as well. Only while AMI is away it is news.
      if linkLostAt != nil, channelIndex[channel.id] != nil { hungUp(channel, cause, at: now) }
    case .dialBegan(let caller, let callee, let dialString):
      dialBegan(caller, callee, dialString, at: now)
    case .dialEnded(let caller, let callee, let status): dialEnded(caller, callee, status, at: now)
    case .bridgeEntered(let bridge, let channel): entered(bridge, channel, at: now)
    case .bridgeLeft(let bridge, let channel): left(bridge, channel, at: now)
    case .localBridged(let one, let two): localBridged(one, two)
    case .blindTransferred(let transferer, let transferee, let context, _):
      transferred(transferer, to: [transferee], context: context, at: now)
    case .attendedTransferred(let transferer, let transferee, let target):
      transferred(transferer, to: [transferee, target], context: "", at: now)
    case .pickedUp(_, let target):
      if let handle = channelIndex[target.id] { channels[handle].pickedUp = true }
    case .parked(let channel): parked(channel, at: now)
    case .unparked(let channel, _): noteOwn(channel.id, "unparked", at: now)
    case .queueJoined(let channel, let queue, let position): joined(channel, queue, position, at: now)
    case .queueLeft(let channel, let queue): leftQueue(channel, queue, at: now)
    case .queueAbandoned(let channel, let queue, _, _, _): abandoned(channel, queue, at: now)
    case .agentCalled(let caller, let agent, let queue, let member):
      agentCalled(caller, agent, queue, member, at: now)
    case .agentConnected(let caller, let agent, let queue, let member, _, _):
      agentConnected(caller, agent, queue, member, at: now)
    case .agentRingNoAnswer(let caller, _, let member, _):
      if let call = call(of: caller) { note(call, "rang_out", member.rawValue, at: now) }
    case .memberAdded(let member), .memberStatus(let member), .memberPaused(let member),
      .memberPenalty(let member):
      memberChanged(member, at: now)
    case .memberRemoved(let member): memberRemoved(member)
    case .userEvent(let name, let channel, let fields): userEvent(name, channel, fields, at: now)
    case .shutdown: shutdownAt = now
    case .agentCompleted, .originateResponse, .fullyBooted, .reloaded, .stasisStarted, .stasisEnded, .dtmf,
      .playbackFinished, .dialProgress, .applicationReplaced, .trunkState:
      break
    }
  }

  private mutating func noteOwn(_ id: ChannelID, _ what: String, at now: Timestamp) {
    guard let handle = channelIndex[id], let call = ownCall(handle) else { return }
    note(call, what, at: now)
  }

  /// `UserEvent(PerezvonStage,Stage: …)`: a stage or an ending by the words of the contract, and where the
  /// hook stands behind Queue(), the queue that nothing else tells of (JOINEMPTY and FULL raise no event).
  private mutating func userEvent(
    _ name: String, _ channel: ChannelSnapshot?, _ fields: [String: String], at now: Timestamp
  ) {
    guard let channel, let call = call(of: channel) else { return }
    switch name {
    case "PerezvonRequest":
      calls[call].callbackRequested = true
      calls[call].requestedNumber = fields["Number"].flatMap { $0.isEmpty ? nil : String($0.prefix(40)) }
      note(call, "callback_requested", at: now)
    case "PerezvonStage":
      let word = fields["Stage"] ?? ""
      if let stage = LostAt(rawValue: word) {
        calls[call].mark = StageMark(stage: stage, context: channel.context)
        calls[call].party.stage = stage
        calls[call].toldEnding = nil
        note(call, "stage", word, at: now)
      } else if let ending = Ending(rawValue: word) {
        calls[call].toldEnding = ending
        if ending == .queueEmpty || ending == .queueFull || ending == .timeout || ending == .withdrawn {
          calls[call].mark = StageMark(stage: .queue, context: channel.context)
          calls[call].party.stage = .queue
        }
        note(call, "stage", word, at: now)
      } else {
        anomaly(.outOfOrder(event: "PerezvonStage"))
      }
      // Only a queue that the PBX itself has named: the header could be what a caller sent.
      if let queue = fields["Queue"].map(QueueName.init(rawValue:)), board.queues[queue] != nil {
        calls[call].toldQueue = queue
      }
    default:
      break
    }
  }
}

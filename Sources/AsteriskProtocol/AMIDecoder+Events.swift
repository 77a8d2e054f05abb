import Telephony

extension AMIDecoder {
  mutating func event(
    _ frame: AMIFrame, _ kind: AMIKind, _ at: Timestamp?, _ deliver: Deliver
  ) -> Verdict {
    switch kind {
    case .newchannel, .newstate, .newCallerid, .newConnectedLine, .rename, .hangup, .hangupRequest,
      .bridgeEnter,
      .bridgeLeave:
      return channelEvent(frame, kind, at, deliver)
    case .dialBegin, .dialEnd:
      return dialEvent(frame, kind, at, deliver)
    case .localBridge, .pickup, .parkedCall, .unParkedCall, .parkedCallTimeOut, .parkedCallGiveUp:
      return pairEvent(frame, kind, at, deliver)
    case .blindTransfer, .attendedTransfer:
      return transfer(frame, kind, at, deliver)
    case .queueCallerJoin, .queueCallerLeave, .queueCallerAbandon:
      return queueEvent(frame, kind, at, deliver)
    case .agentCalled, .agentConnect, .agentRingNoAnswer, .agentComplete:
      return agentEvent(frame, kind, at, deliver)
    case .memberAdded, .memberRemoved, .memberStatus, .memberPause, .memberPenalty:
      return memberEvent(frame, kind, at, deliver)
    case .userEvent: return userEvent(frame, at, deliver)
    case .originateResponse: return originateResponse(frame, at, deliver)
    case .registry, .contactStatus, .peerStatus: return trunkState(frame, kind, at, deliver)
    case .fullyBooted: deliver(.event(.fullyBooted, at: at))
    case .reload: deliver(.event(.reloaded, at: at))
    case .shutdown:
      let restart = frame.first(.none, "Restart")?.value
      deliver(.event(.shutdown(restart: restart.map { frame.isEqual($0, "True") } ?? false), at: at))
    case .coreShowChannel, .coreShowChannelsComplete, .queueParams, .queueMember, .queueEntry,
      .queueStatusComplete, .response, .unwanted:
      return .unwanted  // Not reached: `decode` chooses.
    }
    return .delivered
  }

  private mutating func channelEvent(
    _ frame: AMIFrame, _ kind: AMIKind, _ at: Timestamp?, _ deliver: Deliver
  ) -> Verdict {
    if kind == .rename { return rename(frame, at, deliver) }
    guard let channel = snapshot(frame, .none) else { return .malformed }
    switch kind {
    case .newchannel: deliver(.event(.channelCreated(channel), at: at))
    case .newstate: deliver(.event(.channelState(channel), at: at))
    case .newCallerid, .newConnectedLine: deliver(.event(.channelIdentity(channel), at: at))
    case .hangupRequest: deliver(.event(.hangupRequested(channel), at: at))
    case .hangup:
      let cause = frame.first(.none, "Cause").flatMap { frame.integer($0.value) } ?? 0
      deliver(.event(.channelHungUp(channel, HangupCause(rawValue: cause)), at: at))
    case .bridgeEnter, .bridgeLeave:
      guard let bridge = frame.first(.none, "BridgeUniqueid")?.value, bridge.count > 0 else {
        return .malformed
      }
      let id = BridgeID(text(frame, bridge))
      deliver(.event(kind == .bridgeEnter ? .bridgeEntered(id, channel) : .bridgeLeft(id, channel), at: at))
    default: return .unwanted  // Not reached: `event` chooses.
    }
    return .delivered
  }

  /// `Channel` is the old name (`main/channel_internal_api.c`, `channel_rename_to_ami`).
  private mutating func rename(_ frame: AMIFrame, _ at: Timestamp?, _ deliver: Deliver) -> Verdict {
    guard let id = frame.first(.none, "Uniqueid")?.value, id.count > 0,
      let name = frame.first(.none, "Newname")?.value
    else { return .malformed }
    deliver(.event(.channelRenamed(ChannelID(text(frame, id)), name: text(frame, name)), at: at))
    return .delivered
  }

  private mutating func dialEvent(
    _ frame: AMIFrame, _ kind: AMIKind, _ at: Timestamp?, _ deliver: Deliver
  ) -> Verdict {
    guard let callee = snapshot(frame, AMIPrefix("Dest")) else { return .malformed }
    let caller = snapshot(frame, .none)
    if kind == .dialBegin {
      let dialString = text(frame, frame.first(.none, "DialString")?.value)
      deliver(.event(.dialBegan(caller: caller, callee: callee, dialString: dialString), at: at))
    } else {
      let word = text(frame, frame.first(.none, "DialStatus")?.value)
      deliver(.event(.dialEnded(caller: caller, callee: callee, DialStatus(word: word)), at: at))
    }
    return .delivered
  }

  private mutating func pairEvent(
    _ frame: AMIFrame, _ kind: AMIKind, _ at: Timestamp?, _ deliver: Deliver
  ) -> Verdict {
    switch kind {
    case .localBridge:
      guard let one = snapshot(frame, AMIPrefix("LocalOne")), let two = snapshot(frame, AMIPrefix("LocalTwo"))
      else { return .malformed }
      deliver(.event(.localBridged(one: one, two: two), at: at))
    case .pickup:
      guard let channel = snapshot(frame, .none), let target = snapshot(frame, AMIPrefix("Target"))
      else { return .malformed }
      deliver(.event(.pickedUp(channel: channel, target: target), at: at))
    case .parkedCall, .unParkedCall, .parkedCallTimeOut, .parkedCallGiveUp:
      guard let parkee = snapshot(frame, AMIPrefix("Parkee")) else { return .malformed }
      if kind == .parkedCall {
        deliver(.event(.parked(parkee), at: at))
      } else {
        // At a time-out or when the caller gave up, nobody fetched him.
        let retriever = kind == .unParkedCall ? snapshot(frame, AMIPrefix("Retriever")) : nil
        deliver(.event(.unparked(parkee, retriever: retriever), at: at))
      }
    default: return .unwanted  // Not reached: `event` chooses.
    }
    return .delivered
  }

  private mutating func transfer(
    _ frame: AMIFrame, _ kind: AMIKind, _ at: Timestamp?, _ deliver: Deliver
  ) -> Verdict {
    guard let result = frame.first(.none, "Result")?.value else { return .malformed }
    guard frame.isEqual(result, "Success") else { return .unwanted }
    if kind == .blindTransfer {
      guard let transferer = snapshot(frame, AMIPrefix("Transferer")) else { return .malformed }
      let transferee = snapshot(frame, AMIPrefix("Transferee"))
      let context = text(frame, frame.first(.none, "Context")?.value)
      let exten = text(frame, frame.first(.none, "Extension")?.value)
      deliver(
        .event(
          .blindTransferred(transferer: transferer, transferee: transferee, context: context, exten: exten),
          at: at))
      return .delivered
    }
    guard let transferer = snapshot(frame, AMIPrefix("OrigTransferer")) else { return .malformed }
    let transferee = snapshot(frame, AMIPrefix("Transferee"))
    let target = snapshot(frame, AMIPrefix("TransferTarget"))
    deliver(
      .event(.attendedTransferred(transferer: transferer, transferee: transferee, target: target), at: at))
    return .delivered
  }

  /// A channel's block comes before the `UserEvent:` line where the dialplan sent it; what follows that line
  /// is the sender's, whatever the names say (`main/stasis.c`, `multi_user_event_to_ami`).
  private mutating func userEvent(_ frame: AMIFrame, _ at: Timestamp?, _ deliver: Deliver) -> Verdict {
    // The line after the fixed ones; the first line of all is `Event: UserEvent`.
    guard let (index, name) = frame.first(.none, "UserEvent") else { return .malformed }
    let before = AMIFrame(base: frame.base, lines: frame.lines, count: index)
    var fields: [String: String] = [:]
    var line = index + 1
    while line < frame.count {
      if let (key, value) = frame.header(at: line) {
        let keyText = texts.text(frame.base + key.start, key.count)
        if fields[keyText] == nil { fields[keyText] = texts.text(frame.base + value.start, value.count) }
      }
      line += 1
    }
    let nameText = texts.text(frame.base + name.start, name.count)
    deliver(.event(.userEvent(name: nameText, snapshot(before, .none), fields: fields), at: at))
    return .delivered
  }

  private mutating func originateResponse(
    _ frame: AMIFrame, _ at: Timestamp?, _ deliver: Deliver
  ) -> Verdict {
    guard let response = frame.first(.none, "Response")?.value,
      let reason = frame.first(.none, "Reason").flatMap({ frame.integer($0.value) })
    else { return .malformed }
    let id = text(frame, frame.first(.none, "Uniqueid")?.value)
    let success = frame.isEqual(response, "Success")
    deliver(
      .event(.originateResponse(id.isEmpty ? nil : ChannelID(id), success: success, reason: reason), at: at))
    return .delivered
  }
}

import Telephony

extension CallTracker {
  mutating func dialBegan(
    _ caller: ChannelSnapshot?, _ callee: ChannelSnapshot, _ dialString: String, at now: Timestamp
  ) {
    guard let caller else { return originated(callee, dialString, at: now) }
    guard let dialler = channelIndex[caller.id] else {
      anomaly(.unknownChannel(event: "DialBegin"))
      return
    }
    let leg = channelIndex[callee.id]
    if let leg, channels[leg].call != nil || channels[leg].closedAt != nil { return }
    if pendingDials[callee.id] != nil { return }
    if let call = call(of: caller) {
      if calls[call].party.direction == .outbound, calls[call].party.attempt == nil {
        // The far end of an outbound call was transferred by hand and is dialled on: a leg like any other.
        return link(callee, to: call, outside: false)
      }
      rang(call, by: dialler, callee, context: caller.context, at: now)
      return link(callee, to: call, outside: false)
    }
    guard let phone = originator(behind: dialler), isOutside(callee, dialString) else { return }
    beginOutbound(phone, callee, dialString, caller, at: now)
  }

  /// A leg that nobody's channel dials: our own customer leg, or click-to-call by another program.
  private mutating func originated(_ callee: ChannelSnapshot, _ dialString: String, at now: Timestamp) {
    guard let leg = channelIndex[callee.id] else { return }
    if let call = ownCall(leg) {
      if calls[call].party.rawNumber.isEmpty { calls[call].party.rawNumber = dialled(dialString) }
      return
    }
    guard OurLeg(callee.id) == nil, channels[leg].call == nil, channels[leg].closedAt == nil,
      channels[leg].role == .phone, callee.id.rawValue == channels[leg].linkedID.rawValue,
      isOutside(callee, dialString)
    else { return }
    let party = LiveParty(
      linkedID: channels[leg].linkedID, channel: callee.id, direction: .outbound,
      rawNumber: dialled(dialString), rawName: "", did: "", startedAt: now)
    guard let call = begin(party, own: leg) else { return }
    channels[leg].role = .outside
    channels[leg].mayBeCaller = false
    tell(.callBegan(calls[call].began(pbx: settings.pbx)))
    note(call, "began", at: now)
  }

  private mutating func rang(
    _ call: Handle, by dialler: Handle, _ callee: ChannelSnapshot, context: String, at now: Timestamp
  ) {
    let inQueue = calls[call].wasInQueue(at: now)
    let device = TrackedChannel.device(ofName: callee.name)
    let calleeBase = TrackedChannel.localBase(ofName: callee.name)
    let via = channels[dialler].isOwn ? nil : TrackedChannel.localBase(ofName: channels[dialler].name)
    if let calleeBase, inQueue && via == nil || via.map(calls[call].queueLegs.contains) == true {
      addQueueLeg(calleeBase, to: call)
    }
    if calleeBase == nil {
      if !calls[call].rang(device, via: via, at: now) { tellLimit(.rung, of: call) }
      if !inQueue { note(call, "rang", device, at: now) }
    }
    guard !inQueue, via == nil else { return }
    calls[call].lastDialStatus = nil
    if calls[call].mark?.stage != .transfer { mark(call, .ring, context: context) }
  }

  mutating func addQueueLeg(_ base: String, to call: Handle) {
    guard !calls[call].queueLegs.contains(base) else { return }
    guard calls[call].queueLegs.count < Self.rungMax else { return tellLimit(.rung, of: call) }
    calls[call].queueLegs.append(base)
  }

  mutating func mark(_ call: Handle, _ stage: LostAt, context: String) {
    calls[call].mark = StageMark(stage: stage, context: context)
    calls[call].toldEnding = nil
    calls[call].party.stage = stage
  }

  /// Ties a dialled leg to its call, now or when its Newchannel comes.
  private mutating func link(_ callee: ChannelSnapshot, to call: Handle, outside: Bool) {
    let dial = PendingDial(call: call, outside: outside)
    guard let leg = channelIndex[callee.id] else {
      if pendingDials.count < Self.pendingDialsMax { pendingDials[callee.id] = dial }
      return
    }
    addLeg(leg, dial)
  }

  mutating func addLeg(_ leg: Handle, _ dial: PendingDial) {
    let call = dial.call
    guard channels[leg].call == nil else { return }
    channels[leg].mayBeCaller = false
    channels[leg].call = call
    guard dial.outside, channels[leg].role == .phone, calls[call].endedAt == nil else { return }
    // Another trunk tried for the same outbound call.
    channels[leg].role = .outside
    channels[leg].isOwn = true
    channels[leg].holds += 1
    calls[call].own.append(leg)
    calls[call].party.channel = channels[leg].id
    connectionGrew(at: leg)
  }

  /// The extension that makes a call: the dialling channel, or the one that stands behind a Local channel.
  private func originator(behind dialler: Handle) -> Handle? {
    var phone = dialler
    if channels[dialler].role == .local {
      guard let first = channelIndex[ChannelID(channels[dialler].linkedID.rawValue)] else { return nil }
      phone = first
    }
    guard channels[phone].role == .phone, channels[phone].closedAt == nil,
      OurLeg(ChannelID(channels[phone].linkedID.rawValue)) == nil,
      channels[phone].isOriginator || channels[phone].call == nil
    else { return nil }
    return phone
  }

  private mutating func beginOutbound(
    _ phone: Handle, _ callee: ChannelSnapshot, _ dialString: String, _ caller: ChannelSnapshot,
    at now: Timestamp
  ) {
    if channels[phone].isOriginator, let call = channels[phone].call, calls.contains(call) {
      return link(callee, to: call, outside: true)
    }
    let digits = dialled(dialString)
    let party = LiveParty(
      linkedID: channels[phone].linkedID, channel: channels[phone].id, direction: .outbound,
      rawNumber: digits.utf8.count >= 3 ? digits : caller.exten, rawName: "", did: "", startedAt: now)
    guard let call = begin(party, own: phone) else { return }
    channels[phone].isOwn = false
    channels[phone].isOriginator = true
    calls[call].own = []
    calls[call].originator = phone
    calls[call].wasUp = false
    link(callee, to: call, outside: true)
    tell(.callBegan(calls[call].began(pbx: settings.pbx)))
    note(call, "began", channels[phone].device, at: now)
  }

  /// `7916…@trunk`, `trunk/7916…`, `trunk/sip:7916…@host`: the digits that were dialled.
  private func dialled(_ dialString: String) -> String {
    var text = dialString[...]
    if let mark = text.lastIndex(of: ":") { text = text[text.index(after: mark)...] }
    if let at = text.firstIndex(of: "@") { text = text[..<at] }
    if let slash = text.lastIndex(of: "/") { text = text[text.index(after: slash)...] }
    return String(
      text.filter { $0.isASCII && ($0.isNumber || $0 == "+" || $0 == "*" || $0 == "#") }.prefix(32))
  }

  /// A leg over a trunk: named with `@`, or dialled by seven digits or more. `101/sip:101@10.0.0.5` is a
  /// phone by its registered contact (PJSIP_DIAL_CONTACTS).
  private func isOutside(_ callee: ChannelSnapshot, _ dialString: String) -> Bool {
    switch ChannelRole(name: callee.name) {
    case .local, .media: return false
    case .phone, .caller, .outside, .customer: break
    }
    if dialled(dialString).utf8.count >= 7 { return true }
    return dialString.contains("@") && !dialString.contains(":")
  }

  mutating func dialEnded(
    _ caller: ChannelSnapshot?, _ callee: ChannelSnapshot, _ status: DialStatus, at now: Timestamp
  ) {
    guard status != .inProgress, let caller, channelIndex[caller.id] != nil, let call = call(of: caller)
    else {
      return
    }
    if let leg = channelIndex[callee.id] {
      if channels[leg].dialEnded { return }
      channels[leg].dialEnded = true
    }
    if status == .answer, !calls[call].answeredLegs.contains(callee.id),
      calls[call].answeredLegs.count < Self.legsMax
    {
      calls[call].answeredLegs.append(callee.id)
    }
    guard !calls[call].wasInQueue(at: now) else { return }
    calls[call].lastDialStatus = status
    guard status != .answer, TrackedChannel.localBase(ofName: callee.name) == nil else { return }
    note(call, "rang_out", TrackedChannel.device(ofName: callee.name), at: now)
  }

  /// BlindTransfer and AttendedTransfer: from here on only those count whom the caller reaches by it.
  mutating func transferred(
    _ transferer: ChannelSnapshot, to others: [ChannelSnapshot?], context: String, at now: Timestamp
  ) {
    var affected: [Handle] = []
    for snapshot in others {
      guard let snapshot, let handle = channelIndex[snapshot.id] else { continue }
      let found = [call(of: snapshot)].compactMap { $0 } + liveCalls(around: handle)
      for call in found where !affected.contains(call) { affected.append(call) }
    }
    if affected.isEmpty, let handle = channelIndex[transferer.id], ownCall(handle) == nil {
      affected = liveCalls(around: handle)
    }
    for call in affected {
      if let known = calls[call].transfer, known.at >= now { continue }
      calls[call].transfer = TransferMark(
        at: now, transferer: transferer.id, device: TrackedChannel.device(ofName: transferer.name))
      calls[call].lastDialStatus = nil
      mark(call, .transfer, context: context)
      note(call, "transferred", TrackedChannel.device(ofName: transferer.name), at: now)
    }
  }
}

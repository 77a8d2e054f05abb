/// What a message is, told from its first line.
enum AMIKind: UInt8 {
  // Events: `Privilege:` is their second line.
  case newchannel, newstate, newCallerid, newConnectedLine, rename, hangup, hangupRequest, dialBegin, dialEnd
  case bridgeEnter, bridgeLeave, localBridge, blindTransfer, attendedTransfer, pickup
  case parkedCall, unParkedCall, parkedCallTimeOut, parkedCallGiveUp
  case queueCallerJoin, queueCallerLeave, queueCallerAbandon
  case agentCalled, agentConnect, agentRingNoAnswer, agentComplete
  case memberAdded, memberRemoved, memberStatus, memberPause, memberPenalty
  case userEvent, originateResponse
  case registry, contactStatus, peerStatus
  case fullyBooted, shutdown, reload
  // Parts of lists: they carry the ActionID and no `Privilege:`.
  case coreShowChannel, coreShowChannelsComplete, queueParams, queueMember, queueEntry, queueStatusComplete
  case response
  /// Well formed, and dropped.
  case unwanted

  /// Nil where the line begins neither an event nor a response.
  @inline(__always)
  init?(firstLine at: UnsafeRawPointer, _ count: Int) {
    if count > 7, ByteScan.begins(at, "Event: ") {
      self = Self.event(at + 7, count &- 7)
    } else if count > 9, ByteScan.begins(at, "Response:") {
      self = .response
    } else {
      return nil
    }
  }

  /// What follows `Asterisk Call Manager/`; nil for any other line, or one over 64 bytes.
  static func bannerVersion(_ at: UnsafeRawPointer, _ count: Int) -> String? {
    guard count > 22, count <= 64, ByteScan.begins(at, "Asterisk Call Manager/") else { return nil }
    return String(decoding: UnsafeRawBufferPointer(start: at + 22, count: count - 22), as: UTF8.self)
  }

  // By length first: one comparison settles most names.
  @inline(__always)
  private static func event(_ at: UnsafeRawPointer, _ count: Int) -> AMIKind {
    @inline(__always) func named(_ name: StaticString) -> Bool { ByteScan.begins(at, name) }
    switch count {
    case 6:
      if named("Hangup") { return .hangup }
      if named("Rename") { return .rename }
      if named("Pickup") { return .pickup }
      if named("Reload") { return .reload }
    case 7: if named("DialEnd") { return .dialEnd }
    case 8:
      if named("Newstate") { return .newstate }
      if named("Registry") { return .registry }
      if named("Shutdown") { return .shutdown }
    case 9:
      if named("DialBegin") { return .dialBegin }
      if named("UserEvent") { return .userEvent }
    case 10:
      if named("Newchannel") { return .newchannel }
      if named("ParkedCall") { return .parkedCall }
      if named("QueueEntry") { return .queueEntry }
      if named("PeerStatus") { return .peerStatus }
    case 11: return elevenBytes(at)
    case 12:
      if named("AgentConnect") { return .agentConnect }
      if named("UnParkedCall") { return .unParkedCall }
    case 13:
      if named("AgentComplete") { return .agentComplete }
      if named("ContactStatus") { return .contactStatus }
      if named("BlindTransfer") { return .blindTransfer }
      if named("HangupRequest") { return .hangupRequest }
    case 15:
      if named("QueueCallerJoin") { return .queueCallerJoin }
      if named("CoreShowChannel") { return .coreShowChannel }
    case 16: return sixteenBytes(at)
    case 17: return seventeenBytes(at)
    case 18:
      if named("QueueCallerAbandon") { return .queueCallerAbandon }
      if named("QueueMemberRemoved") { return .memberRemoved }
      if named("QueueMemberPenalty") { return .memberPenalty }
    case 19: if named("QueueStatusComplete") { return .queueStatusComplete }
    case 24: if named("CoreShowChannelsComplete") { return .coreShowChannelsComplete }
    default: break
    }
    return .unwanted
  }

  private static func elevenBytes(_ at: UnsafeRawPointer) -> AMIKind {
    if ByteScan.begins(at, "BridgeEnter") { return .bridgeEnter }
    if ByteScan.begins(at, "BridgeLeave") { return .bridgeLeave }
    if ByteScan.begins(at, "AgentCalled") { return .agentCalled }
    if ByteScan.begins(at, "NewCallerid") { return .newCallerid }
    if ByteScan.begins(at, "LocalBridge") { return .localBridge }
    if ByteScan.begins(at, "QueueMember") { return .queueMember }
    if ByteScan.begins(at, "QueueParams") { return .queueParams }
    if ByteScan.begins(at, "FullyBooted") { return .fullyBooted }
    return .unwanted
  }

  private static func sixteenBytes(_ at: UnsafeRawPointer) -> AMIKind {
    if ByteScan.begins(at, "NewConnectedLine") { return .newConnectedLine }
    if ByteScan.begins(at, "QueueCallerLeave") { return .queueCallerLeave }
    if ByteScan.begins(at, "QueueMemberPause") { return .memberPause }
    if ByteScan.begins(at, "QueueMemberAdded") { return .memberAdded }
    if ByteScan.begins(at, "AttendedTransfer") { return .attendedTransfer }
    if ByteScan.begins(at, "ParkedCallGiveUp") { return .parkedCallGiveUp }
    return .unwanted
  }

  private static func seventeenBytes(_ at: UnsafeRawPointer) -> AMIKind {
    if ByteScan.begins(at, "QueueMemberStatus") { return .memberStatus }
    if ByteScan.begins(at, "AgentRingNoAnswer") { return .agentRingNoAnswer }
    if ByteScan.begins(at, "OriginateResponse") { return .originateResponse }
    if ByteScan.begins(at, "ParkedCallTimeOut") { return .parkedCallTimeOut }
    return .unwanted
  }
}

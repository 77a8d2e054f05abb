import Telephony

extension Script {
  /// The same transcript at another time, with channels and bridges of its own.
  func renamed(_ copy: Int, by shift: Duration) -> Script {
    var script = self
    script.now = now + shift
    script.steps = steps.map { step in
      Step(at: step.at + shift, event: step.event.renamed(copy), owner: step.owner.renamed(copy))
    }
    return script
  }
}

extension ChannelID {
  func renamed(_ copy: Int) -> ChannelID { ChannelID("\(rawValue)-\(copy)") }
}

extension ChannelSnapshot {
  func renamed(_ copy: Int) -> ChannelSnapshot {
    var snapshot = self
    snapshot.id = id.renamed(copy)
    snapshot.linkedID = LinkedID("\(linkedID.rawValue)-\(copy)")
    snapshot.name = name.renamedChannel(copy)
    return snapshot
  }
}

extension String {
  /// The serial number is what tells two channels of one device apart.
  func renamedChannel(_ copy: Int) -> String {
    let halves = split(separator: ";", maxSplits: 1)
    return halves.count == 2 ? "\(halves[0])\(copy);\(halves[1])" : "\(self)\(copy)"
  }
}

extension BridgeID {
  func renamed(_ copy: Int) -> BridgeID { BridgeID("\(rawValue)-\(copy)") }
}

extension PBXEvent {
  func renamed(_ n: Int) -> PBXEvent {
    switch self {
    case .channelCreated(let c): .channelCreated(c.renamed(n))
    case .channelState(let c): .channelState(c.renamed(n))
    case .hangupRequested(let c): .hangupRequested(c.renamed(n))
    case .channelHungUp(let c, let cause): .channelHungUp(c.renamed(n), cause)
    case .dialBegan(let a, let b, let text):
      .dialBegan(caller: a?.renamed(n), callee: b.renamed(n), dialString: text)
    case .dialEnded(let a, let b, let status): .dialEnded(caller: a?.renamed(n), callee: b.renamed(n), status)
    case .bridgeEntered(let bridge, let c): .bridgeEntered(bridge.renamed(n), c.renamed(n))
    case .bridgeLeft(let bridge, let c): .bridgeLeft(bridge.renamed(n), c.renamed(n))
    case .localBridged(let a, let b): .localBridged(one: a.renamed(n), two: b.renamed(n))
    case .blindTransferred(let a, let b, let context, let exten):
      .blindTransferred(transferer: a.renamed(n), transferee: b?.renamed(n), context: context, exten: exten)
    case .attendedTransferred(let a, let b, let c):
      .attendedTransferred(transferer: a.renamed(n), transferee: b?.renamed(n), target: c?.renamed(n))
    case .queueJoined(let c, let q, let position): .queueJoined(c.renamed(n), q, position: position)
    case .queueLeft(let c, let q): .queueLeft(c.renamed(n), q)
    case .agentCalled(let a, let b, let q, let m):
      .agentCalled(caller: a.renamed(n), agent: b?.renamed(n), q, m)
    case .agentConnected(let a, let b, let q, let m, let hold, let ring):
      .agentConnected(caller: a.renamed(n), agent: b?.renamed(n), q, m, hold: hold, ring: ring)
    case .channelIdentity, .channelRenamed, .pickedUp, .parked, .unparked, .queueAbandoned,
      .agentRingNoAnswer,
      .agentCompleted, .memberAdded, .memberRemoved, .memberStatus, .memberPaused, .memberPenalty, .userEvent,
      .originateResponse, .fullyBooted, .shutdown, .reloaded, .stasisStarted, .stasisEnded, .dtmf,
      .playbackFinished, .dialProgress, .channelDestroyed, .applicationReplaced, .trunkState:
      fatalError("no scene says this")
    }
  }
}

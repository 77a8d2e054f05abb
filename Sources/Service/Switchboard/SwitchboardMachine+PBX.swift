import CallPolicy
import CallTracking
import Dialer
import Telephony

/// What the PBX says: folded into the tracker, and handed to the attempts it concerns.
extension SwitchboardMachine {
  mutating func comeUp(_ snapshot: PBXSnapshot, askedAt: Timestamp, at now: Timestamp) {
    let restarted = pbxStartedAt.map { $0 != snapshot.startedAt } ?? false
    let wasUp = amiUp
    amiUp = true
    if !wasUp { linkChangedAt[.ami] = now }
    pbxStartedAt = snapshot.startedAt
    if !wasUp || restarted { pbxClock = PBXClock() }
    self.snapshot = snapshot
    resynchronizedAt = resynchronizedAt.suffix(Self.snapshotsMax - 1) + [askedAt]
    perform(tracker.resynchronize(with: snapshot, at: askedAt), at: now)
    let alive = Set(snapshot.channels.map(\.channel.id))
    noteStrangers(in: snapshot, at: now)
    if restarted {
      liveLegs = [:]
      bridgeOf = [:]
      out.append(.notice(kind: "pbx", sentence: "\(settings.pbx.name) was restarted"))
      for id in attempts.keys.sorted() { feed(id, .pbxRestarted, at: now) }
    } else {
      if !wasUp { adoptAnew(goneFrom: alive, at: now) }
      tellGone(except: alive, askedAt: askedAt, at: now)
    }
    takeBridges(from: snapshot, at: now)
    if !wasUp { for id in attempts.keys.sorted() { feed(id, .linkBack(.ami), at: now) } }
    if case .reading(let attempts, _) = adoption {
      adoption = .reading(attempts: attempts, snapshotSeen: true)
      adoptIfReady(at: now)
    }
  }

  /// Customers who were with the dialplan when AMI went away and are gone now: how long they talked the dialplan
  /// knows, not we. Their attempts are adopted as after a restart.
  private mutating func adoptAnew(goneFrom alive: Set<ChannelID>, at now: Timestamp) {
    guard fence != nil else { return }
    for (id, live) in attempts where live.machine.isHandedOver && !live.ended {
      let customer = OurLeg(attempt: id, party: .customer(line: 1)).channel
      guard !alive.contains(customer) else { continue }
      holdUntilSettled(id, live, at: now)
      attempts[id] = nil
      out.append(.dropRunner(id))
      out.append(.loadLiveAttempts)
    }
  }

  /// Who was put together while AMI was away.
  private mutating func takeBridges(from snapshot: PBXSnapshot, at now: Timestamp) {
    bridgeOf = [:]
    for live in snapshot.channels where live.bridge != nil && OurLeg(live.channel.id) != nil {
      bridgeOf[live.channel.id] = live.bridge
    }
    for channel in bridgeOf.keys.sorted() { feedIfTogether(channel, at: now) }
  }

  mutating func ariComesUp(_ channels: [ChannelSnapshot], askedAt: Timestamp, at now: Timestamp) {
    if !ariUp { linkChangedAt[.ari] = now }
    ariUp = true
    tellGone(except: Set(channels.map(\.id)), askedAt: askedAt, at: now)
    for id in attempts.keys.sorted() { feed(id, .linkBack(.ari), at: now) }
    adoptIfReady(at: now)
  }

  mutating func goDown(_ link: Dialer.PBXLink, _ reason: String, at now: Timestamp) {
    problem[link] = reason
    switch link {
    case .ami:
      guard amiUp else { return }
      amiUp = false
      tracker.linkLost(at: now)
    case .ari:
      guard ariUp else { return }
      ariUp = false
    }
    linkChangedAt[link] = now
    out.append(.notice(kind: "pbx", sentence: "\(settings.pbx.name) is out of reach: \(reason)"))
    for id in attempts.keys.sorted() { feed(id, .linkLost(link), at: now) }
  }

  /// Legs that were alive before the link was lost and are not there any more. Those that came while the
  /// channels were being asked for need not be among them.
  private mutating func tellGone(except alive: Set<ChannelID>, askedAt: Timestamp, at now: Timestamp) {
    let gone = liveLegs.filter { $0.value < askedAt && !alive.contains($0.key) }.keys
    for channel in gone.sorted() { legGone(channel, .unknown, at: now) }
  }

  private mutating func sawAlive(_ leg: ChannelID, at now: Timestamp) {
    if liveLegs[leg] == nil { liveLegs[leg] = now }
  }

  /// The tracker goes by when things happened, attempts by now.
  mutating func take(_ event: PBXEvent, happenedAt moment: Timestamp, at now: Timestamp) {
    perform(tracker.handle(event, at: moment), at: now)
    route(event, at: now)
  }

  mutating func perform(_ actions: [CallTracker.Action], at now: Timestamp) {
    for action in actions {
      switch action {
      case .fact(let fact): take(fact, at: now)
      case .anomaly(.limitReached(let limit)): out.append(.limit(NamedLimit(limit)))
      case .anomaly(let anomaly): out.append(.anomaly("\(anomaly)"))
      case .floorChanged(let change): floorChanged(change, at: now)
      }
    }
  }

  private mutating func floorChanged(_ change: FloorChange, at now: Timestamp) {
    roundIsStale = true
    switch change {
    case .waiting: lastWaitingAt = now
    case .member, .memberGone, .everything: break
    }
  }

  private mutating func take(_ fact: CallFact, at now: Timestamp) {
    switch fact {
    case .callBegan(let began):
      // Our own customer leg is no arrival: it would cancel itself.
      guard OurLeg(began.channel) == nil, let number = settings.plan.read(began.rawNumber).e164 else {
        return
      }
      let key = PresenceKey(pbx: settings.pbx.name, linkedID: began.linkedID)
      numberOf[began.linkedID] = number
      arrived(number, key, at: now)
      out.append(.numberArrived(number, key))
    case .queueEntered(let began, let queue, let channelName):
      noteJoin(began.channel, queue)
      guard OurLeg(began.channel) == nil, let number = settings.plan.read(began.rawNumber).e164 else {
        return
      }
      out.append(
        .lookUpOwed(
          ReturningEntry(number: number, channel: began.channel, channelName: channelName, queue: queue)))
    case .talkBegan(let call, let member, _):
      if let leg = OurLeg(ChannelID(call.rawValue)), leg.party != .agent {
        feed(leg.attempt, .taken(by: interface(of: member)), at: now)
      }
    case .callerLeft:
      break
    case .callEnded(let call):
      noteTalk(call)
      keep(.call(call))
      ownCallEnded(call, at: now)
    case .queueEntryEnded(let entry):
      noteServiceLevel(entry)
      keep(.queueEntry(entry))
    }
  }

  /// Facts of one turn go to the books together.
  mutating func keep(_ fact: FactForBooks) {
    if settings.pbx.hasQueueLog, endedUnseen(fact) {
      out.append(.askLog([fact]))
    } else if case .books(let facts)? = out.last {
      out[out.count - 1] = .books(facts + [fact])
    } else {
      out.append(.books([fact]))
    }
  }

  /// AMI was away when it ended: the log may know more.
  private func endedUnseen(_ fact: FactForBooks) -> Bool {
    switch fact {
    case .call(let call):
      call.missed && call.evidence.contains { $0.what == "unseen" || $0.what == "pbx_restarted" }
    case .queueEntry(let entry): entry.result != .answered && resynchronizedAt.contains(entry.leftAt)
    case .answer, .ask, .wish: false
    }
  }

  /// Hands an event to the attempt whose leg or agent it is about.
  private mutating func route(_ event: PBXEvent, at now: Timestamp) {
    switch event {
    case .stasisStarted(let channel, let application, let arguments):
      guard application == settings.pbx.ari.app else { return }
      guard let leg = OurLeg(channel.id) else { return asked(channel, arguments, at: now) }
      sawAlive(channel.id, at: now)
      if leg.party != .agent {
        arbitrate(leg.attempt, at: now)
        if nobodyIsFree(for: leg.attempt, at: now) { feed(leg.attempt, .nobodyIsFree, at: now) }
      }
      feed(attempt(of: leg), .legUp(leg.party, channelName: channel.name), at: now)
    case .stasisEnded(let channel, _):
      if let leg = OurLeg(channel.id) { feed(attempt(of: leg), .legLeftStasis(leg.party), at: now) }
    case .channelCreated(let channel):
      if OurLeg(channel.id) != nil { sawAlive(channel.id, at: now) }
    case .channelDestroyed(let channel, _) where amiTellsFirst(of: channel.id): break
    case .channelHungUp(let channel, let cause), .channelDestroyed(let channel, let cause):
      strangerLeft(channel.id)
      forgetCaller(channel.id)
      if OurLeg(channel.id) != nil { legGone(channel.id, cause, at: now) }
    case .dialProgress(let channel, let status):
      if let leg = OurLeg(channel) { feed(attempt(of: leg), .legProgress(leg.party, status), at: now) }
    case .dialEnded(_, let callee, let status):
      if let leg = OurLeg(callee.id) { feed(attempt(of: leg), .legProgress(leg.party, status), at: now) }
    case .dtmf(let channel, let digit):
      if let leg = OurLeg(channel), leg.party == .agent {
        feed(attempt(of: leg), .dtmf(digit: digit), at: now)
      }
    case .playbackFinished(let id):
      if let attempt = AttemptID(id.dropFirst(3).prefix(36)) {
        feed(attempt, .playbackFinished(id: id), at: now)
      }
    case .bridgeEntered(let bridge, let channel): legEntered(bridge, channel, at: now)
    case .bridgeLeft(_, let channel): bridgeOf[channel.id] = nil
    case .blindTransferred(let transferer, let transferee, _, _):
      transferred([transferer.id, transferee?.id], at: now)
    case .attendedTransferred(let transferer, let transferee, let target):
      transferred([transferer.id, transferee?.id, target?.id], at: now)
    case .parked(let channel): transferred([channel.id], at: now)
    case .agentCalled(_, _, _, let interface): feedAgent(interface, .memberRangByQueue, at: now)
    case .memberPaused(let member):
      feedAgent(
        member.interface, member.paused ? .memberPaused(reason: member.pausedReason) : .memberUnpaused,
        at: now)
    case .memberStatus(let member): feedAgent(member.interface, .memberStatusChanged(member.status), at: now)
    case .memberRemoved(let member):
      if !seats.contains(where: { $0.member.interface == member.interface }) {
        feedAgent(member.interface, .memberRemoved, at: now)
      }
    case .userEvent(let name, let channel, let fields):
      if let channel, said(name, fields, on: channel, at: now) { return }
      guard let leg = channel.flatMap({ OurLeg($0.id) }) else { return }
      if name == Self.machineEvent {
        feed(leg.attempt, .machineAnswered, at: now)
      } else if let channel {
        let said = SaidWord(name, fields, on: channel.id, of: settings.pbx.name)
        let answer = CustomerAnswer(
          event: name, fields: fields, attempt: leg.attempt, at: now, said: said)
        if let answer { keep(.answer(answer)) }
      }
    case .applicationReplaced:
      goDown(.ari, "another program took the Stasis application \(settings.pbx.ari.app)", at: now)
    case .trunkState(let state): trunks.take(state)
    case .channelState, .channelIdentity, .channelRenamed, .hangupRequested, .dialBegan, .localBridged,
      .pickedUp, .unparked,
      .queueJoined, .queueLeft, .queueAbandoned, .agentConnected, .agentRingNoAnswer, .agentCompleted,
      .memberAdded,
      .memberPenalty, .originateResponse, .fullyBooted, .shutdown, .reloaded:
      break
    }
  }

  /// Only AMI tells who took a customer that was dialled first, or that AMD() heard a machine in his place, and ARI may
  /// be quicker to tell that he is gone.
  private func amiTellsFirst(of channel: ChannelID) -> Bool {
    guard amiUp, let leg = OurLeg(channel) else { return false }
    return attempts[leg.attempt]?.machine.isOnward == true
  }

  mutating func legGone(_ channel: ChannelID, _ cause: HangupCause, at now: Timestamp) {
    guard let leg = OurLeg(channel) else { return }
    liveLegs[channel] = nil
    bridgeOf[channel] = nil
    closedLegs.append(channel)
    if closedLegs.count > SwitchboardSettings.closedLegsMax { closedLegs.removeFirst(closedLegs.count / 2) }
    feed(attempt(of: leg), .legGone(leg.party, cause), at: now)
  }

  private mutating func legEntered(_ bridge: BridgeID, _ channel: ChannelSnapshot, at now: Timestamp) {
    guard OurLeg(channel.id) != nil else { return }
    bridgeOf[channel.id] = bridge
    feedIfTogether(channel.id, at: now)
  }

  private mutating func feedIfTogether(_ channel: ChannelID, at now: Timestamp) {
    guard let leg = OurLeg(channel), let bridge = bridgeOf[channel] else { return }
    let together = bridgeOf.filter { $0.value == bridge }.keys.compactMap { OurLeg($0) }
      .filter { attempt(of: $0) == attempt(of: leg) }
    let parties = Set(together.map { $0.party == .agent })
    if parties.count == 2 {
      feed(attempt(of: leg), .bridged, at: now)
    } else if attempts[attempt(of: leg)]?.machine.record.phase == .wrapUp {
      // After their talk: somebody else has him now.
      feed(attempt(of: leg), .transferred, at: now)
    }
  }

  private mutating func transferred(_ channels: [ChannelID?], at now: Timestamp) {
    let legs = channels.compactMap { $0 }.compactMap { OurLeg($0) }
    for id in Set(legs.map { attempt(of: $0) }).sorted() { feed(id, .transferred, at: now) }
  }

  private mutating func feedAgent(_ interface: MemberInterface, _ event: AttemptEvent, at now: Timestamp) {
    guard !attempts.isEmpty else { return }
    for (id, live) in attempts where live.machine.record.agent == interface && !live.ended {
      feed(id, event, at: now)
    }
  }

  // MARK: Who is on a line

  /// Whoever is on a line when we come to look is not dialled, even where nothing tells any more how he came
  /// there: a caller who talks in a queue's context, say, after a restart of the service.
  private mutating func noteStrangers(in snapshot: PBXSnapshot, at now: Timestamp) {
    let present = Set(snapshot.channels.map(\.channel.id))
    for channel in strangers.keys.filter({ !present.contains($0) }) { strangerLeft(channel) }
    for live in snapshot.channels where OurLeg(live.channel.id) == nil {
      let channel = live.channel
      guard numberOf[channel.linkedID] == nil, OurLeg(ChannelID(channel.linkedID.rawValue)) == nil,
        let number = settings.plan.read(channel.callerNumber).e164
      else { continue }
      let key = PresenceKey(pbx: settings.pbx.name, linkedID: channel.linkedID)
      strangers[channel.id] = Stranger(number: number, key: key)
      arrived(number, key, at: now)
      out.append(.numberArrived(number, key))
    }
  }

  private mutating func strangerLeft(_ channel: ChannelID) {
    guard let stranger = strangers.removeValue(forKey: channel), numberOf[stranger.key.linkedID] == nil,
      !strangers.values.contains(stranger)
    else { return }
    left(stranger.number, stranger.key)
    out.append(.numberLeft(stranger.number, stranger.key))
  }

  /// A caller to whom a callback is owed waits in a queue: his call takes the callback's place.
  mutating func returned(_ entry: ReturningEntry, owed jobs: [Job], at now: Timestamp) {
    guard let waiting = tracker.queue(entry.queue)?.waiting,
      waiting.contains(where: { $0.channel == entry.channel })
    else { return }
    let others = waiting.filter { $0.channel != entry.channel }.map(\.since).min()
    guard
      let found = settings.policy.returningCaller(
        openJobs: jobs, joined: entry.queue, longestWaiting: others, now: now)
    else { return }
    // Only the instance that drives the PBX commands it.
    guard fence != nil else { return }
    // Who came in with a higher priority by himself keeps it.
    if let priority = found.priority, others != nil, priority > routedPriority[entry.channel] ?? 0 {
      out.append(
        .command(
          .changeCallerPriority(queue: entry.queue, channelName: entry.channelName, priority: priority)))
    }
    out.append(.apply([], [found.decision], entry.number))
    out.append(.notice(kind: "job", sentence: "\(entry.number) \(found.decision.reason)"))
  }

  mutating func arrived(_ number: PhoneNumber, _ key: PresenceKey, at now: Timestamp) {
    onLine[number, default: []].insert(key)
    for (id, live) in attempts where live.machine.record.number == number && !live.ended {
      feed(id, .customerCalledIn, at: now)
    }
  }

  mutating func left(_ number: PhoneNumber, _ key: PresenceKey) {
    onLine[number]?.remove(key)
    if onLine[number]?.isEmpty == true { onLine[number] = nil }
  }
}

import Telephony

@testable import Service

/// What the exchange does when it is commanded, and how the phones behave that ring then.
extension SimulatedExchange {
  func carryOut(_ command: PBXCommand) -> CommandOutcome {
    switch command {
    case .originate(let leg): return originate(leg)
    case .hangUp(let id, let cause):
      guard let line = lines[id] else { return .notFound }
      judge.hungUpByUs(line, at: time.now)
      hangUp(line, cause)
      return .done
    case .setVariable(let id, let name, let value):
      guard let line = lines[id] else { return .notFound }
      line.variables[name] = value
      return .done
    case .continueInDialplan(let id, let context, _, _):
      guard let line = lines[id] else { return .notFound }
      guard line.inStasis else { return .refused("Channel not in Stasis application") }
      time.after(time.random.milliseconds(5...200)) { self.handOver(line, context) }
      return .done
    case .resumeDialplan(let id): return lines[id] == nil ? .notFound : .done
    case .play(let id, let playback, _):
      guard let line = lines[id] else { return .notFound }
      guard line.inStasis else { return .refused("Channel not in Stasis application") }
      time.after(time.random.milliseconds(500...4_000)) { self.ari(.playbackFinished(id: playback)) }
      return .done
    case .answer(let id), .indicateRinging(let id), .stopRinging(let id), .limitLife(let id, _),
      .wake(let id, _):
      return lines[id] == nil ? .notFound : .done
    case .stopPlayback: return .done
    case .pauseMember(let interface, _, let paused, let reason):
      guard let seat = seats.first(where: { $0.interface == interface && $0.isMember }) else {
        return .notFound
      }
      pause(seat, paused, paused ? reason : "")
      return .done
    case .changeCallerPriority(_, let name, _):
      return waiting.contains { $0.name == name } ? .done : .notFound
    }
  }

  func pause(_ seat: Seat, _ paused: Bool, _ reason: String) {
    seat.isPaused = paused
    seat.reason = reason
    ami(.memberPaused(seat.member))
    if !paused { time.after(time.random.milliseconds(0...500)) { self.serveQueue() } }
  }

  // MARK: Our legs

  private func originate(_ wanted: PBXCommand.Originate) -> CommandOutcome {
    if lines[wanted.channel] != nil { return .alreadyLive }
    guard let leg = OurLeg(wanted.channel) else { return .refused("Allocation failed") }
    switch leg.party {
    case .agent:
      guard let seat = seats.first(where: { $0.interface.rawValue == wanted.endpoint }), seat.isRegistered
      else { return .refused("Allocation failed") }
      ringAgent(seat, wanted)
    case .customer:
      let number = wanted.endpoint.dropFirst("PJSIP/".count).prefix { $0 != "@" }
      judge.dialled(leg, number: String(number), at: time.now)
      guard let customer = customers.first(where: { $0.number.e164 == number }) else {
        return .refused("Allocation failed")
      }
      ringCustomer(customer, wanted)
    }
    return .done
  }

  private func ourLine(_ device: String, _ wanted: PBXCommand.Originate, context: String) -> Line {
    let line = newLine(device, id: wanted.channel, context: context)
    line.application = "AppDial2"
    line.isOfApplication = true
    ami(.dialBegan(caller: nil, callee: line.snapshot, dialString: wanted.endpoint))
    time.after(wanted.timeout) { [self] in
      guard line.isAlive, line.state != .up else { return }
      ends(line, .noAnswer, .noAnswer)
    }
    return line
  }

  private func ends(_ line: Line, _ status: DialStatus, _ cause: HangupCause) {
    ami(.dialEnded(caller: nil, callee: line.snapshot, status))
    ari(.dialProgress(line.id, status))
    hangUp(line, cause)
  }

  private func ringing(_ line: Line) {
    time.after(time.random.milliseconds(5...120)) { [self] in
      guard line.isAlive, line.state == .down else { return }
      rings(line)
      ari(.dialProgress(line.id, .inProgress))
    }
  }

  private func answers(_ line: Line, arguments: [String]) -> Bool {
    guard line.isAlive, line.state != .up else { return false }
    goesUp(line)
    ami(.dialEnded(caller: nil, callee: line.snapshot, .answer))
    ari(.dialProgress(line.id, .answer))
    guard owner != nil else {
      // Nobody holds the application: the leg is dropped at once.
      hangUp(line)
      return false
    }
    line.inStasis = true
    line.application = "Stasis"
    ari(.stasisStarted(line.snapshot, application: Self.application, arguments: arguments))
    return true
  }

  private func ringAgent(_ seat: Seat, _ wanted: PBXCommand.Originate) {
    let line = ourLine(seat.interface.rawValue, wanted, context: "from-internal")
    if seat.line != nil {
      time.after(time.random.milliseconds(10...80)) { self.ends(line, .busy, .userBusy) }
      return
    }
    seat.line = line
    line.seat = seat
    ringing(line)
    let temper = time.random.below(100)
    if temper < people.agentPhoneDies {
      time.after(time.random.milliseconds(100...2_000)) { self.phoneDies(seat) }
    } else if temper < people.agentPhoneDies + people.agentDeclines {
      time.after(time.random.milliseconds(300...4_000)) { [self] in
        guard line.isAlive, line.state != .up else { return }
        ends(line, .busy, .userBusy)
      }
    } else if temper >= people.agentPhoneDies + people.agentDeclines + people.agentIgnores {
      time.after(time.random.milliseconds(300...6_000)) { [self] in
        if answers(line, arguments: wanted.arguments) { pressesKeys(line) }
      }
    }
  }

  private func pressesKeys(_ line: Line) {
    let temper = time.random.below(100)
    time.after(time.random.milliseconds(300...4_000)) { [self] in
      guard line.isAlive, line.inStasis else { return }
      if temper < 8 {
        ari(.dtmf(line.id, digit: "2"))
      } else if temper < 16 {
        hangUp(line, byFarEnd: true)
      } else if temper < 92 {
        ari(.dtmf(line.id, digit: "1"))
      }
    }
    // He does not listen to a ringing tone for ever.
    time.after(.seconds(50)) { [self] in
      if line.isAlive, line.bridge == nil { hangUp(line, byFarEnd: true) }
    }
  }

  func phoneDies(_ seat: Seat) {
    guard seat.isRegistered, isUp else { return }
    trace.note("pbx", "phone dies", seat.interface.rawValue)
    seat.isRegistered = false
    if let line = seat.line { hangUp(line, .destinationOutOfOrder) }
    statusChanged(seat)
    time.after(time.random.milliseconds(3_000...30_000)) { [self] in
      seat.isRegistered = true
      statusChanged(seat)
    }
  }

  private func ringCustomer(_ customer: Customer, _ wanted: PBXCommand.Originate) {
    let line = ourLine(Self.trunk, wanted, context: "from-trunk")
    line.customer = customer
    let isBusy = !customer.lines.isEmpty
    customer.lines.append(line)
    let temper = time.random.below(100)
    if isBusy || temper < people.customerBusy {
      time.after(time.random.milliseconds(20...900)) { [self] in
        if line.isAlive, line.state != .up { ends(line, .busy, .userBusy) }
      }
    } else if temper < people.customerBusy + people.customerUnreachable {
      time.after(time.random.milliseconds(20...900)) { [self] in
        guard line.isAlive, line.state != .up else { return }
        let cause = time.random.pick([HangupCause.congestion, .subscriberAbsent, .destinationOutOfOrder])
        ends(line, .channelUnavailable, cause)
      }
    } else {
      ringing(line)
      guard temper >= people.customerBusy + people.customerUnreachable + people.customerIgnores else {
        return
      }
      let atOnce = time.random.below(100) < people.customerHangsUpAtOnce
      time.after(time.random.milliseconds(300...9_000)) { [self] in
        guard answers(line, arguments: wanted.arguments) else { return }
        // Who hears nothing hangs up.
        time.after(time.random.milliseconds(atOnce ? 1...300 : 9_000...20_000)) { [self] in
          if line.isAlive, line.bridge == nil { hangUp(line, byFarEnd: true) }
        }
      }
    }
  }

  /// The dialplan of `perezvon-bridge`: `Bridge(${PEREZVON_PEER})`.
  private func handOver(_ line: Line, _ context: String) {
    guard line.isAlive, line.inStasis else { return }
    line.inStasis = false
    line.context = context
    line.application = "Bridge"
    ari(.stasisEnded(line.snapshot, application: Self.application))
    let name = line.variables["PEREZVON_PEER"] ?? ""
    guard let peer = lines.values.first(where: { $0.name == name }), peer.isAlive, peer.state == .up,
      peer.bridge == nil
    else {
      time.after(.milliseconds(2)) { self.hangUp(line) }
      return
    }
    if peer.inStasis {
      peer.inStasis = false
      ari(.stasisEnded(peer.snapshot, application: Self.application))
    }
    peer.application = "Bridge"
    bridge(line, peer)
    talkEnds(line, peer)
  }
}

@testable import Service

import Telephony

/// Customers who call in, the queue they wait in, and the agents it rings.
extension SimulatedExchange {
  /// Somebody calls, again and again, until the run grows calm.
  func keepCalling() {
    guard !isCalm else { return }
    if isUp, let customer = customers.filter({ $0.lines.isEmpty }).randomOne(&time.random) {
      callIn(customer)
    }
    time.after(time.random.milliseconds(people.callEvery)) { self.keepCalling() }
  }

  func callIn(_ customer: Customer) {
    let line = newLine(
      Self.trunk, number: customer.raw, context: "from-trunk", exten: Self.did, state: .ring)
    line.customer = customer
    customer.lines.append(line)
    judge.calledIn(line, customer, at: time.now)
    time.after(time.random.milliseconds(5...300)) { [self] in
      goesUp(line)
      if time.random.chance(1, in: 8) {
        line.context = "ivr-main"
        hangsUp(line, within: 300...8_000)
      } else {
        time.after(time.random.milliseconds(0...2_000)) { self.join(line) }
      }
    }
  }

  func hangsUp(_ line: Line, within range: ClosedRange<Int>) {
    time.after(time.random.milliseconds(range)) { self.hangUp(line, byFarEnd: true) }
  }

  private func join(_ line: Line) {
    guard line.isAlive else { return }
    line.context = "queue-sales"
    line.application = "Queue"
    line.joinedAt = time.now
    waiting.append(line)
    ami(.queueJoined(line.snapshot, Self.queue, position: waiting.count))
    time.after(time.random.milliseconds(people.patience)) { [self] in
      guard line.isAlive, line.bridge == nil, waiting.contains(where: { $0 === line }) else { return }
      hangUp(line, byFarEnd: true)
    }
    time.after(.seconds(25)) { [self] in
      guard waiting.contains(where: { $0 === line }), line.rungFor == nil else { return }
      leaveQueue(line, abandoned: true)
      line.context = "after-queue"
      time.after(time.random.milliseconds(10...3_000)) { self.hangUp(line) }
    }
    serveQueue()
  }

  func leaveQueue(_ line: Line, abandoned: Bool) {
    guard let index = waiting.firstIndex(where: { $0 === line }) else { return }
    waiting.remove(at: index)
    if abandoned {
      ami(
        .queueAbandoned(
          line.snapshot, Self.queue, position: index + 1, originalPosition: index + 1,
          hold: time.now - (line.joinedAt ?? time.now)))
    }
    ami(.queueLeft(line.snapshot, Self.queue))
  }

  /// Rings a free member for each who waits and is not being served.
  func serveQueue() {
    guard isUp else { return }
    for line in waiting where line.rungFor == nil {
      // app_queue goes by the device state it was told.
      let free = seats.filter { seat in
        seat.isMember && !seat.isPaused && seat.toldStatus == .notInUse && seat.line == nil
          && seat.isRegistered
      }
      guard let seat = free.randomOne(&time.random) else { return }
      ring(seat, for: line)
    }
  }

  private func ring(_ seat: Seat, for caller: Line) {
    let leg = newLine(seat.interface.rawValue, call: caller.linkedID)
    leg.seat = seat
    leg.application = "AppQueue"
    leg.ringsFor = caller
    caller.rungFor = leg
    seat.line = leg
    ami(.agentCalled(caller: caller.snapshot, agent: leg.snapshot, Self.queue, seat.interface))
    ami(.dialBegan(caller: caller.snapshot, callee: leg.snapshot, dialString: seat.interface.rawValue))
    rings(leg)
    time.after(.seconds(10)) { [self] in
      guard leg.isAlive, leg.state != .up else { return }
      rangOut(leg, seat)
    }
    let temper = time.random.below(100)
    if temper < people.agentDeclines {
      time.after(time.random.milliseconds(500...4_000)) { [self] in
        guard leg.isAlive, leg.state != .up else { return }
        stopRinging(leg, dialEnd: .busy)
        callAgain(caller)
      }
    } else if temper >= people.agentDeclines + people.agentIgnores {
      time.after(time.random.milliseconds(300...6_000)) { self.agentTakes(leg, seat) }
    }
  }

  private func rangOut(_ leg: Line, _ seat: Seat) {
    guard let caller = leg.ringsFor else { return hangUp(leg, .noAnswer) }
    ami(.agentRingNoAnswer(caller: caller.snapshot, Self.queue, seat.interface, ring: .seconds(10)))
    stopRinging(leg, dialEnd: .noAnswer)
    callAgain(caller)
  }

  private func callAgain(_ caller: Line) {
    time.after(time.random.milliseconds(500...3_000)) { self.serveQueue() }
  }

  func stopRinging(_ leg: Line, dialEnd status: DialStatus) {
    guard leg.isAlive else { return }
    if let caller = leg.ringsFor {
      caller.rungFor = nil
      ami(.dialEnded(caller: caller.snapshot, callee: leg.snapshot, status))
    }
    leg.ringsFor = nil
    hangUp(leg, status == .busy ? .userBusy : .answeredElsewhere)
  }

  private func agentTakes(_ leg: Line, _ seat: Seat) {
    guard leg.isAlive, leg.state != .up, let caller = leg.ringsFor, caller.isAlive else { return }
    caller.rungFor = nil
    leg.ringsFor = nil
    goesUp(leg)
    ami(.dialEnded(caller: caller.snapshot, callee: leg.snapshot, .answer))
    leaveQueue(caller, abandoned: false)
    seat.inQueueCall = true
    ami(
      .agentConnected(
        caller: caller.snapshot, agent: leg.snapshot, Self.queue, seat.interface,
        hold: time.now - (caller.joinedAt ?? time.now), ring: time.now - leg.bornAt))
    bridge(caller, leg)
    let began = time.now
    leg.afterwards = { [self] in
      seat.inQueueCall = false
      seat.lastCallAt = time.now
      ami(
        .agentCompleted(
          caller: nil, Self.queue, seat.interface, talk: time.now - began, reason: "caller"))
    }
    talkEnds(caller, leg)
  }

  /// One of the two hangs up some time later; whoever was moved elsewhere meanwhile stays.
  func talkEnds(_ one: Line, _ other: Line) {
    let bridge = one.bridge
    time.after(time.random.milliseconds(people.talk)) { [self] in
      let first = time.random.chance(1, in: 2) ? one : other
      guard first.isAlive, first.bridge == bridge else { return }
      hangUp(first, byFarEnd: true)
    }
  }
}

extension Array {
  func randomOne(_ random: inout SplitMix64) -> Element? { isEmpty ? nil : self[random.below(count)] }
}

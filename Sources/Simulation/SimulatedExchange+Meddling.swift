import Telephony

@testable import Service

/// What agents and supervisors do by hand, in nobody's order.
extension SimulatedExchange {
  func keepMeddling() {
    guard !isCalm else { return }
    if isUp, let seat = seats.randomOne(&time.random) { meddle(with: seat) }
    time.after(time.random.milliseconds(3_000...25_000)) { self.keepMeddling() }
  }

  private func meddle(with seat: Seat) {
    switch time.random.below(8) {
    case 0: pauseForLunch(seat)
    case 1:
      // A supervisor does not ask whose pause it is.
      guard seat.isMember, seat.isPaused else { return }
      trace.note("people", "unpause", seat.interface.rawValue)
      pause(seat, false, "")
    case 2: leaveForAWhile(seat)
    case 3: if people.agentPhoneDies > 0 { phoneDies(seat) }
    case 4: if let line = seat.line, line.state == .up { hangUp(line, byFarEnd: true) }
    case 5: if let line = seat.line { transfer(line) }
    default: dialByHand(seat)
    }
  }

  private func pauseForLunch(_ seat: Seat) {
    guard seat.isMember else { return }
    trace.note("people", "lunch", seat.interface.rawValue)
    pause(seat, true, "lunch")
    time.after(time.random.milliseconds(1_000...20_000)) { [self] in
      if isUp, seat.isMember, seat.isPaused, seat.reason == "lunch" { pause(seat, false, "") }
    }
  }

  private func leaveForAWhile(_ seat: Seat) {
    guard seat.isMember else { return }
    trace.note("people", "leaves the queue", seat.interface.rawValue)
    let shown = seat.member
    seat.isMember = false
    seat.isPaused = false
    seat.reason = ""
    ami(.memberRemoved(shown))
    time.after(time.random.milliseconds(1_000...15_000)) { [self] in comesBack(seat) }
  }

  func comesBack(_ seat: Seat) {
    guard !seat.isMember else { return }
    seat.isMember = true
    seat.toldStatus = seat.status
    if isUp { ami(.memberAdded(seat.member)) }
    serveQueue()
  }

  /// To an extension that takes the call after a while.
  private func transfer(_ line: Line) {
    guard line.bridge != nil, let customer = line.peer, customer.customer != nil else { return }
    trace.note("people", "transfer", "\(line.name)")
    judge.transferred(customer)
    ami(
      .blindTransferred(
        transferer: line.snapshot, transferee: customer.snapshot, context: "from-internal", exten: "107"))
    leaveBridge(line)
    hangUp(line)
    customer.context = "from-internal"
    let desk = newLine("PJSIP/107", call: customer.linkedID)
    ami(.dialBegan(caller: customer.snapshot, callee: desk.snapshot, dialString: "PJSIP/107"))
    rings(desk)
    customer.afterwards = { [self] in hangUp(desk) }
    let answers = time.random.chance(2, in: 3)
    time.after(time.random.milliseconds(500...6_000)) { [self] in
      guard customer.isAlive, desk.isAlive else { return hangUp(desk) }
      guard answers else {
        ami(.dialEnded(caller: customer.snapshot, callee: desk.snapshot, .noAnswer))
        hangUp(desk)
        time.after(.milliseconds(20)) { self.hangUp(customer) }
        return
      }
      goesUp(desk)
      ami(.dialEnded(caller: customer.snapshot, callee: desk.snapshot, .answer))
      customer.afterwards = nil
      bridge(customer, desk)
      talkEnds(customer, desk)
    }
  }

  private func dialByHand(_ seat: Seat) {
    guard seat.isRegistered, seat.line == nil,
      let customer = customers.filter({ $0.lines.isEmpty }).randomOne(&time.random)
    else { return }
    trace.note("people", "dials by hand", "\(seat.interface) \(customer.number)")
    let phone = newLine(
      seat.interface.rawValue, number: String(seat.interface.rawValue.suffix(3)), exten: customer.raw,
      state: .ring)
    phone.seat = seat
    phone.application = "Dial"
    seat.line = phone
    statusChanged(seat)
    let leg = newLine(Self.trunk, call: phone.linkedID, context: "from-trunk")
    leg.application = "AppDial"
    leg.customer = customer
    customer.lines.append(leg)
    ami(
      .dialBegan(
        caller: phone.snapshot, callee: leg.snapshot, dialString: "\(customer.raw)@trunk"))
    phone.afterwards = { [self] in hangUp(leg) }
    leg.afterwards = { [self] in time.after(.milliseconds(5)) { self.hangUp(phone) } }
    rings(leg)
    let answers = time.random.chance(2, in: 3)
    time.after(time.random.milliseconds(500...8_000)) { [self] in
      guard phone.isAlive, leg.isAlive else { return hangUp(leg) }
      guard answers else {
        ami(.dialEnded(caller: phone.snapshot, callee: leg.snapshot, .noAnswer))
        return hangUp(leg)
      }
      goesUp(leg)
      goesUp(phone)
      ami(.dialEnded(caller: phone.snapshot, callee: leg.snapshot, .answer))
      bridge(phone, leg)
      talkEnds(phone, leg)
    }
  }
}

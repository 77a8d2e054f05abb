import CallPolicy
import CallTracking
import Dialer
import Telephony

/// What callers and agents say by keys: a callback wanted, promised, cancelled.
extension SwitchboardMachine {
  /// Agents whose last customer is remembered, at most.
  static let lastCustomersMax = 10_000

  /// Whether the event was one of these.
  mutating func said(
    _ name: String, _ fields: [String: String], on channel: ChannelSnapshot, at now: Timestamp
  ) -> Bool {
    switch name {
    case "PerezvonRequest", "PerezvonPromise":
      ask(name, fields, on: channel, at: now)
      return true
    case "PerezvonWish":
      wish(fields, on: channel, at: now)
      return true
    default: return false
    }
  }

  private mutating func ask(
    _ name: String, _ fields: [String: String], on channel: ChannelSnapshot, at now: Timestamp
  ) {
    let party = tracker.floor.parties.first { $0.channel == channel.id || $0.linkedID == channel.linkedID }
    let place = firstJoins[channel.id]?.values.min() ?? party?.startedAt ?? now
    guard
      var ask = CallbackAsk(
        event: name, fields: fields, pbx: settings.pbx.name, call: party?.linkedID ?? channel.linkedID,
        said: SaidWord(name, fields, on: channel.id, of: settings.pbx.name),
        arrivedAt: min(place, party?.startedAt ?? place), at: now, seat: { seat(ofPhone: $0) })
    else {
      out.append(.anomaly("\(name) from a phone that is no agent's"))
      return
    }
    if ask.number.isEmpty {
      // An agent who is in no talk means the customer of his last one.
      let present = ask.agent == nil || party?.talkingWith != nil ? party?.rawNumber : nil
      ask.number = present ?? ask.agent.map { lastCustomers[$0] ?? "" } ?? channel.callerNumber
    }
    keep(.ask(ask))
    let who = ask.agent.map { "\($0) promised to call" } ?? "A callback was asked for by"
    out.append(.notice(kind: "job", sentence: "\(who) \(PhoneNumber.masked(ask.number))"))
  }

  private mutating func wish(_ fields: [String: String], on channel: ChannelSnapshot, at now: Timestamp) {
    guard let kind = fields["Wish"].flatMap(CallerWish.Kind.init), OurLeg(channel.id) == nil else {
      out.append(.anomaly("PerezvonWish without a wish that is known"))
      return
    }
    let raw = tracker.floor.parties.first { $0.channel == channel.id }?.rawNumber ?? channel.callerNumber
    guard let number = settings.plan.read(raw).e164 else { return }
    // An attempt that is under way ends with his call; what is owed then is cancelled then.
    if kind == .cancel, attempts.values.contains(where: { $0.machine.record.number == number && !$0.ended }) {
      cancelledByCaller.insert(number)
    }
    let said = SaidWord("PerezvonWish", fields, on: channel.id, of: settings.pbx.name)
    keep(.wish(CallerWish(number: number, kind: kind, at: now, said: said)))
  }

  /// The attempt of somebody who cancelled meanwhile is over, and its job waits again.
  mutating func cancelIfWished(_ number: PhoneNumber, at now: Timestamp) {
    guard cancelledByCaller.remove(number) != nil else { return }
    keep(.wish(CallerWish(number: number, kind: .cancel, at: now)))
  }

  /// A call is over: how long callers of its queue talk, and who was the agent's last customer.
  mutating func noteTalk(_ call: CallRecord) {
    guard call.answered, let member = call.answeredBy else { return }
    if let queue = call.queue { waits.record(talk: call.talk, of: queue) }
    guard let agent = seat(ofPhone: member) else { return }
    if lastCustomers.count >= Self.lastCustomersMax {
      out.append(.limit(.lastCustomers))
      lastCustomers = [:]
    }
    lastCustomers[agent] = call.rawNumber
  }

  /// The queues an agent has a seat in, and the raw number of the customer he talks with, or talked with last.
  func place(of agent: MemberInterface) -> (queues: Set<QueueName>, customer: String?) {
    let queues = Set(seats.filter { $0.member.interface == agent }.map(\.member.queue))
    guard !queues.isEmpty else { return ([], nil) }
    let ours = attempts.values.first {
      $0.machine.record.agent == agent && $0.machine.record.connectedAt != nil && !$0.ended
    }
    if let ours { return (queues, ours.machine.record.number.e164) }
    let party = tracker.floor.parties.first { $0.talkingWith.flatMap(seat(ofPhone:)) == agent }
    return (queues, party?.rawNumber ?? lastCustomers[agent])
  }

  /// The agent behind a phone; nil where nobody has a seat.
  func seat(ofPhone phone: String) -> MemberInterface? { seats.map(\.member).seat(ofPhone: phone) }
}

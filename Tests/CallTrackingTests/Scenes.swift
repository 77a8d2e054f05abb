import CallTracking
import Telephony

extension Script.Step {
  /// The channel that a first step brings, as it is once answered.
  var caller: Leg {
    guard case .channelCreated(let snapshot) = event else { fatalError("not a birth") }
    return Leg(
      id: snapshot.id, linkedID: snapshot.linkedID, name: snapshot.name, number: snapshot.callerNumber,
      context: snapshot.context, exten: snapshot.exten, state: .up)
  }
}

/// Transcripts that several suites use.
enum Scenes {
  static func localMember(optimised: Bool = false) -> Script {
    var pbx = Script()
    let caller = pbx.caller()
    pbx.join(caller, "sales")
    var (one, two) = pbx.local("101@agents", call: caller.linkedID)
    pbx.say(.localBridged(one: one.snapshot, two: two.snapshot), one)
    pbx.say(.agentCalled(caller: caller.snapshot, agent: one.snapshot, "sales", "Local/101@agents"), caller)
    pbx.say(.dialBegan(caller: caller.snapshot, callee: one.snapshot, dialString: "Local/101@agents"), caller)
    var phone = pbx.channel("PJSIP/101", call: caller.linkedID)
    pbx.say(.dialBegan(caller: two.snapshot, callee: phone.snapshot, dialString: "101"), two)
    pbx.wait(3)
    pbx.up(&phone)
    pbx.say(.dialEnded(caller: two.snapshot, callee: phone.snapshot, .answer), two)
    pbx.up(&two)
    let inner = pbx.bridge(two, phone)
    let outer = pbx.answer(&one, for: caller, "sales", member: "Local/101@agents")
    pbx.wait(5)
    if optimised {
      pbx.exit(inner, phone)
      pbx.enter(outer, phone)
      pbx.exit(outer, one)
      pbx.exit(inner, two)
      pbx.hangUp(one)
      pbx.hangUp(two)
    }
    pbx.wait(10)
    pbx.hangUp(phone)
    if !optimised {
      pbx.hangUp(two)
      pbx.hangUp(one)
    }
    pbx.hangUp(caller)
    return pbx
  }

  static func blindTransfer(answered: Bool, hangsUp: Bool = true) -> Script {
    var pbx = Script()
    let caller = pbx.caller()
    var desk = pbx.dial("PJSIP/100", by: caller)
    let bridge = pbx.pickUp(&desk, by: caller)
    pbx.wait(10)
    pbx.say(
      .blindTransferred(
        transferer: desk.snapshot, transferee: caller.snapshot, context: "from-internal", exten: "107"), desk)
    pbx.exit(bridge, caller)
    pbx.exit(bridge, desk)
    pbx.hangUp(desk)
    var second = pbx.dial("PJSIP/107", by: caller)
    if answered {
      _ = pbx.pickUp(&second, by: caller)
      pbx.wait(4)
    } else {
      pbx.wait(20)
      pbx.dialEnd(second, by: caller, .noAnswer)
    }
    pbx.hangUp(second)
    if hangsUp { pbx.hangUp(caller) }
    return pbx
  }

  static func attendedTransfer(secondAnswers: Bool) -> Script {
    var pbx = Script()
    let caller = pbx.caller()
    var desk = pbx.dial("PJSIP/100", by: caller)
    let first = pbx.pickUp(&desk, by: caller)
    pbx.wait(10)
    let consulting = pbx.channel("PJSIP/100", number: "100", exten: "108", state: .ring)
    var second = pbx.dial("PJSIP/108", by: consulting)
    var between: BridgeID?
    if secondAnswers {
      between = pbx.pickUp(&second, by: consulting)
      pbx.wait(5)
    }
    pbx.say(
      .attendedTransferred(transferer: desk.snapshot, transferee: caller.snapshot, target: second.snapshot),
      desk)
    if let between {
      pbx.exit(between, second)
      pbx.exit(between, consulting)
    }
    pbx.enter(first, second)
    pbx.exit(first, desk)
    pbx.hangUp(desk)
    pbx.hangUp(consulting)
    pbx.wait(3)
    pbx.hangUp(second)
    pbx.hangUp(caller)
    return pbx
  }

  static func ringGroup(answers: Bool) -> Script {
    var pbx = Script()
    let caller = pbx.caller()
    let one = pbx.dial("PJSIP/101", by: caller)
    var two = pbx.dial("PJSIP/102", by: caller)
    pbx.wait(20)
    if answers {
      pbx.dialEnd(one, by: caller, .cancel)
      pbx.hangUp(one, .answeredElsewhere)
      _ = pbx.pickUp(&two, by: caller)
      pbx.wait(9)
    } else {
      pbx.dialEnd(one, by: caller, .noAnswer)
      pbx.dialEnd(two, by: caller, .noAnswer)
      pbx.hangUp(one)
    }
    pbx.hangUp(two)
    pbx.hangUp(caller)
    return pbx
  }

  static func outbound() -> Script {
    var pbx = Script()
    var phone = pbx.channel("PJSIP/101", number: "101", exten: "89161234567", state: .ring)
    var trunk = pbx.channel("PJSIP/trunk", call: phone.linkedID, context: "from-trunk", exten: "s")
    pbx.say(
      .dialBegan(caller: phone.snapshot, callee: trunk.snapshot, dialString: "79161234567@trunk"), phone)
    pbx.wait(5)
    pbx.up(&phone)
    _ = pbx.pickUp(&trunk, by: phone)
    pbx.wait(30)
    pbx.hangUp(trunk)
    pbx.hangUp(phone)
    return pbx
  }

  static func ourCallback(answers: Bool) -> Script {
    var pbx = Script()
    let attempt = AttemptID("01890000-0000-7000-8000-000000000001")!
    var agent = pbx.channel("PJSIP/101", id: ChannelID("pz-\(attempt)-a"), context: "from-internal")
    pbx.say(.dialBegan(caller: nil, callee: agent.snapshot, dialString: "101"), agent)
    pbx.up(&agent)
    var customer = pbx.channel(
      "PJSIP/trunk", id: ChannelID("pz-\(attempt)-c"), context: "from-trunk", exten: "s")
    pbx.say(.dialBegan(caller: nil, callee: customer.snapshot, dialString: "+79161234567@trunk"), customer)
    pbx.wait(6)
    if answers {
      pbx.up(&customer)
      _ = pbx.bridge(customer, agent)
      pbx.wait(20)
    }
    pbx.hangUp(customer)
    pbx.hangUp(agent)
    return pbx
  }

  /// Every transcript whose record must not depend on the order between channels.
  static var all: [Script] {
    [
      localMember(), localMember(optimised: true), blindTransfer(answered: false),
      blindTransfer(answered: true), attendedTransfer(secondAnswers: true),
      attendedTransfer(secondAnswers: false), ringGroup(answers: false), ringGroup(answers: true), outbound(),
      ourCallback(answers: true), ourCallback(answers: false),
    ]
  }
}

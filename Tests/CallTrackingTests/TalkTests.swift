import CallTracking
import Telephony
import Testing

@Suite struct `A talk with a human` {
  @Test func `is found behind a Local member, under the member's name`() {
    let outcome = Outcome.of(Scenes.localMember())
    #expect(outcome.record.answered)
    #expect(outcome.record.answeredBy == "Local/101@agents")
    #expect(outcome.record.membersRung == ["Local/101@agents"])
    #expect(outcome.record.talk.isAbout(15))
    #expect(outcome.entries.map(\.result) == [.answered])
    #expect(outcome.anomalies == [])
  }

  @Test func `goes on through the optimisation of the Local channel`() {
    let outcome = Outcome.of(Scenes.localMember(optimised: true))
    #expect(outcome.record.answeredBy == "Local/101@agents")
    #expect(outcome.record.talk.isAbout(15))
    #expect(outcome.talksBegan.count == 1)
    #expect(outcome.record.words.filter { $0.hasPrefix("talked") } == ["talked Local/101@agents"])
  }

  @Test func `is not had with a Local channel that leads to an announcement`() {
    var pbx = Script()
    let caller = pbx.caller()
    var (one, two) = pbx.local("s@announce", call: caller.linkedID)
    pbx.say(.localBridged(one: one.snapshot, two: two.snapshot), one)
    pbx.say(.dialBegan(caller: caller.snapshot, callee: one.snapshot, dialString: "s@announce"), caller)
    pbx.up(&two)
    pbx.up(&one)
    let bridge = pbx.bridge(caller, one)
    var recorder = pbx.channel("CBRec/conf", state: .up)
    pbx.up(&recorder)
    pbx.enter(bridge, recorder)
    pbx.wait(20)
    pbx.hangUp(caller)
    pbx.hangUp(one)
    pbx.hangUp(two)
    let record = Outcome.of(pbx).record
    #expect(record.missed)
    #expect(record.lostAt == .ring)
  }

  @Test func `is had by who picks up the ringing call elsewhere`() {
    var pbx = Script()
    let caller = pbx.caller()
    pbx.join(caller, "sales")
    var ringing = pbx.ring("PJSIP/102", for: caller, "sales")
    pbx.wait(4)
    let other = pbx.channel("PJSIP/103", exten: "*8", state: .ring)
    pbx.say(.pickedUp(channel: other.snapshot, target: ringing.snapshot), other)
    pbx.say(.channelRenamed(other.id, name: "\(other.name)<MASQ>"), other)
    pbx.say(.channelRenamed(ringing.id, name: other.name), ringing)
    pbx.say(.channelRenamed(other.id, name: "\(ringing.name)<ZOMBIE>"), other)
    ringing.name = other.name
    pbx.hangUp(other)
    _ = pbx.answer(&ringing, for: caller, "sales", member: "PJSIP/102")
    pbx.wait(12)
    pbx.hangUp(ringing)
    pbx.hangUp(caller)
    let record = Outcome.of(pbx).record
    #expect(record.answered)
    #expect(record.answeredBy == "PJSIP/103")
    #expect(record.talk.isAbout(12))
  }

  @Test(arguments: [false, true])
  func `is not had in a parking lot, and goes on after retrieval`(saidLate: Bool) {
    var pbx = Script()
    let caller = pbx.caller()
    var desk = pbx.dial("PJSIP/100", by: caller)
    let first = pbx.pickUp(&desk, by: caller)
    pbx.wait(10)
    // In the order of 16 and 22: parked while still in the bridge of the talk. Said twice it is the same.
    if !saidLate { pbx.say(.parked(caller.snapshot), caller) }
    pbx.exit(first, caller)
    let lot = pbx.bridge(caller)
    pbx.say(.parked(caller.snapshot), caller)
    pbx.exit(first, desk)
    // Another parked party in the same lot is no company.
    var stranger = pbx.channel("PJSIP/140", state: .up)
    pbx.up(&stranger)
    pbx.enter(lot, stranger)
    pbx.wait(30)
    pbx.exit(lot, caller)
    var second = pbx.channel("PJSIP/104", exten: "701", state: .ring)
    pbx.up(&second)
    pbx.say(.unparked(caller.snapshot, retriever: second.snapshot), caller)
    _ = pbx.bridge(second, caller)
    pbx.wait(5)
    pbx.hangUp(second)
    pbx.hangUp(caller)
    let outcome = Outcome.of(pbx)
    #expect(outcome.record.answered)
    #expect(outcome.record.answeredBy == "PJSIP/104")
    #expect(outcome.record.talk.isAbout(15))
    #expect(outcome.talksBegan == ["PJSIP/100", "PJSIP/104"])
  }

  @Test func `is had with an outside phone that was dialled for the caller`() {
    var pbx = Script()
    let caller = pbx.caller()
    var mobile = pbx.channel("PJSIP/trunk", call: caller.linkedID, context: "from-trunk", exten: "s")
    pbx.say(
      .dialBegan(caller: caller.snapshot, callee: mobile.snapshot, dialString: "79031112233@trunk"), caller)
    _ = pbx.pickUp(&mobile, by: caller)
    pbx.wait(7)
    pbx.hangUp(mobile)
    pbx.hangUp(caller)
    let outcome = Outcome.of(pbx)
    #expect(outcome.records.count == 1)
    #expect(outcome.record.direction == .inbound)
    #expect(outcome.record.answered)
    #expect(outcome.record.talk.isAbout(7))
  }
}

@Suite struct `A transfer` {
  @Test func `to a phone that nobody picks up is a missed call, whatever was said before`() {
    let record = Outcome.of(Scenes.blindTransfer(answered: false)).record
    #expect(record.missed)
    #expect(record.lostAt == .transfer)
    #expect(record.talk.isAbout(10))
    #expect(record.wait.isAbout(20))
    #expect(record.membersRung == ["PJSIP/100", "PJSIP/107"])
    #expect(record.words.contains("transferred PJSIP/100"))
  }

  @Test func `to a phone that is picked up is answered by that phone`() {
    let record = Outcome.of(Scenes.blindTransfer(answered: true)).record
    #expect(record.answered)
    #expect(record.answeredBy == "PJSIP/107")
    #expect(record.talk.isAbout(14))
  }

  @Test func `into a queue where the caller gives up is lost in that queue`() {
    var pbx = Script()
    let caller = pbx.caller()
    var desk = pbx.dial("PJSIP/100", by: caller)
    let bridge = pbx.pickUp(&desk, by: caller)
    pbx.wait(10)
    pbx.say(
      .blindTransferred(
        transferer: desk.snapshot, transferee: caller.snapshot, context: "queues", exten: "600"), desk)
    pbx.exit(bridge, caller)
    pbx.hangUp(desk)
    pbx.join(caller, "sales")
    pbx.wait(25)
    pbx.abandon(caller, "sales")
    pbx.leave(caller, "sales")
    pbx.hangUp(caller)
    let record = Outcome.of(pbx).record
    #expect(record.missed)
    #expect(record.lostAt == .queue)
    #expect(record.wait.isAbout(25))
  }

  @Test func `after consultation is answered by the second phone`() {
    let record = Outcome.of(Scenes.attendedTransfer(secondAnswers: true)).record
    #expect(record.answered)
    #expect(record.answeredBy == "PJSIP/108")
    #expect(record.talk.isAbout(18))
  }

  @Test func `before the second phone answers, which never does, is missed`() {
    let record = Outcome.of(Scenes.attendedTransfer(secondAnswers: false)).record
    #expect(record.missed)
    #expect(record.lostAt == .transfer)
  }

  @Test func `that comes back to the transferer counts him again`() {
    var pbx = Scenes.blindTransfer(answered: false, hangsUp: false)
    let caller = pbx.steps[0].caller
    var back = pbx.dial("PJSIP/100", by: caller)
    _ = pbx.pickUp(&back, by: caller)
    pbx.wait(6)
    pbx.hangUp(back)
    pbx.hangUp(caller)
    let record = Outcome.of(pbx).record
    #expect(record.answered)
    #expect(record.answeredBy == "PJSIP/100")
    #expect(record.talk.isAbout(16))
  }
}

@Suite struct `A call without a queue` {
  @Test func `to a ring group that nobody answers is lost ringing`() {
    let outcome = Outcome.of(Scenes.ringGroup(answers: false))
    #expect(outcome.record.missed)
    #expect(outcome.record.lostAt == .ring)
    #expect(outcome.record.ending == .timeout)
    #expect(outcome.record.membersRung == ["PJSIP/101", "PJSIP/102"])
    #expect(outcome.record.wait.isAbout(20))
    #expect(outcome.entries == [])
  }

  @Test func `to a ring group is answered by the phone that picks up`() {
    let record = Outcome.of(Scenes.ringGroup(answers: true)).record
    #expect(record.answeredBy == "PJSIP/102")
    #expect(record.talk.isAbout(9))
  }

  @Test func `to an extension whose caller hangs up ringing is lost ringing by the caller`() {
    var pbx = Script()
    let caller = pbx.caller(answered: false)
    let phone = pbx.dial("PJSIP/101", by: caller)
    pbx.wait(6)
    pbx.dialEnd(phone, by: caller, .cancel)
    pbx.dialEnd(phone, by: caller, .cancel)
    pbx.hangUp(phone)
    pbx.hangUp(caller)
    let record = Outcome.of(pbx).record
    #expect(record.lostAt == .ring)
    #expect(record.ending == .callerHungUp)
    #expect(record.words.filter { $0 == "rang_out PJSIP/101" }.count == 1)
  }

  @Test(arguments: [("greeting", LostAt.greeting), ("ivr-main", .ivr), ("after-hours", .afterHours)])
  func `is lost where its context says`(context: String, lostAt: LostAt) {
    var pbx = Script()
    var caller = pbx.caller()
    pbx.wait(3)
    caller.context = context
    pbx.hangUp(caller)
    let record = Outcome.of(pbx).record
    #expect(record.missed)
    #expect(record.lostAt == lostAt)
    #expect(record.wait.isAbout(3))
  }

  @Test func `that the network failed before anything answered is lost on the trunk`() {
    var pbx = Script()
    let caller = pbx.caller(answered: false)
    pbx.hangUp(caller, .networkOutOfOrder)
    #expect(Outcome.of(pbx).record.lostAt == .trunk)
  }

  @Test func `that nothing answered and nothing is known of is lost elsewhere`() {
    var pbx = Script()
    let caller = pbx.caller(answered: false)
    pbx.hangUp(caller)
    #expect(Outcome.of(pbx).record.lostAt == .other)
  }

  @Test func `whose dialplan marks the stage is lost there`() {
    var pbx = Script()
    let caller = pbx.caller()
    pbx.say(.userEvent(name: "PerezvonStage", caller.snapshot, fields: ["Stage": "ivr"]), caller)
    pbx.hangUp(caller)
    #expect(Outcome.of(pbx).record.lostAt == .ivr)
  }

  @Test(arguments: [true, false])
  func `that reached voicemail is missed unless that is not taken for a loss`(isMissed: Bool) {
    var pbx = Script()
    let caller = pbx.caller()
    pbx.say(.userEvent(name: "PerezvonStage", caller.snapshot, fields: ["Stage": "voicemail"]), caller)
    pbx.hangUp(caller)
    var settings = TrackerSettings.office
    settings.voicemailIsMissed = isMissed
    let record = Outcome.of(pbx, settings).record
    #expect(record.ending == .voicemail)
    #expect(!record.answered)
    #expect(record.missed == isMissed)
    #expect((record.lostAt == nil) == !isMissed)
  }

  @Test func `whose caller asked for a callback ended with that`() {
    var pbx = Script()
    let caller = pbx.caller()
    pbx.join(caller, "sales")
    pbx.say(.userEvent(name: "PerezvonRequest", caller.snapshot, fields: ["Number": "1"]), caller)
    pbx.leave(caller, "sales")
    pbx.hangUp(caller)
    #expect(Outcome.of(pbx).record.ending == .callbackRequested)
  }

  @Test func `from an extension is nobody's missed call`() {
    var pbx = Script()
    let phone = pbx.channel("PJSIP/101", number: "101", exten: "102", state: .ring)
    let other = pbx.dial("PJSIP/102", by: phone)
    pbx.wait(5)
    pbx.hangUp(other)
    pbx.hangUp(phone)
    let outcome = Outcome.of(pbx)
    #expect(outcome.records == [])
    #expect(outcome.facts == [])
  }

  @Test func `that is dialled out over the trunk is not a caller, though born in its context`() {
    var pbx = Script()
    let leg = pbx.channel("PJSIP/trunk", context: "from-trunk", exten: "s", state: .down)
    pbx.wait(1)
    pbx.hangUp(leg)
    #expect(Outcome.of(pbx).facts == [])
  }

  @Test func `that is born down and then rings in is a caller`() {
    var pbx = Script()
    var leg = pbx.channel("SIP/trunk", number: "79161234567", context: "from-trunk", exten: "s", state: .down)
    leg.state = .ring
    pbx.say(.channelState(leg.snapshot), leg)
    pbx.hangUp(leg)
    let record = Outcome.of(pbx).record
    #expect(record.missed)
    #expect(record.did == "")
  }
}

@Suite struct `An outbound call` {
  @Test func `made by hand has the dialled number and who talked`() {
    let outcome = Outcome.of(Scenes.outbound())
    let record = outcome.record
    #expect(record.direction == .outbound)
    #expect(record.rawNumber == "79161234567")
    #expect(record.answered)
    #expect(record.answeredBy == "PJSIP/101")
    #expect(record.talk.isAbout(30))
    #expect(record.lostAt == nil)
    #expect(!record.missed)
    #expect(outcome.talksBegan == ["PJSIP/101"])
  }

  @Test func `that fails on one trunk and goes over another is one call`() {
    var pbx = Script()
    var phone = pbx.channel("PJSIP/101", number: "101", exten: "89161234567", state: .ring)
    pbx.up(&phone)
    let failed = pbx.dial("PJSIP/trunk", by: phone, "79161234567@trunk")
    pbx.dialEnd(failed, by: phone, .congestion)
    pbx.hangUp(failed, .congestion)
    var second = pbx.dial("PJSIP/trunk2", by: phone, "79161234567@trunk2")
    _ = pbx.pickUp(&second, by: phone)
    pbx.wait(5)
    pbx.hangUp(second)
    pbx.hangUp(phone)
    let record = Outcome.of(pbx).record
    #expect(record.answered)
    #expect(record.talk.isAbout(5))
  }

  @Test func `to a registered contact of a phone is internal`() {
    var pbx = Script()
    let phone = pbx.channel("PJSIP/101", number: "101", exten: "102", state: .ring)
    let other = pbx.dial("PJSIP/102", by: phone, "102/sip:102@10.0.0.5:5060")
    pbx.hangUp(other)
    pbx.hangUp(phone)
    #expect(Outcome.of(pbx).facts == [])
  }
}

@Suite struct `Our own legs` {
  static let attempt = AttemptID("01890000-0000-7000-8000-000000000001")!

  @Test(arguments: [true, false])
  func `are one outbound record with the attempt, and never missed`(answers: Bool) {
    let record = Outcome.of(Scenes.ourCallback(answers: answers)).record
    #expect(record.attempt == Self.attempt)
    #expect(record.direction == .outbound)
    #expect(record.rawNumber == "+79161234567")
    #expect(record.answered == answers)
    #expect(record.answeredBy == (answers ? "PJSIP/101" : nil))
    #expect(!record.missed)
    #expect(record.lostAt == nil)
    #expect(record.talk.isAbout(answers ? 20 : 0))
  }

  @Test func `have talked though ARI tells of their end before AMI tells of the talk`() throws {
    let script = Scenes.ourCallback(answers: true)
    let talk = try #require(
      script.steps.firstIndex { if case .bridgeEntered = $0.event { true } else { false } })
    var outcome = Outcome()
    for step in script.steps[..<talk] { outcome.hear(step.event, at: step.at) }
    for step in script.steps[talk...] {
      guard case .channelHungUp(let channel, let cause) = step.event else { continue }
      outcome.hear(.channelDestroyed(channel, cause), at: step.at)
    }
    // AMI is slow: longer than the settle time.
    outcome.pass(to: script.now + .seconds(2))
    for step in script.steps[talk...] { outcome.hear(step.event, at: step.at) }
    outcome.pass(to: script.now + .seconds(180))
    #expect(outcome.record.answered)
    #expect(outcome.record.talk.isAbout(20))
  }

  @Test func `are not callers even where they are born in an inbound context`() {
    var pbx = Script()
    let agent = pbx.channel(
      "PJSIP/trunk", id: ChannelID("pz-\(Self.attempt)-a"), context: "from-trunk", exten: "123", state: .ring)
    pbx.hangUp(agent)
    #expect(Outcome.of(pbx).records == [])
  }
}

@Suite struct `Two callers at once` {
  @Test func `get a verdict each, and the agent of one does not serve the other`() {
    var pbx = Script()
    let first = pbx.caller("79160000001")
    let second = pbx.caller("79160000002")
    pbx.join(first, "sales")
    pbx.join(second, "sales", position: 2)
    var agent = pbx.ring("PJSIP/101", for: first, "sales")
    _ = pbx.answer(&agent, for: first, "sales")
    pbx.wait(10)
    pbx.abandon(second, "sales")
    pbx.leave(second, "sales")
    pbx.hangUp(second)
    pbx.hangUp(first)
    pbx.hangUp(agent)
    let records = Outcome.of(pbx).records.sorted { $0.rawNumber < $1.rawNumber }
    #expect(records.map(\.answered) == [true, false])
    #expect(records.map(\.lostAt) == [nil, .queue])
  }
}

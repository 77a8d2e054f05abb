import CallPolicy
import CallTracking
import Telephony
import Testing

@testable import Service

/// The dialplan's questions, as the machine of a switchboard answers them.
@Suite struct `A caller the dialplan asks about` {
  private static let now = Timestamp(seconds: 1_800_000_000)
  private static let number = PhoneNumber(e164: "+79161234567")!

  private static func machine(members: [QueueMember] = [free("PJSIP/101")]) throws -> SwitchboardMachine {
    let text = """
      database: {url: "postgresql://nowhere"}
      pbx:
        - name: pbx1
          ami: {username: perezvon, secret: hush}
          ari: {username: perezvon, password: hush}
          inbound_contexts: [from-trunk]
          dial: PJSIP/{number}@trunk
      numbers: {region: RU, allow: ["+7"]}
      campaigns: [{name: sales, queues: [sales], agents: {queue: sales}}]
      routing:
        sticky: {within: 30d, wait: 15s}
        categories: {vip: {priority: 10, bypass_queue: true}, blocked: {reject: true}}
      """
    let settings = try Settings.read(yaml: text, fileName: "test", environment: [:]) { _ in
      .failure(.init(sentence: "none"))
    }
    var machine = SwitchboardMachine(
      settings: SwitchboardSettings(settings, pbx: settings.pbxs[0]), random: SplitMix64(state: 1))
    let snapshot = PBXSnapshot(
      startedAt: now - .seconds(3_600), version: "22.10.1", channels: [], queues: ["sales"], members: members,
      waiting: [])
    _ = machine.handle(.amiUp(snapshot, askedAt: now), at: now)
    _ = machine.handle(.ariUp(channels: [], askedAt: now), at: now)
    return machine
  }

  private static func free(_ interface: MemberInterface) -> QueueMember {
    QueueMember(queue: "sales", interface: interface, name: "Anna", status: .notInUse)
  }

  private static func caller(_ raw: String = "89161234567") -> ChannelSnapshot {
    ChannelSnapshot(
      id: "1.1", linkedID: "1.1", name: "PJSIP/trunk-1", state: .up, callerNumber: raw,
      context: "perezvon-route",
      exten: "s")
  }

  private static func ask(
    _ machine: inout SwitchboardMachine, _ arguments: String..., from raw: String = "89161234567",
    file: CallerFile? = CallerFile()
  ) -> [String: String]? {
    let event = PBXEvent.stasisStarted(caller(raw), application: "perezvon", arguments: arguments)
    var effects = machine.handle(.pbx([StampedEvent(event: event, at: nil)]), at: now)
    for case .lookUpCaller(let question) in effects {
      effects = machine.handle(.callerFound(question, file), at: now + .milliseconds(5))
    }
    for case .answerHook(let question, let variables) in effects where question.channel == "1.1" {
      return Dictionary(uniqueKeysWithValues: variables.map { ($0.name, $0.value) })
    }
    return nil
  }

  @Test func `is given to his free agent with what is known of him`() throws {
    var machine = try Self.machine()
    let file = CallerFile(
      name: "Anna, <b>", category: "vip", lastTalkEndedAt: Self.now - .seconds(60), lastTalkedWith: "Anna")
    let answer = try #require(Self.ask(&machine, "route", file: file))
    #expect(answer["PEREZVON_AGENT"] == "PJSIP/101", "the books have his name, Dial() needs his interface")
    #expect(answer["PEREZVON_WAIT"] == "15")
    #expect((answer["PEREZVON_PRIORITY"], answer["PEREZVON_CATEGORY"]) == ("10", "vip"))
    #expect(answer["PEREZVON_NAME"] == "Anna b", "nothing in it parts arguments")
    #expect(
      (answer["PEREZVON_BYPASS"], answer["PEREZVON_REJECT"], answer["PEREZVON_JOB_OPEN"]) == ("1", "", ""))
  }

  @Test func `goes to the queue where his agent is paused, in a talk, or nothing that could be dialled`()
    throws
  {
    var paused = Self.free("PJSIP/101")
    paused.paused = true
    var machine = try Self.machine(members: [paused])
    let file = CallerFile(manager: "PJSIP/101")
    #expect(Self.ask(&machine, "route", file: file)?["PEREZVON_AGENT"] == "")
    machine = try Self.machine()
    #expect(Self.ask(&machine, "route", file: file)?["PEREZVON_AGENT"] == "PJSIP/101")
    for hostile: MemberInterface in [
      "PJSIP/101,60,U(x)", "PJSIP/1&PJSIP/2", "Anna", "/", "PJSIP/", "PJSIP/${X}",
    ] {
      #expect(Self.ask(&machine, "route", file: CallerFile(manager: hostile))?["PEREZVON_AGENT"] == "")
    }
    _ = machine.handle(.amiDown(reason: "cut"), at: Self.now)
    #expect(Self.ask(&machine, "route", file: file)?["PEREZVON_AGENT"] == "", "nobody knows who is free")
  }

  @Test
  func `goes on as if never asked when the books do not answer in time, and a late answer is not taken`()
    throws
  {
    var machine = try Self.machine()
    let event = PBXEvent.stasisStarted(Self.caller(), application: "perezvon", arguments: ["route"])
    let effects = machine.handle(.pbx([StampedEvent(event: event, at: nil)]), at: Self.now)
    guard
      case .lookUpCaller(let question)? = effects.first(where: {
        if case .lookUpCaller = $0 { true } else { false }
      })
    else {
      Issue.record("the books were not asked")
      return
    }
    let late = machine.handle(.callerFound(question, nil), at: Self.now)
    #expect(late.contains(.answerHook(question, [])))
    let again = machine.handle(.callerFound(question, CallerFile(category: "vip")), at: Self.now)
    #expect(!again.contains { if case .answerHook = $0 { true } else { false } })
  }

  @Test(arguments: [
    ("0", Duration.zero), ("7199.998", .milliseconds(7_199_998)), ("604800", .seconds(604_800)), ("", nil),
    ("604801", nil), ("-1", nil), ("1e3", nil), ("1.2.3", nil), ("inf", nil), ("00000000000001", nil),
  ])
  func `says which time limit he had, where it is one`(_ text: String, _ limit: Duration?) throws {
    let machine = try Self.machine()
    let asked = ["route", "", "", "", text]
    let question = try #require(HookQuestion(asked, of: Self.caller(), plan: machine.settings.plan))
    #expect(question.limitBefore == limit)
    #expect(HookQuestion(["route"], of: Self.caller(), plan: machine.settings.plan)?.limitBefore == nil)
  }

  @Test func `goes on at once where his number is hidden or the question is none`() throws {
    var machine = try Self.machine()
    #expect(Self.ask(&machine, "route", from: "anonymous") == [:])
    let event = PBXEvent.stasisStarted(Self.caller(), application: "perezvon", arguments: ["what"])
    let effects = machine.handle(.pbx([StampedEvent(event: event, at: nil)]), at: Self.now)
    #expect(effects.contains(.command(.resumeDialplan("1.1"))))
  }

  @Test func `who was given a high priority is not set back by the callback owed to him`() throws {
    var machine = try Self.machine()
    _ = machine.handle(.leaseWon(fence: 1), at: Self.now)
    _ = Self.ask(&machine, "route", file: CallerFile(category: "vip"))
    #expect(machine.routedPriority == ["1.1": 10])
    let hungUp = StampedEvent(event: .channelHungUp(Self.caller(), .normalClearing), at: nil)
    _ = machine.handle(.pbx([hungUp]), at: Self.now + .seconds(5))
    #expect(machine.routedPriority.isEmpty && machine.questions.isEmpty)
  }

  @Test func `is offered a callback, with the wait and the number it would go to`() throws {
    var busy = Self.free("PJSIP/101")
    busy.status = .inUse
    var machine = try Self.machine(members: [busy])
    let answer = try #require(Self.ask(&machine, "offer", "sales"))
    #expect(answer["PEREZVON_OFFER"] == "1")
    #expect(answer["PEREZVON_OFFER_MINUTES"] == "3")
    #expect(answer["PEREZVON_OFFER_NUMBER"] == "+79161234567")
    #expect(answer["PEREZVON_OFFER_CAMPAIGN"] == "sales")
    #expect(answer["PEREZVON_OFFER_AT"] == "1800000180")
    machine = try Self.machine()
    #expect(Self.ask(&machine, "offer", "sales")?["PEREZVON_OFFER"] == "", "somebody is free")
    #expect(Self.ask(&machine, "offer", "sales", "", "key")?["PEREZVON_OFFER"] == "1", "he asked for it")
    _ = machine.handle(.storeAvailable(false), at: Self.now)
    #expect(
      Self.ask(&machine, "offer", "sales", "", "key") == [:], "without the books nothing can be promised")
  }

  @Test(arguments: [
    ("89161112233", "+79161112233"), ("+79161112233", "+79161112233"), ("12", nil), ("", nil),
    ("+4915112345678", nil), ("74951112233", nil),
  ])
  func `is asked again where the number he keyed in cannot be called`(keyed: String, expected: String?) throws
  {
    var machine = try Self.machine()
    let answer = try #require(Self.ask(&machine, "check", keyed, "sales"))
    #expect(answer["PEREZVON_CHECK"] == (expected == nil ? "0" : "1"))
    #expect(answer["PEREZVON_CHECK_NUMBER"] == expected)
    #expect(
      Self.ask(&machine, "check", keyed, "sales", file: CallerFile(doNotCall: true))?["PEREZVON_CHECK"] == "0"
    )
  }

  @Test func `may choose a time`() throws {
    var machine = try Self.machine()
    // 1,800,000,000 is 08:00 UTC, and the campaign keeps no calendar.
    #expect(Self.ask(&machine, "time", "0930", "sales")?["PEREZVON_CHECK_AT"] == "1800005400")
    #expect(Self.ask(&machine, "time", "2530", "sales")?["PEREZVON_CHECK"] == "")
  }
}

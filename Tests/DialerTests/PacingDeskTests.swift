import Telephony
import Testing

@testable import Dialer

private let campaign: CampaignName = "winback"
private func attempt(_ n: Int) -> AttemptID { AttemptID(UniqueID(high: 9, low: UInt64(n))) }

/// A desk with one predictive campaign that has learnt enough to dial ahead; attempts are numbered.
private struct Stage {
  var desk = PacingDesk()
  var now = Timestamp(seconds: 1_800_000_000)
  var attempts = 0
  var paces: [Pace] = []
  var cancels: [AttemptID] = []
  var stops = 0
  var anomalies: [String] = []

  init(settings: PacerSettings = PacerSettings(mode: .predictive), learnt: Bool = true) {
    desk.configure([campaign: settings], at: now)
    guard learnt else { return }
    desk.restore(AnswerCounts(live: 3_000, dropped: 10), at: now, of: campaign)
    for n in 0..<60 {
      take(desk.agents(["PJSIP/teacher": .free], of: campaign, at: now))
      // Two phones of three are not answered.
      for miss in 0..<2 {
        let id = dial(for: "PJSIP/teacher")
        wait(6 + (n + miss * 7) % 15)
        tell(.unanswered, id)
      }
      let id = dial(for: "PJSIP/teacher")
      wait(6 + n % 12)
      tell(.answered, id)
      tell(.connected("PJSIP/teacher"), id)
      wait(20 + n * 3)
      take(desk.agents(["PJSIP/teacher": .wrapUp], of: campaign, at: now))
      wait(10)
    }
    take(desk.agents([:], of: campaign, at: now))
    (paces, cancels, stops) = ([], [], 0)
  }

  mutating func take(_ actions: [PacingDesk.Action]) {
    for action in actions {
      switch action {
      case .cancel(let id): cancels.append(id)
      case .pace(let name, let pace, let why):
        #expect(name == campaign && why.hasSuffix("."))
        paces.append(pace)
      case .stop: stops += 1
      case .anomaly(let text): anomalies.append(text)
      }
    }
  }

  mutating func tell(_ event: PacingDesk.DialEvent, _ id: AttemptID) {
    take(desk.dial(event, id, campaign, at: now))
  }

  mutating func dial(for agent: MemberInterface? = nil) -> AttemptID {
    attempts += 1
    let id = attempt(attempts)
    if agent == nil { desk.claimed(id, campaign) }
    tell(.dialed(for: agent), id)
    return id
  }

  /// All that may be dialled is dialled.
  mutating func launch() -> [AttemptID] { (0..<desk.launches(campaign)).map { _ in dial() } }

  mutating func wait(_ seconds: Int) {
    for _ in 0..<seconds {
      now = now + .seconds(1)
      take(desk.tick(at: now))
    }
  }

  mutating func come(_ count: Int, _ phase: AgentPhase = .free) {
    let names = (0..<count).map { MemberInterface("PJSIP/\(100 + $0)") }
    take(desk.agents(Dictionary(uniqueKeysWithValues: names.map { ($0, phase) }), of: campaign, at: now))
  }
}

@Suite struct `The pacing desk` {
  @Test func `launches ahead of agents, and counts what is claimed and dialled`() {
    var stage = Stage()
    stage.come(10)
    #expect(stage.paces.last == .ahead)
    let first = stage.desk.launches(campaign)
    #expect(first > 10, "ten agents are free, a third of the phones is answered at first guess")
    #expect(stage.desk.takes(campaign) == .launches(first))
    stage.desk.claimed(attempt(9_001), campaign)
    #expect(stage.desk.launches(campaign) == first - 1)
    stage.tell(.dialed(for: nil), attempt(9_001))
    #expect(stage.desk.launches(campaign) == first - 1, "the claim was counted already")
    _ = stage.launch()
    #expect(stage.desk.launches(campaign) == 0)
    #expect(stage.anomalies == [])
  }

  @Test func `what was not dialled is weighed anew at the next event, and never piles up`() {
    var stage = Stage()
    stage.come(10)
    let first = stage.desk.launches(campaign)
    stage.wait(60)
    #expect(
      stage.desk.launches(campaign) == first, "no job was there: the order is the same, not sixty of them")
    stage.come(4)
    #expect(stage.desk.launches(campaign) < first, "six agents have gone")
  }

  @Test func `a refused claim may be dialled by another`() {
    var stage = Stage()
    stage.come(5)
    let most = stage.desk.launches(campaign)
    var refused: [AttemptID] = []
    while stage.desk.launches(campaign) > 0, refused.count < 100 {
      let next = (0..<stage.desk.launches(campaign)).map { attempt(8_000 + refused.count + $0) }
      for id in next { stage.desk.claimed(id, campaign) }
      refused += next
      stage.wait(1)
    }
    #expect(refused.count < 100, "what is claimed counts as dialled")
    for id in refused { stage.desk.notDialed(id, campaign, at: stage.now) }
    stage.wait(1)
    #expect(stage.desk.launches(campaign) == most)
    // Told twice, or of a claim that ended before its dial by its end: the same.
    stage.desk.claimed(attempt(8_500), campaign)
    stage.tell(.unanswered, attempt(8_500))
    stage.desk.notDialed(attempt(8_500), campaign, at: stage.now)
    stage.wait(1)
    #expect(stage.desk.launches(campaign) == most)
    #expect(stage.anomalies == [])
  }

  @Test func `an agent for each number while little is known, and no launch`() {
    var stage = Stage(learnt: false)
    stage.come(10)
    #expect(stage.paces == [.backed])
    #expect(stage.desk.takes(campaign) == .agent)
    #expect(stage.desk.launches(campaign) == 0)
    let id = stage.dial(for: "PJSIP/100")
    // The line is his: however long it rings, it is not taken from him.
    stage.wait(60)
    #expect(stage.cancels == [])
    stage.tell(.answered, id)
    stage.tell(.assigned("PJSIP/100"), id)
    stage.tell(.connected("PJSIP/100"), id)
    #expect(stage.desk.budget(campaign)?.lastDay == AnswerCounts(live: 1))
    #expect(stage.anomalies == [])
  }

  @Test func `too few agents: an agent for each number`() {
    var stage = Stage()
    stage.come(10)
    stage.come(2)
    #expect(stage.paces.last == .backed && stage.desk.takes(campaign) == .agent)
  }

  @Test func `agents who vanish: a hard stop, and what rings is cancelled after its minimum`() {
    var stage = Stage()
    stage.come(10)
    let ids = stage.launch()
    stage.wait(3)
    stage.come(0)
    #expect(stage.stops == 1 && stage.paces.last == .halted)
    #expect(stage.desk.launches(campaign) == 0 && stage.desk.takes(campaign) == .launches(0))
    #expect(stage.cancels == [], "no phone has rung for 15 s")
    stage.wait(12)
    #expect(Set(stage.cancels) == Set(ids))
    for id in ids { stage.tell(.cancelled, id) }
    #expect(stage.anomalies == [])
    #expect(!stage.desk.wantsTicks)
  }

  @Test func `the minimum counts from the moment the phone rings, where that is told`() {
    var stage = Stage()
    stage.come(10)
    let ids = stage.launch()
    stage.wait(4)
    stage.tell(.ringing, ids[0])
    stage.come(0)
    stage.wait(11)
    #expect(Set(stage.cancels) == Set(ids.dropFirst()))
    stage.wait(3)
    #expect(!stage.cancels.contains(ids[0]))
    stage.wait(1)
    #expect(stage.cancels.last == ids[0])
  }

  @Test func `who answers meanwhile is not cancelled, but dropped`() {
    var stage = Stage()
    stage.come(10)
    let ids = stage.launch()
    stage.come(0)
    stage.tell(.ringing, ids[0])
    stage.wait(2)
    stage.tell(.answered, ids[0])
    stage.wait(2)
    stage.tell(.dropped, ids[0])
    stage.wait(30)
    #expect(!stage.cancels.contains(ids[0]))
    #expect(stage.desk.budget(campaign)?.lastDay.dropped == 11)
  }

  @Test func `held: nothing is launched, what rings rings on`() {
    var stage = Stage()
    stage.come(10)
    stage.paces = [.ahead]
    _ = stage.launch()
    stage.take(stage.desk.hold(true, campaign, at: stage.now))
    stage.take(stage.desk.hold(true, campaign, at: stage.now))
    stage.wait(60)
    #expect(stage.desk.launches(campaign) == 0 && stage.cancels == [])
    #expect(stage.paces == [.ahead, .halted])
    stage.take(stage.desk.hold(false, campaign, at: stage.now))
    #expect(stage.paces == [.ahead, .halted, .ahead])
  }

  @Test func `a changed limit holds at once, and what is in flight goes on`() {
    var stage = Stage()
    stage.come(10)
    let ids = stage.launch()
    stage.desk.configure([campaign: PacerSettings(mode: .predictive, maxDropRate: 0.001)], at: stage.now)
    stage.wait(1)
    #expect(stage.paces.last == .backed, "10 of 3,060 are more than 0.1 %")
    stage.tell(.answered, ids[0])
    stage.tell(.connected("PJSIP/100"), ids[0])
    #expect(stage.anomalies == [] && stage.desk.budget(campaign)?.lastDay.live == 3_061)
    stage.desk.configure([:], at: stage.now)
    #expect(stage.desk.campaigns == [] && stage.desk.takes(campaign) == nil)
    stage.tell(.unanswered, ids[1])
    #expect(stage.anomalies == [], "of a campaign that is not paced any more")
  }

  @Test func `progressive: several lines for an agent while a drop is left, and what is his is cancelled`() {
    var stage = Stage(settings: PacerSettings(mode: .progressive, linesPerAgent: 3), learnt: false)
    stage.come(2)
    #expect(stage.desk.lines(campaign) == 1, "too few answers to allow a drop")
    #expect(stage.desk.takes(campaign) == .agent && stage.desk.launches(campaign) == 0)
    stage.desk.restore(AnswerCounts(live: 3_000), at: stage.now, of: campaign)
    stage.wait(1)
    #expect(stage.desk.lines(campaign) == 3 && stage.paces == [.backed, .ahead])
    let ids = (0..<3).map { _ in stage.dial(for: "PJSIP/100") }
    stage.wait(5)
    stage.tell(.answered, ids[1])
    stage.tell(.connected("PJSIP/100"), ids[1])
    stage.wait(9)
    #expect(stage.cancels == [])
    stage.wait(1)
    #expect(Set(stage.cancels) == [ids[0], ids[2]], "as soon as they rang fifteen seconds")
    stage.tell(.cancelled, ids[0])
    stage.tell(.answered, ids[2])
    stage.tell(.dropped, ids[2])
    #expect(stage.desk.budget(campaign)?.lastDay == AnswerCounts(live: 3_002, dropped: 1))
    #expect(stage.anomalies == [])
  }

  @Test func `an attempt that is not known is told`() {
    var stage = Stage()
    stage.come(3)
    stage.tell(.answered, attempt(777))
    #expect(stage.anomalies.count == 1)
  }

  @Test func `the agents of a queue as pacing sees them`() {
    let seats = [
      seat("PJSIP/1"), seat("PJSIP/2", paused: true), seat("PJSIP/3", status: .inUse),
      seat("PJSIP/4", status: .ringing), seat("PJSIP/5", lastCall: 5, wrapUp: 30),
      seat("PJSIP/6", cooling: 20), seat("PJSIP/7", status: .unavailable),
      seat("PJSIP/8", paused: true, reserved: true),
      seat("PJSIP/9", queue: "support"), seat("PJSIP/10", paused: true, reserved: true),
      seat("PJSIP/11"), seat("PJSIP/11", queue: "support", status: .inUse),
    ]
    let phases = AgentPhase.of(
      "sales", seats: seats, held: ["PJSIP/8": .talking, "PJSIP/10": .wrapUp], at: dispatchNow)
    #expect(
      phases == [
        "PJSIP/1": .free, "PJSIP/3": .talking, "PJSIP/4": .reserved, "PJSIP/5": .wrapUp, "PJSIP/8": .talking,
        "PJSIP/10": .wrapUp, "PJSIP/11": .talking,
      ])
  }
}

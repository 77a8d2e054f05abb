import Telephony
import Testing

@testable import Dialer

/// Drives a pacer by seconds; dials are numbered as they are asked for, and leave at once.
private struct Stage {
  var pacer: Pacer
  var second = 0.0
  var keys: UInt64 = 0
  /// In flight, oldest first.
  var ringing: [(key: DialKey, agent: MemberInterface?)] = []
  var cancelled: [DialKey] = []
  var offered: [MemberInterface] = []
  var others: [PacerAction] = []

  init(_ settings: PacerSettings) { pacer = Pacer(settings: settings) }

  static let start = Timestamp(seconds: 1_800_000_000)
  var now: Timestamp { Self.start + .milliseconds(Int64(second * 1_000)) }

  mutating func tell(_ event: PacerEvent) {
    for action in pacer.handle(event, at: now) {
      switch action {
      case .dial(let count, let agent):
        for _ in 0..<count {
          keys += 1
          ringing.append((DialKey(keys), agent))
          #expect(pacer.handle(.dialed(DialKey(keys), for: agent), at: now) == [])
        }
      case .cancel(let key): cancelled.append(key)
      case .offer(let agent): offered.append(agent)
      case .stop, .pace, .anomaly: others.append(action)
      }
    }
  }

  mutating func wait(_ seconds: Double) {
    for _ in 0..<Int(seconds) {
      second += 1
      tell(.tick)
    }
  }

  mutating func answer(_ key: DialKey) {
    ringing.removeAll { $0.key == key }
    tell(.answered(key))
  }

  mutating func come(_ names: MemberInterface...) { for name in names { tell(.agent(name, .free)) } }

  /// Knowledge and budget enough to dial ahead: a thousand good answers and the rhythm of the fixed scenario.
  mutating func learn(answering age: (Int) -> Double = { Double(6 + $0 % 12) }, missing: Int = 2) {
    pacer.restore(AnswerCounts(live: 3_000), at: now)
    for n in 0..<60 {
      tell(.agent("PJSIP/teacher", .free))
      for miss in 0..<missing {
        second += Double(6 + (n + miss * 7) % 15)
        tell(.unanswered(ringing.removeLast().key))
      }
      second += age(n)
      let key = ringing[ringing.count - 1].key
      answer(key)
      tell(.connected(key, "PJSIP/teacher"))
      second += 20 + Double(n) * 3
      tell(.agent("PJSIP/teacher", .wrapUp))
      second += 10
    }
    tell(.agent("PJSIP/teacher", .gone))
    while let dial = ringing.popLast() { tell(.unanswered(dial.key)) }
    cancelled = []
    others = []
  }
}

@Suite struct `A progressive pacer` {
  @Test func `dials one number for each free agent, and the next when it is not answered`() {
    var stage = Stage(PacerSettings(mode: .progressive))
    stage.come("PJSIP/1", "PJSIP/2")
    #expect(stage.ringing.map(\.agent) == ["PJSIP/1", "PJSIP/2"])
    stage.wait(10)
    #expect(stage.ringing.count == 2)
    let key = stage.ringing.removeFirst().key
    stage.tell(.unanswered(key))
    #expect(stage.ringing.map(\.agent) == ["PJSIP/2", "PJSIP/1"])
  }

  @Test func `dials nothing for an agent whose customer has answered`() {
    var stage = Stage(PacerSettings(mode: .progressive))
    stage.come("PJSIP/1")
    let key = stage.ringing[0].key
    stage.answer(key)
    stage.tell(.tick)
    stage.tell(.connected(key, "PJSIP/1"))
    stage.tell(.agent("PJSIP/1", .wrapUp))
    #expect(stage.keys == 1)
    stage.tell(.agent("PJSIP/1", .free))
    #expect(stage.keys == 2)
  }

  @Test func `dials one number only for an agent who was taken and came back before his dial left`() {
    var pacer = Pacer(settings: PacerSettings(mode: .progressive))
    let now = Stage.start
    #expect(pacer.handle(.agent("PJSIP/1", .free), at: now).contains(.dial(1, for: "PJSIP/1")))
    _ = pacer.handle(.agent("PJSIP/1", .talking), at: now + .milliseconds(10))
    #expect(pacer.handle(.agent("PJSIP/1", .free), at: now + .milliseconds(20)) == [.dial(1, for: "PJSIP/1")])
    _ = pacer.handle(.dialed(DialKey(1), for: "PJSIP/1"), at: now + .milliseconds(30))
    _ = pacer.handle(.dialed(DialKey(2), for: "PJSIP/1"), at: now + .milliseconds(40))
    #expect(pacer.handle(.unanswered(DialKey(1)), at: now + .seconds(5)) == [])
    #expect(pacer.handle(.unanswered(DialKey(2)), at: now + .seconds(6)) == [.dial(1, for: "PJSIP/1")])
  }

  @Test func `dials again where the answered customer has hung up`() {
    var stage = Stage(PacerSettings(mode: .progressive))
    stage.come("PJSIP/1")
    let key = stage.ringing[0].key
    stage.answer(key)
    stage.tell(.left(key))
    #expect(stage.keys == 2)
    #expect(stage.pacer.budget.lastDay == AnswerCounts(live: 1))
  }

  @Test func `dials several numbers for one agent only while the budget allows a drop`() {
    var stage = Stage(PacerSettings(mode: .progressive, linesPerAgent: 3))
    stage.come("PJSIP/1")
    #expect(stage.ringing.count == 1)
    stage.pacer.restore(AnswerCounts(live: 157), at: stage.now)
    stage.tell(.tick)
    #expect(stage.ringing.count == 3)
    let answered = stage.ringing[1].key
    stage.answer(answered)
    stage.tell(.dropped(answered))
    #expect(
      stage.ringing.count == 2, "one more drop would break the cap: nothing is dialled beyond what rings")
  }

  @Test func `cancels the other lines of a served agent, none before it rang fifteen seconds`() {
    var stage = Stage(PacerSettings(mode: .progressive, linesPerAgent: 3))
    stage.pacer.restore(AnswerCounts(live: 3_000), at: stage.now)
    stage.come("PJSIP/1")
    stage.wait(6)
    let key = stage.ringing[0].key
    stage.answer(key)
    stage.tell(.connected(key, "PJSIP/1"))
    stage.wait(8)
    #expect(stage.cancelled == [])
    stage.wait(1)
    #expect(Set(stage.cancelled) == Set(stage.ringing.map(\.key)))
    stage.wait(5)
    #expect(stage.cancelled.count == 2, "each is cancelled once")
  }
}

@Suite struct `A preview pacer` {
  @Test func `offers a card, dials what is accepted, and offers the next`() {
    var stage = Stage(PacerSettings(mode: .preview))
    stage.come("PJSIP/1")
    #expect(stage.offered == ["PJSIP/1"])
    #expect(stage.ringing.isEmpty)
    stage.tell(.declined("PJSIP/1"))
    #expect(stage.offered.count == 2)
    stage.tell(.accepted("PJSIP/1"))
    #expect(stage.ringing.map(\.agent) == ["PJSIP/1"])
    #expect(stage.offered.count == 2)
    stage.tell(.unanswered(stage.ringing[0].key))
    #expect(stage.offered.count == 3)
    stage.tell(.accepted("PJSIP/9"))
    #expect(stage.others.contains(.anomaly("a card was accepted that was not shown")))
  }
}

@Suite struct `A predictive pacer` {
  private static let five: [MemberInterface] = ["PJSIP/1", "PJSIP/2", "PJSIP/3", "PJSIP/4", "PJSIP/5"]

  private static func learnt(_ settings: PacerSettings = PacerSettings(mode: .predictive)) -> Stage {
    var stage = Stage(settings)
    stage.learn()
    return stage
  }

  @Test func `dials no more than there are free agents while it knows little`() {
    var stage = Stage(PacerSettings(mode: .predictive))
    for agent in Self.five { stage.come(agent) }
    stage.wait(14)
    #expect(stage.ringing.count == 5)
    #expect(stage.pacer.pace == .backed)
  }

  @Test func `dials not ahead of itself where every phone is answered at the same age`() {
    var stage = Stage(PacerSettings(mode: .predictive))
    stage.learn(answering: { _ in 12 }, missing: 0)
    for agent in Self.five { stage.come(agent) }
    stage.wait(10)
    #expect(stage.pacer.pace == .ahead)
    #expect(stage.ringing.count <= 6, "each of them will be answered")
  }

  @Test func `dials ahead once it knows enough`() {
    var stage = Self.learnt()
    for agent in Self.five { stage.come(agent) }
    #expect(stage.pacer.pace == .ahead)
    #expect(stage.ringing.count > 5)
    #expect(stage.ringing.allSatisfy { $0.agent == nil })
  }

  @Test func `dials not ahead with two agents, nor with three before the third is there`() {
    var stage = Self.learnt()
    stage.come("PJSIP/1", "PJSIP/2")
    stage.wait(5)
    #expect(stage.ringing.count == 2)
    stage.come("PJSIP/3")
    #expect(stage.pacer.pace == .ahead)
  }

  @Test func `dials not ahead without answers of its own, however good the record`() {
    var stage = Stage(PacerSettings(mode: .predictive))
    stage.pacer.restore(AnswerCounts(live: 10_000), at: stage.now)
    for agent in Self.five { stage.come(agent) }
    #expect(stage.pacer.pace == .backed)
    #expect(stage.ringing.count == 5)
  }

  @Test func `dials not ahead when the budget is used up`() {
    var stage = Self.learnt()
    stage.pacer.restore(AnswerCounts(live: 100, dropped: 100), at: stage.now)
    for agent in Self.five { stage.come(agent) }
    stage.wait(10)
    #expect(stage.pacer.pace == .backed)
    #expect(stage.ringing.count == 5)
  }

  @Test func `stops when the agents vanish, and cancels what rang fifteen seconds`() {
    var stage = Self.learnt()
    for agent in Self.five { stage.come(agent) }
    stage.wait(3)
    let (rang, dialled) = (stage.ringing.map(\.key), stage.keys)
    for agent in Self.five { stage.tell(.agent(agent, .gone)) }
    #expect(stage.others.count { $0 == .stop } == 1)
    #expect(stage.pacer.pace == .halted)
    stage.wait(11)
    #expect(stage.cancelled == [])
    stage.wait(1)
    #expect(Set(stage.cancelled) == Set(rang))
    stage.wait(60)
    #expect(stage.keys == dialled)
    #expect(stage.others.count { $0 == .stop } == 1)
  }

  @Test func `dials nothing while paused, and lets ring what rings`() {
    var stage = Self.learnt()
    for agent in Self.five { stage.come(agent) }
    let dialled = stage.keys
    stage.tell(.paused)
    stage.wait(40)
    #expect(stage.keys == dialled)
    #expect(stage.cancelled == [])
    while let dial = stage.ringing.popLast() { stage.tell(.unanswered(dial.key)) }
    #expect(stage.keys == dialled)
    stage.tell(.resumed)
    #expect(stage.keys > dialled)
  }

  @Test func `does not ask twice for a dial that is on its way`() {
    var pacer = Pacer(settings: PacerSettings(mode: .predictive))
    let now = Stage.start
    #expect(pacer.handle(.agent("PJSIP/1", .free), at: now).contains(.dial(1, for: nil)))
    #expect(pacer.handle(.tick, at: now + .seconds(1)) == [])
    #expect(pacer.handle(.notDialed(1, for: nil), at: now + .seconds(1)) == [])
    #expect(pacer.handle(.tick, at: now + .seconds(2)) == [.dial(1, for: nil)])
  }

  @Test func `counts a customer with an agent ahead of him as one, not two`() {
    var stage = Self.learnt()
    for agent in Self.five { stage.come(agent) }
    let key = stage.ringing[0].key
    stage.answer(key)
    #expect(stage.pacer.floor.waiting == 1)
    stage.tell(.assigned(key, "PJSIP/1"))
    #expect(stage.pacer.floor.waiting == 0)
    #expect(stage.pacer.floor.agent("PJSIP/1")?.phase == .reserved)
    stage.tell(.connected(key, "PJSIP/1"))
    #expect(stage.pacer.floor.agent("PJSIP/1")?.phase == .talking)
    #expect(stage.pacer.budget.lastDay.live == 3_061)
  }

  @Test func `is surprised, not broken, by what it does not know`() {
    var pacer = Pacer(settings: PacerSettings(mode: .predictive))
    let events: [PacerEvent] = [
      .answered(DialKey(9)), .machine(DialKey(9)), .unanswered(DialKey(9)), .cancelled(DialKey(9)),
      .dropped(DialKey(9)), .left(DialKey(9)), .connected(DialKey(9), "PJSIP/1"),
      .assigned(DialKey(9), "PJSIP/1"), .accepted("PJSIP/1"),
    ]
    for event in events {
      let actions = pacer.handle(event, at: Stage.start)
      #expect(actions.count == 1)
      guard case .anomaly = actions[0] else {
        Issue.record("\(event) is no anomaly: \(actions)")
        continue
      }
    }
    #expect(pacer.handle(.agent("PJSIP/1", .gone), at: Stage.start) == [])
    #expect(pacer.handle(.notDialed(5, for: nil), at: Stage.start) == [])
  }
}

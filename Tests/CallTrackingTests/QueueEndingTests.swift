import CallTracking
import Telephony
import Testing

/// One transcript for each row of the table of queue endings (docs/asterisk.md).
@Suite struct `The end of a stay in a queue` {
  @Test func `a caller who hangs up waiting is missed in the queue`() {
    var pbx = Script()
    let caller = pbx.caller()
    pbx.join(caller, "sales")
    pbx.wait(10)
    pbx.abandon(caller, "sales")
    pbx.leave(caller, "sales")
    pbx.hangUp(caller)
    let outcome = Outcome.of(pbx)
    let record = outcome.record
    #expect(record.missed)
    #expect(record.lostAt == .queue)
    #expect(record.ending == .callerHungUp)
    #expect(record.queue == "sales")
    #expect(record.wait.isAbout(10))
    #expect(record.rawNumber == "79161234567")
    #expect(record.did == "4951112233")
    #expect(record.talk == .zero)
    #expect(outcome.entries.map(\.result) == [.abandoned])
    #expect(outcome.entries[0].wait.isAbout(10))
    #expect(outcome.anomalies == [])
    #expect(
      record.words == [
        "began from-trunk", "joined sales", "abandoned sales", "left sales", "hung_up from-trunk",
      ])
  }

  @Test func `a caller who hangs up while an agent rings is missed and the agent is named`() {
    var pbx = Script()
    let caller = pbx.caller()
    pbx.join(caller, "sales")
    pbx.wait(2)
    let agent = pbx.ring("PJSIP/101", for: caller, "sales")
    pbx.wait(3)
    pbx.dialEnd(agent, by: caller, .cancel)
    pbx.hangUp(agent, .answeredElsewhere)
    pbx.abandon(caller, "sales")
    pbx.leave(caller, "sales")
    pbx.hangUp(caller)
    let record = Outcome.of(pbx).record
    #expect(record.missed)
    #expect(record.ending == .callerHungUp)
    #expect(record.membersRung == ["PJSIP/101"])
  }

  @Test func `a caller who hangs up while the picked-up agent hears the announcement is a collision`() {
    var pbx = Script()
    let caller = pbx.caller()
    pbx.join(caller, "sales")
    var agent = pbx.ring("PJSIP/101", for: caller, "sales")
    pbx.wait(3)
    pbx.up(&agent)
    pbx.dialEnd(agent, by: caller, .answer)
    pbx.wait(1)
    pbx.abandon(caller, "sales")
    pbx.leave(caller, "sales")
    pbx.hangUp(agent)
    pbx.hangUp(caller)
    let outcome = Outcome.of(pbx)
    #expect(outcome.record.missed)
    #expect(outcome.record.lostAt == .queue)
    #expect(outcome.record.ending == .agentCollision)
    #expect(outcome.entries.map(\.result) == [.abandoned])
  }

  @Test func `an agent who hung up in the announcement long before makes no collision`() {
    var pbx = Script()
    let caller = pbx.caller()
    pbx.join(caller, "sales")
    var agent = pbx.ring("PJSIP/101", for: caller, "sales")
    pbx.up(&agent)
    pbx.dialEnd(agent, by: caller, .answer)
    pbx.hangUp(agent)
    pbx.wait(20)
    pbx.abandon(caller, "sales")
    pbx.leave(caller, "sales")
    pbx.hangUp(caller)
    #expect(Outcome.of(pbx).record.ending == .callerHungUp)
  }

  @Test func `an Abandon at the time-out is no verdict while the caller is on the line`() {
    var pbx = Script()
    let caller = pbx.caller()
    pbx.join(caller, "sales")
    pbx.wait(30)
    pbx.abandon(caller, "sales")
    pbx.leave(caller, "sales")
    pbx.wait(5)
    var outcome = Outcome()
    outcome.hear(pbx)
    outcome.pass(to: pbx.now)
    #expect(outcome.records == [])
    #expect(outcome.entries.map(\.result) == [.otherUnanswered])
    let heard = pbx.steps.count
    pbx.hangUp(caller)
    outcome.hear(pbx, from: heard)
    outcome.pass(to: pbx.now + .seconds(1))
    #expect(outcome.record.missed)
    #expect(outcome.record.lostAt == .queue)
    #expect(outcome.record.ending == .timeout)
    #expect(outcome.record.wait.isAbout(30))
  }

  @Test func `a time-out in a dialplan that ends there looks abandoned and is not`() {
    var pbx = Script()
    let caller = pbx.caller()
    pbx.join(caller, "sales")
    pbx.wait(30)
    pbx.abandon(caller, "sales")
    pbx.leave(caller, "sales")
    pbx.hangUp(caller, byPBX: true)
    let outcome = Outcome.of(pbx)
    #expect(outcome.record.lostAt == .queue)
    #expect(outcome.record.ending == .timeout)
    #expect(outcome.entries.map(\.result) == [.otherUnanswered])
  }

  @Test func `who hangs up has waited until then, however late the queue notices`() {
    var pbx = Script()
    let caller = pbx.caller()
    pbx.join(caller, "sales")
    pbx.wait(4)
    pbx.say(.hangupRequested(caller.snapshot), caller)
    pbx.wait(2)
    pbx.abandon(caller, "sales")
    pbx.leave(caller, "sales")
    pbx.hangUp(caller, byPBX: true)
    let outcome = Outcome.of(pbx)
    #expect(outcome.record.ending == .callerHungUp)
    #expect(outcome.record.wait.isAbout(4))
    #expect(outcome.entries.map(\.result) == [.abandoned])
  }

  @Test func `an Abandon that comes twice when the queue empties is one stay`() {
    var pbx = Script()
    let caller = pbx.caller()
    pbx.join(caller, "sales")
    pbx.wait(4)
    pbx.abandon(caller, "sales")
    pbx.abandon(caller, "sales")
    pbx.leave(caller, "sales")
    pbx.wait(3)
    pbx.hangUp(caller)
    let outcome = Outcome.of(pbx)
    #expect(outcome.entries.count == 1)
    #expect(outcome.record.missed)
    #expect(outcome.anomalies == [])
  }

  @Test func `after a queue that emptied the dialplan can say so`() {
    var pbx = Script()
    let caller = pbx.caller()
    pbx.join(caller, "sales")
    pbx.abandon(caller, "sales")
    pbx.leave(caller, "sales")
    pbx.wait(1)
    pbx.say(.userEvent(name: "PerezvonStage", caller.snapshot, fields: ["Stage": "queue_empty"]), caller)
    pbx.hangUp(caller)
    #expect(Outcome.of(pbx).record.ending == .queueEmpty)
  }

  @Test(arguments: [("ivr-main", LostAt.ivr, Ending.callerHungUp), ("from-trunk", .queue, .key)])
  func `a key leads where the dialplan says`(context: String, lostAt: LostAt, ending: Ending) {
    var pbx = Script()
    var caller = pbx.caller()
    pbx.join(caller, "sales")
    pbx.wait(8)
    caller.context = context
    pbx.leave(caller, "sales")
    pbx.wait(4)
    pbx.hangUp(caller)
    let outcome = Outcome.of(pbx)
    #expect(outcome.record.missed)
    #expect(outcome.record.lostAt == lostAt)
    #expect(outcome.record.ending == ending)
    #expect(outcome.entries.map(\.result) == [.otherUnanswered])
  }

  @Test func `a key that leads to an extension which answers is not missed`() {
    var pbx = Script()
    let caller = pbx.caller()
    pbx.join(caller, "sales")
    pbx.wait(8)
    pbx.leave(caller, "sales")
    var phone = pbx.dial("PJSIP/105", by: caller)
    _ = pbx.pickUp(&phone, by: caller)
    pbx.wait(20)
    pbx.hangUp(phone)
    pbx.hangUp(caller)
    let outcome = Outcome.of(pbx)
    #expect(outcome.record.answered)
    #expect(outcome.record.answeredBy == "PJSIP/105")
    #expect(outcome.record.wait.isAbout(8))
    #expect(outcome.record.talk.isAbout(20))
  }

  @Test func `a full queue raises no event and only the hangup tells`() {
    var pbx = Script()
    let caller = pbx.caller()
    pbx.wait(1)
    pbx.hangUp(caller, byPBX: true)
    let record = Outcome.of(pbx).record
    #expect(record.missed)
    #expect(record.lostAt == .greeting)
    #expect(record.ending == .pbx)
    #expect(record.queue == nil)
  }

  @Test func `a hook behind Queue tells that the queue was full and which it was`() {
    var pbx = Script()
    let caller = pbx.caller()
    pbx.say(.memberStatus(QueueMember(queue: "sales", interface: "PJSIP/101")), caller)
    pbx.say(
      .userEvent(
        name: "PerezvonStage", caller.snapshot, fields: ["Stage": "queue_full", "Queue": "sales"]), caller)
    pbx.hangUp(caller)
    let record = Outcome.of(pbx).record
    #expect(record.lostAt == .queue)
    #expect(record.ending == .queueFull)
    #expect(record.queue == "sales")
  }

  @Test func `a withdrawn caller who is then served is not missed`() {
    var pbx = Script()
    let caller = pbx.caller()
    pbx.join(caller, "sales")
    pbx.wait(5)
    pbx.abandon(caller, "sales")
    pbx.leave(caller, "sales")
    var phone = pbx.dial("PJSIP/106", by: caller)
    _ = pbx.pickUp(&phone, by: caller)
    pbx.wait(5)
    pbx.hangUp(caller)
    pbx.hangUp(phone)
    let outcome = Outcome.of(pbx)
    #expect(outcome.record.answered)
    #expect(outcome.entries.map(\.result) == [.otherUnanswered])
  }

  @Test func `a caller redirected out of the queue lives on`() {
    var pbx = Script()
    var caller = pbx.caller()
    pbx.join(caller, "sales")
    pbx.wait(5)
    pbx.abandon(caller, "sales")
    pbx.leave(caller, "sales")
    caller.context = "ivr-main"
    pbx.wait(2)
    var outcome = Outcome()
    outcome.hear(pbx)
    #expect(outcome.records == [])
    #expect(Array(outcome.tracker.liveParties).map(\.queue) == [nil])
    let heard = pbx.steps.count
    pbx.hangUp(caller)
    outcome.hear(pbx, from: heard)
    outcome.pass(to: pbx.now + .seconds(1))
    #expect(outcome.record.lostAt == .ivr)
  }

  @Test func `overflow into a second queue that answers is not missed`() {
    var pbx = Script()
    let caller = pbx.caller()
    pbx.join(caller, "sales")
    pbx.wait(30)
    pbx.abandon(caller, "sales")
    pbx.leave(caller, "sales")
    pbx.join(caller, "reserve")
    pbx.wait(6)
    var agent = pbx.ring("PJSIP/201", for: caller, "reserve")
    _ = pbx.answer(&agent, for: caller, "reserve")
    pbx.wait(40)
    pbx.hangUp(caller)
    pbx.hangUp(agent)
    let outcome = Outcome.of(pbx)
    #expect(outcome.record.answered)
    #expect(!outcome.record.missed)
    #expect(outcome.record.queue == "reserve")
    #expect(outcome.record.answeredBy == "PJSIP/201")
    #expect(outcome.record.wait.isAbout(6))
    #expect(outcome.record.talk.isAbout(40))
    #expect(outcome.entries.map(\.queue) == ["sales", "reserve"])
    #expect(outcome.entries.map(\.join) == [1, 2])
    #expect(outcome.entries.map(\.result) == [.otherUnanswered, .answered])
  }

  @Test func `an answered caller gives one record with member, wait and talk`() {
    var pbx = Script()
    let caller = pbx.caller()
    pbx.join(caller, "sales", position: 3)
    pbx.wait(2)
    let away = pbx.ring("PJSIP/101", for: caller, "sales")
    pbx.wait(5)
    pbx.noAnswer(away, "PJSIP/101", for: caller, "sales")
    var agent = pbx.ring("PJSIP/102", for: caller, "sales")
    pbx.wait(1)
    let bridge = pbx.answer(&agent, for: caller, "sales")
    pbx.wait(20)
    pbx.exit(bridge, caller)
    pbx.exit(bridge, agent)
    pbx.hangUp(caller)
    pbx.hangUp(agent)
    pbx.say(
      .agentCompleted(caller: nil, "sales", "PJSIP/102", talk: .seconds(20), reason: "caller"), agent)
    let outcome = Outcome.of(pbx)
    let record = outcome.record
    #expect(record.answered)
    #expect(record.answeredBy == "PJSIP/102")
    #expect(record.lostAt == nil)
    #expect(record.ending == nil)
    #expect(record.wait.isAbout(8))
    #expect(record.talk.isAbout(20))
    #expect(record.membersRung == ["PJSIP/101", "PJSIP/102"])
    #expect(outcome.entries.map(\.member) == ["PJSIP/102"])
    #expect(outcome.entries[0].position == 3)
    #expect(outcome.talksBegan == ["PJSIP/102"])
    #expect(
      record.words == [
        "began from-trunk", "joined sales", "rang PJSIP/101", "rang_out PJSIP/101", "rang PJSIP/102",
        "left sales", "connected PJSIP/102", "talked PJSIP/102", "hung_up from-trunk",
      ])
  }

  @Test func `a restart of the PBX ends its calls as its own doing`() {
    var pbx = Script()
    let caller = pbx.caller()
    pbx.join(caller, "sales")
    pbx.wait(10)
    pbx.abandon(caller, "sales")
    pbx.hangUp(caller)
    pbx.wait(0.1)
    pbx.say(.shutdown(restart: true), caller)
    var outcome = Outcome()
    outcome.hear(pbx)
    outcome.pass(to: pbx.now + .seconds(1))
    outcome.tracker.linkLost(at: pbx.now + .seconds(1))
    outcome.pass(to: pbx.now + .seconds(5))
    #expect(outcome.record.missed)
    #expect(outcome.record.ending == .pbx)
  }

  @Test func `a forged Shutdown changes no verdict`() {
    var pbx = Script()
    let caller = pbx.caller()
    pbx.join(caller, "sales")
    pbx.wait(10)
    pbx.say(.shutdown(restart: true), caller)
    pbx.abandon(caller, "sales")
    pbx.leave(caller, "sales")
    pbx.hangUp(caller)
    #expect(Outcome.of(pbx).record.ending == .callerHungUp)
  }

  @Test func `a killed PBX ends waiting callers as missed and talking ones as answered`() {
    var pbx = Script()
    let first = pbx.caller("79160000001")
    pbx.join(first, "sales")
    var agent = pbx.ring("PJSIP/101", for: first, "sales")
    _ = pbx.answer(&agent, for: first, "sales")
    let second = pbx.caller("79160000002")
    pbx.join(second, "sales")
    pbx.wait(10)
    var outcome = Outcome()
    outcome.take(outcome.tracker.resynchronize(with: .empty(startedAt: Script.start), at: Script.start))
    outcome.hear(pbx)
    outcome.tracker.linkLost(at: pbx.now)
    outcome.take(
      outcome.tracker.resynchronize(
        with: .empty(startedAt: pbx.now + .seconds(5)), at: pbx.now + .seconds(9)))
    let records = outcome.records.sorted { $0.rawNumber < $1.rawNumber }
    #expect(records.map(\.answered) == [true, false])
    #expect(records.map(\.ending) == [nil, .pbx])
    #expect(records.map(\.endedAt) == [pbx.now, pbx.now])
    #expect(outcome.anomalies == [.pbxRestarted(callsEnded: 2)])
    #expect(outcome.tracker.callCount == 0)
    #expect(outcome.tracker.channelCount == 0)
  }
}

extension PBXSnapshot {
  static func empty(startedAt: Timestamp) -> PBXSnapshot {
    PBXSnapshot(
      startedAt: startedAt, version: "Asterisk 22.10.1", channels: [], queues: [], members: [], waiting: [])
  }
}

import Telephony
import Testing

@testable import Dialer

private typealias Stage = AttemptStage

@Suite struct `A customer who is dialled first` {
  fileprivate func begun(_ course: AttemptCourse, agent: MemberInterface? = nil) -> Stage {
    var stage = Stage(Stage.plan { $0.onward = DialplanPlace(context: "perezvon-connect", exten: "100") })
    stage.attempt = Attempt(plan: stage.attempt.plan, record: record(course, agent: agent))
    stage.feed(.begin)
    return stage
  }

  func record(
    _ course: AttemptCourse, agent: MemberInterface? = nil, phase: AttemptRecord.Phase = .agent
  ) -> AttemptRecord {
    var record = Stage.record(phase: phase)
    record.course = course
    record.agent = agent
    return record
  }

  fileprivate func answered(_ course: AttemptCourse, agent: MemberInterface? = nil) -> Stage {
    var stage = begun(course, agent: agent)
    if agent != nil {
      stage.feed(.commandAnswered(.reserve, .done), .memberPaused(reason: Stage.reason))
      stage.feed(.timer(.reservationGuard))
    }
    stage.feed(.commandAnswered(.dialCustomer, .done), .legProgress(Stage.line, .inProgress))
    stage.feed(.legUp(Stage.line, channelName: "PJSIP/trunk-2"), after: .seconds(6))
    return stage
  }

  fileprivate func inDialplan(_ course: AttemptCourse, agent: MemberInterface? = nil) -> Stage {
    var stage = answered(course, agent: agent)
    stage.feed(.commandAnswered(.sendOn, .done), .legLeftStasis(Stage.line))
    return stage
  }

  @Test func `without an agent is written and dialled at once, and nobody is paused`() {
    let stage = begun(.clientFirst)
    #expect(stage.commands == [.dialCustomer])
    #expect(stage.all.writes.map(\.phase) == [.customer])
    #expect(stage.all.writes[0].agentResult == .none)
  }

  @Test func `with an agent is dialled when that one is held`() {
    var stage = begun(.clientFirst, agent: "PJSIP/101")
    #expect(stage.commands == [.reserve])
    stage.feed(.commandAnswered(.reserve, .done), .memberPaused(reason: Stage.reason))
    #expect(stage.customerDialled == false)
    stage.feed(.timer(.reservationGuard))
    #expect(stage.commands == [.reserve, .dialCustomer])
  }

  @Test func `is sent on when he answers, after that is written`() {
    let stage = answered(.clientFirst)
    #expect(stage.commands == [.dialCustomer, .sendOn, .limitCustomer])
    #expect(
      stage.all.command(.sendOn)
        == .continueInDialplan(Stage.customerChannel, context: "perezvon-connect", exten: "100", priority: 1))
    #expect(stage.all.writes.last?.phase == .connected)
  }

  @Test func `is a conversation where a human took him and they talked`() {
    var stage = inDialplan(.clientFirst)
    stage.feed(.taken(by: "PJSIP/102"), after: .seconds(4))
    #expect(stage.all.writes.last?.agent == "PJSIP/102")
    #expect(stage.all.writes.last?.agentResult == .answered)
    stage.feed(.legGone(Stage.line, .normalClearing), after: .seconds(30))
    stage.feed(.timer(.wrapUp))
    #expect(stage.outcome == .conversation)
    #expect(stage.end?.record.talk == .seconds(30))
    #expect(stage.released == 0)
  }

  @Test func `is dropped where nobody took him`() {
    var stage = inDialplan(.clientFirst)
    stage.feed(.legGone(Stage.line, .normalClearing), after: .seconds(12))
    #expect(stage.outcome == .dropped)
    #expect(stage.end?.next == .retry(.dropped))
    #expect(stage.end?.charged == true)
    #expect(stage.end?.record.talk == .zero)
  }

  @Test func `hears why and is dropped where nobody is free in the moment of his answer`() {
    var stage = begun(.clientFirst)
    #expect(stage.attempt.needsSomebodyFree)
    stage.feed(.nobodyIsFree, .legUp(Stage.line, channelName: "PJSIP/trunk-2"), after: .seconds(6))
    guard case .continueInDialplan(_, "perezvon-dropped", "s", 1) = stage.all.command(.sendOn) else {
      Issue.record("not sent to perezvon-dropped: \(stage.commands)")
      return
    }
    stage.feed(.legLeftStasis(Stage.line), .legGone(Stage.line, .normalClearing), after: .seconds(4))
    #expect(stage.outcome == .dropped)
  }

  @Test
  func `keeps the agent who was held for him until wrap-up is over, and frees him where another took him`() {
    var his = inDialplan(.clientFirst, agent: "PJSIP/101")
    his.feed(.taken(by: "PJSIP/101"))
    #expect(his.released == 0)
    his.feed(.legGone(Stage.line, .normalClearing), after: .seconds(30))
    #expect(his.released == 0)
    his.feed(.timer(.wrapUp))
    #expect(his.released == 1)
    var anothers = inDialplan(.clientFirst, agent: "PJSIP/101")
    anothers.feed(.taken(by: "PJSIP/102"))
    #expect(anothers.released == 1)
  }

  @Test func `who does not answer frees the agent who was held for him`() {
    var stage = begun(.clientFirst, agent: "PJSIP/101")
    stage.feed(
      .commandAnswered(.reserve, .done), .memberPaused(reason: Stage.reason), .timer(.reservationGuard))
    stage.feed(.commandAnswered(.dialCustomer, .done), .legGone(Stage.line, .userBusy))
    #expect(stage.outcome == .customerMissed)
    #expect(stage.end?.next == .retry(.busy))
    #expect(stage.released == 1)
  }

  @Test func `has heard a message where he listened long enough`() {
    var stage = inDialplan(.message)
    stage.feed(.legGone(Stage.line, .normalClearing), after: .seconds(9))
    #expect(stage.outcome == .delivered)
    #expect(stage.end?.next == .succeeded)
    var short = inDialplan(.message)
    short.feed(.legGone(Stage.line, .normalClearing), after: .seconds(2))
    #expect(short.outcome == .noConversation)
  }

  @Test func `is a machine where the dialplan heard one`() {
    var stage = inDialplan(.message)
    stage.feed(.machineAnswered, .legGone(Stage.line, .normalClearing), after: .seconds(9))
    #expect(stage.end?.record.customerResult == .machine)
    #expect(stage.end?.next == .retry(.machine))
  }

  @Test func `is sent on though it cannot be written that he answered`() {
    var stage = answered(.clientFirst)
    let actions = stage.feed(.writeFailed(.connected, .storeDown))
    #expect(actions.tags == [.sendOn, .limitCustomer])
  }

  @Test func `is left to the next instance when the lease is lost after his answer`() {
    var stage = answered(.clientFirst, agent: "PJSIP/101")
    stage.feed(.leaseLost)
    #expect(stage.end?.next == .handedOn)
    #expect(stage.released == 1)
    #expect(!stage.commands.contains(.hangUpCustomer))
  }

  struct Found: Sendable {
    var phase: AttemptRecord.Phase
    var taken = false
    var live: LiveLeg?
    var state: String
  }

  @Test(arguments: [
    Found(
      phase: .customer, live: LiveLeg(channelName: "x", up: false, inStasis: false, bridged: false),
      state: "dialing"),
    Found(
      phase: .customer, live: LiveLeg(channelName: "x", up: true, inStasis: true, bridged: false),
      state: "sendingOn"),
    Found(
      phase: .connected, live: LiveLeg(channelName: "x", up: true, inStasis: false, bridged: false),
      state: "connecting"),
    Found(
      phase: .connected, live: LiveLeg(channelName: "x", up: true, inStasis: false, bridged: true),
      state: "talking"),
    Found(
      phase: .connected, taken: true,
      live: LiveLeg(channelName: "x", up: true, inStasis: false, bridged: false),
      state: "talking"),
    Found(phase: .connected, live: nil, state: "ended"),
    Found(phase: .customer, live: nil, state: "ended"),
  ]) func `is found again after a restart`(_ found: Found) {
    var record = record(.clientFirst, agent: found.taken ? "PJSIP/102" : nil, phase: found.phase)
    record.customerDialedAt = Stage.begun
    if found.taken { record.agentResult = .answered }
    let stage = Stage(adopting: record, alive: found.live.map { [Stage.line: $0] } ?? [:])
    #expect("\(stage.attempt.state)".hasPrefix(found.state))
    #expect(!stage.commands.contains(.hangUpCustomer))
    if found.state == "ended" { #expect(stage.outcome == .unknown) }
  }
}

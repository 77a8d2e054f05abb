import Telephony
import Testing

@testable import Dialer

private let now = dispatchNow

@Suite struct `Choosing an agent` {
  private func chosen(
    _ strategy: AgentChoice.Strategy, _ seats: [AgentCandidate],
    owner: MemberInterface? = nil, dueFor: Int = 0
  ) -> AgentChoice.Verdict {
    AgentChoice(strategy: strategy).choose(
      in: "sales", owner: owner, dueAt: now - .seconds(dueFor), seats: seats, at: now)
  }

  private func chosen(
    _ seats: [AgentCandidate], owner: MemberInterface? = nil, dueFor: Int = 0
  ) -> AgentChoice.Verdict {
    chosen(.longestIdle, seats, owner: owner, dueFor: dueFor)
  }

  private func interface(_ verdict: AgentChoice.Verdict) -> MemberInterface? {
    if case .agent(let candidate) = verdict { candidate.seat.interface } else { nil }
  }

  @Test func `by longest idle: since the last call, the last attempt, or the phone`() {
    #expect(
      interface(
        chosen([
          seat("PJSIP/101", freeFor: 100), seat("PJSIP/102", freeFor: 300),
          seat("PJSIP/103", freeFor: 900, lastAttempt: 50), seat("PJSIP/104", lastCall: 200),
        ])) == "PJSIP/102")
  }

  @Test func `who was never busy has been idle longest`() {
    #expect(interface(chosen([seat("PJSIP/101", freeFor: 9000), seat("PJSIP/102")])) == "PJSIP/102")
  }

  @Test func `by fewest calls, over all his queues`() {
    let seats = [
      seat("PJSIP/101", calls: 2), seat("PJSIP/101", queue: "support", calls: 9), seat("PJSIP/102", calls: 5),
    ]
    #expect(interface(chosen(.fewestCalls, seats)) == "PJSIP/102")
  }

  @Test func `by lowest penalty, then by longest idle`() {
    let seats = [
      seat("PJSIP/101", penalty: 1, freeFor: 10), seat("PJSIP/102", penalty: 1, freeFor: 20),
      seat("PJSIP/103", penalty: 5, freeFor: 900),
    ]
    #expect(interface(chosen(.penalty, seats)) == "PJSIP/102")
  }

  @Test func `ties go by name, whatever the order they come in`() {
    let seats = ["PJSIP/103", "PJSIP/101", "PJSIP/102"].map { seat(MemberInterface($0), freeFor: 10) }
    for strategy in AgentChoice.Strategy.allCases {
      #expect(interface(chosen(strategy, seats)) == "PJSIP/101")
      #expect(interface(chosen(strategy, seats.reversed())) == "PJSIP/101")
    }
  }

  @Test(arguments: [
    (seat("PJSIP/101", status: .inUse), AgentAvailability.busy), (seat("PJSIP/101", status: .ringing), .busy),
    (seat("PJSIP/101", status: .onHold), .busy), (seat("PJSIP/101", inCall: true), .busy),
    (seat("PJSIP/101", status: .unavailable), .offline), (seat("PJSIP/101", status: .invalid), .offline),
    (seat("PJSIP/101", paused: true), .paused), (seat("PJSIP/101", paused: true, reserved: true), .reserved),
    (seat("PJSIP/101", lastCall: 5, wrapUp: 15), .wrappingUp(until: now + .seconds(10))),
    (seat("PJSIP/101", cooling: 20), .cooling(until: now + .seconds(20))),
    (seat("PJSIP/101", status: .unknown), .free), (seat("PJSIP/101", cooling: 0), .free),
    (seat("PJSIP/101", lastCall: 15, wrapUp: 15), .free),
  ])
  func `only one who is free`(candidate: AgentCandidate, availability: AgentAvailability) {
    #expect(candidate.availability(at: now) == availability)
    #expect((interface(chosen([candidate])) != nil) == (availability == .free))
  }

  @Test func `seats of one interface are one agent: each must be free`() {
    let elsewhere = seat("PJSIP/101", queue: "support", paused: true)
    #expect(interface(chosen([seat("PJSIP/101"), elsewhere])) == nil)
    #expect(interface(chosen([elsewhere, seat("PJSIP/101"), seat("PJSIP/102")])) == "PJSIP/102")
  }

  @Test func `only from the wanted queue`() {
    #expect(
      chosen([seat("PJSIP/101", queue: "support")])
        == .none(reason: "The queue sales has no agents", until: nil))
  }

  @Test func `nobody: how many and why`() {
    let verdict = chosen([
      seat("PJSIP/101", paused: true), seat("PJSIP/102", paused: true), seat("PJSIP/103", status: .inUse),
      seat("PJSIP/104", cooling: 30), seat("PJSIP/105", lastCall: 5, wrapUp: 15),
      seat("PJSIP/106", status: .unavailable), seat("PJSIP/107", reserved: true),
    ])
    #expect(
      verdict
        == .none(
          reason:
            "No agent of the queue sales is free: 1 taken by other callbacks, 2 paused, 1 out of reach, "
            + "1 busy, 1 in wrap-up, 1 left alone after a missed callback", until: now + .seconds(10)))
  }

  @Test func `its own agent first`() {
    let seats = [seat("PJSIP/101", freeFor: 900), seat("PJSIP/102", freeFor: 1)]
    #expect(interface(chosen(seats, owner: "PJSIP/102", dueFor: 600)) == "PJSIP/102")
  }

  @Test func `waits for its own agent for sticky_wait, then takes anybody`() {
    let seats = [seat("PJSIP/101"), seat("PJSIP/102", status: .inUse)]
    #expect(
      chosen(seats, owner: "PJSIP/102", dueFor: 19)
        == .waitForSticky("PJSIP/102", until: now + .seconds(1)))
    #expect(interface(chosen(seats, owner: "PJSIP/102", dueFor: 20)) == "PJSIP/101")
  }

  @Test func `does not wait for an owner who is away, gone, or has just let a callback ring`() {
    for other in [
      seat("PJSIP/102", status: .unavailable), seat("PJSIP/102", cooling: 10),
      seat("PJSIP/102", queue: "support"),
    ] {
      #expect(interface(chosen([seat("PJSIP/101"), other], owner: "PJSIP/102")) == "PJSIP/101")
    }
  }
}

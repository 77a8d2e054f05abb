import Telephony
import Testing

@testable import Dialer

private let now = dispatchNow

@Suite struct `The dispatch board` {
  private static func job(
    _ n: Int, priority: Int = 0, arrived: Int = 600, due: Int = 60, owner: MemberInterface? = nil,
    campaign: CampaignName = "sales-callback", number: Int? = nil
  ) -> DueJob {
    DueJob(
      id: JobID(UniqueID(high: 7, low: UInt64(n))), campaign: campaign,
      number: PhoneNumber(e164: "+7916\(1_000_000 + (number ?? n))")!, priority: priority,
      firstMissedAt: now - .seconds(arrived), dueAt: now - .seconds(due), owner: owner)
  }

  private static func agents(_ count: Int) -> [AgentCandidate] {
    (0..<count).map { seat(MemberInterface("PJSIP/\(100 + $0)")) }
  }

  private static let campaigns: [CampaignName: DispatchCampaign] = [
    "sales-callback": DispatchCampaign(name: "sales-callback", queue: "sales", choice: AgentChoice()),
    "held": DispatchCampaign(
      name: "held", queue: "sales", choice: AgentChoice(), held: "The campaign held is paused"),
  ]

  private func round(
    _ jobs: [DueJob], _ floor: DispatchFloor, limits: DispatchBoard.Limits = DispatchBoard.Limits()
  ) -> DispatchBoard.Round {
    var board = DispatchBoard(limits: limits)
    return board.round(jobs, campaigns: Self.campaigns, floor: floor, at: now)
  }

  @Test func `goes by priority, then by the original arrival`() {
    let jobs = [
      Self.job(1, arrived: 100), Self.job(2, arrived: 900), Self.job(3, priority: 5, arrived: 10),
      Self.job(4, arrived: 500),
    ]
    let round = round(jobs, DispatchFloor(seats: Self.agents(3)))
    #expect(round.claims.map(\.job.id) == [jobs[2], jobs[1], jobs[3]].map(\.id))
    #expect(Set(round.claims.map(\.agent?.seat.interface)).count == 3, "each agent once")
    #expect(
      round.waits == [
        DispatchBoard.Wait(
          reason: "No agent of the queue sales is free: 3 taken by other callbacks", jobs: [jobs[0].id])
      ])
  }

  @Test func `gives an agent what he gave his word for before any other, and nobody else`() {
    var promise = Self.job(1, arrived: 10, due: 1, owner: "PJSIP/101")
    promise.isOwnWord = true
    let older = Self.job(2, priority: 9, arrived: 900)
    let alone = round([older, promise], DispatchFloor(seats: [seat("PJSIP/101")]))
    #expect(alone.claims.map(\.job.id) == [promise.id])
    // He is in a talk: the free one takes who has waited longest, and the promise waits for him.
    let floor = DispatchFloor(seats: [seat("PJSIP/100"), seat("PJSIP/101", status: .inUse)])
    #expect(round([older, promise], floor).claims.map(\.job.id) == [older.id])
    // A caller who came before goes first all the same.
    let waits = DispatchFloor(
      seats: [seat("PJSIP/101")],
      callers: [DispatchFloor.Caller(queue: "sales", joinedAt: now - .seconds(300))])
    #expect(round([promise], waits).claims.isEmpty)
  }

  @Test func `leaves the agents to callers who came earlier`() {
    let floor = DispatchFloor(
      seats: Self.agents(2),
      callers: [DispatchFloor.Caller(queue: "sales", joinedAt: now - .seconds(300))])
    let jobs = [Self.job(1, arrived: 200), Self.job(2, arrived: 400)]
    let round = round(jobs, floor)
    #expect(round.claims.map(\.job.id) == [jobs[1].id], "he came before the caller")
    #expect(
      round.waits == [
        DispatchBoard.Wait(
          reason: "Callers who came earlier wait in the queue sales, and go first", jobs: [jobs[0].id])
      ])
  }

  @Test func `a caller in another queue is no hindrance, one who joined in the same instant neither`() {
    let floor = DispatchFloor(
      seats: Self.agents(1),
      callers: [
        DispatchFloor.Caller(queue: "support", joinedAt: now - .seconds(9000)),
        DispatchFloor.Caller(queue: "sales", joinedAt: now - .seconds(600)),
      ])
    #expect(round([Self.job(1)], floor).claims.count == 1)
  }

  @Test func `never two calls to one number`() {
    let jobs = [
      Self.job(1, number: 1), Self.job(2, number: 2), Self.job(3, number: 3), Self.job(4, number: 3),
    ]
    let floor = DispatchFloor(
      seats: Self.agents(4), numbersOnLine: [jobs[0].number], numbersInAttempt: [jobs[1].number])
    let round = round(jobs, floor)
    #expect(round.claims.map(\.job.id) == [jobs[2].id])
    #expect(
      round.waits == [
        DispatchBoard.Wait(reason: "The customer is on a line now", jobs: [jobs[0].id]),
        DispatchBoard.Wait(
          reason: "Another attempt to this number is under way", jobs: [jobs[1].id, jobs[3].id]),
      ])
  }

  @Test func `keeps the lines and the hour`() {
    let jobs = (1...4).map { Self.job($0) }
    let lines = round(
      jobs, DispatchFloor(seats: Self.agents(4), liveAttempts: 8),
      limits: DispatchBoard.Limits(maxConcurrentDials: 10))
    #expect(lines.claims.count == 2)
    #expect(lines.waits.first?.reason == "All 10 lines of max_concurrent_dials are in use")
    let hour = round(
      jobs, DispatchFloor(seats: Self.agents(4), dialsLastHour: 497),
      limits: DispatchBoard.Limits(maxDialsPerHour: 500))
    #expect(hour.claims.count == 3)
    #expect(hour.waits.first?.jobs == [jobs[3].id])
  }

  @Test func `keeps the rate over rounds, and says when the next may go`() {
    var board = DispatchBoard(limits: DispatchBoard.Limits(maxDialsPerSecond: 2))
    var moment = now
    var claims: [Timestamp] = []
    var jobs = (1...9).map { Self.job($0) }
    for _ in 0..<20 {
      let round = board.round(
        jobs, campaigns: Self.campaigns, floor: DispatchFloor(seats: Self.agents(9)), at: moment)
      for claim in round.claims {
        claims.append(moment)
        jobs.removeAll { $0.id == claim.job.id }
      }
      guard let next = round.nextChange else { break }
      moment = next
    }
    #expect(claims.count == 9)
    #expect(claims.last == now + .seconds(4))
    for (first, third) in zip(claims, claims.dropFirst(2)) { #expect(third - first >= .seconds(1)) }
  }

  @Test(arguments: [(rate: 0.1, last: 30), (rate: 0.5, last: 6), (rate: 2.5, last: 1)])
  func `keeps a rate that is not whole, on average`(_ rate: Double, _ lastSecond: Int) {
    var board = DispatchBoard(limits: DispatchBoard.Limits(maxDialsPerSecond: rate))
    var moment = now
    var claims = 0
    while claims < 4 {
      let round = board.round(
        [Self.job(claims + 1)], campaigns: Self.campaigns, floor: DispatchFloor(seats: Self.agents(9)),
        at: moment)
      claims += round.claims.count
      if round.claims.isEmpty { moment = round.nextChange ?? moment + .seconds(1) }
    }
    // The fourth dial: after three whole gaps, or in the second window of two.
    #expect((moment - now).inSeconds == (rate == 2.5 ? 0.8 : Double(lastSecond)))
  }

  @Test func `a claim that was not made may go to another`() {
    var board = DispatchBoard(limits: DispatchBoard.Limits(maxDialsPerSecond: 1))
    let floor = DispatchFloor(seats: Self.agents(2))
    #expect(board.round([Self.job(1)], campaigns: Self.campaigns, floor: floor, at: now).claims.count == 1)
    #expect(board.round([Self.job(2)], campaigns: Self.campaigns, floor: floor, at: now).claims.isEmpty)
    board.giveBack(claimedAt: now)
    #expect(board.round([Self.job(2)], campaigns: Self.campaigns, floor: floor, at: now).claims.count == 1)
  }

  @Test func `a clock that is set back does not stop it`() {
    var board = DispatchBoard(limits: DispatchBoard.Limits(maxDialsPerSecond: 1))
    let floor = DispatchFloor(seats: Self.agents(2))
    _ = board.round([Self.job(1)], campaigns: Self.campaigns, floor: floor, at: now + .seconds(3600))
    #expect(board.round([Self.job(2)], campaigns: Self.campaigns, floor: floor, at: now).claims.count == 1)
  }

  @Test func `a held floor or campaign holds, with its own sentence`() {
    let floor = DispatchFloor(seats: Self.agents(2), held: "The database is away")
    let held = round([Self.job(1), Self.job(2)], floor)
    #expect(held.claims.isEmpty)
    #expect(held.waits.map(\.reason) == ["The database is away"])
    let jobs = [Self.job(1, campaign: "held"), Self.job(2), Self.job(3, campaign: "gone")]
    let partly = round(jobs, DispatchFloor(seats: Self.agents(2)))
    #expect(partly.claims.map(\.job.id) == [jobs[1].id])
    #expect(
      partly.waits.map(\.reason) == ["The campaign held is paused", "The campaign gone is not configured"])
  }

  @Test func `one who waits for his own agent holds up nobody`() {
    let floor = DispatchFloor(seats: [seat("PJSIP/101"), seat("PJSIP/102", status: .inUse)])
    let jobs = [Self.job(1, priority: 9, due: 5, owner: "PJSIP/102"), Self.job(2)]
    let round = round(jobs, floor)
    #expect(round.claims.map(\.job.id) == [jobs[1].id])
    #expect(round.waits.map(\.reason) == ["It waits for its own agent PJSIP/102"])
    #expect(round.nextChange == now + .seconds(15))
  }

  @Test func `what is not due yet waits in silence, and says when`() {
    let round = round([Self.job(1, due: -30)], DispatchFloor(seats: Self.agents(1)))
    #expect(round == DispatchBoard.Round(claims: [], waits: [], nextChange: now + .seconds(30)))
  }

  @Test func `random floors keep the promises`() {
    for seed in UInt64(0)..<2000 {
      var random = SeededGenerator(seed: seed)
      func upTo(_ n: Int) -> Int { Int.random(in: 0..<n, using: &random) }
      let seats = (0..<upTo(12)).map { _ in
        seat(
          MemberInterface("PJSIP/\(upTo(8))"), queue: ["sales", "support"][upTo(2)],
          status: [.notInUse, .notInUse, .inUse, .unavailable][upTo(4)], paused: upTo(5) == 0,
          freeFor: upTo(900), reserved: upTo(6) == 0)
      }
      let callers = (0..<upTo(2)).map { _ in
        DispatchFloor.Caller(queue: ["sales", "support"][upTo(2)], joinedAt: now - .seconds(upTo(900)))
      }
      let jobs = (0..<upTo(15)).map {
        Self.job($0, priority: upTo(3), arrived: upTo(900), due: upTo(90) - 10, number: upTo(10))
      }
      let floor = DispatchFloor(seats: seats, callers: callers, liveAttempts: upTo(4))
      let round = round(
        jobs, floor, limits: DispatchBoard.Limits(maxConcurrentDials: 6, maxDialsPerSecond: 4))
      let told = round.claims.map(\.job.id) + round.waits.flatMap(\.jobs)
      let due = jobs.filter { $0.dueAt <= now }
      #expect(told.count == due.count && Set(told) == Set(due.map(\.id)), "seed \(seed): each due job once")
      #expect(Set(round.claims.map(\.agent?.seat.interface)).count == round.claims.count, "seed \(seed)")
      #expect(Set(round.claims.map(\.job.number)).count == round.claims.count, "seed \(seed)")
      #expect(round.claims.count <= 4 && round.claims.count + floor.liveAttempts <= 6, "seed \(seed)")
      for claim in round.claims {
        let all = seats.filter { $0.seat.interface == claim.agent?.seat.interface }
        #expect(all.allSatisfy { $0.availability(at: now) == .free }, "seed \(seed): a busy agent")
        #expect(
          !callers.contains { $0.queue == "sales" && $0.joinedAt < claim.job.firstMissedAt },
          "seed \(seed): a callback overtook a caller")
      }
    }
  }

  @Test func `thousands of jobs and hundreds of agents keep their order`() {
    let jobs = (0..<5000).map { Self.job($0, arrived: 10 + $0) }
    var random = SeededGenerator(seed: 1)
    let round = round(
      jobs.shuffled(using: &random), DispatchFloor(seats: Self.agents(300)),
      limits: DispatchBoard.Limits(maxConcurrentDials: 1000, maxDialsPerSecond: 1000))
    #expect(round.claims.map(\.job.id) == jobs.reversed().prefix(300).map(\.id))
    #expect(round.waits.count == 1 && round.waits[0].jobs.count == 4700)
  }
}

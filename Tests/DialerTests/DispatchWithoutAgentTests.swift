import Telephony
import Testing

@testable import Dialer

private let now = dispatchNow

@Suite struct `A dispatch without agents reserved` {
  private static func jobs(
    _ count: Int, of campaign: CampaignName, from first: Int = 0, dropped: Bool = false
  ) -> [DueJob] {
    (first..<first + count).map { n in
      DueJob(
        id: JobID(UniqueID(high: 8, low: UInt64(n))), campaign: campaign,
        number: PhoneNumber(e164: "+7916\(1_000_000 + n)")!, priority: 0,
        firstMissedAt: now - .seconds(900 - n), dueAt: now - .seconds(60),
        onlyWithAgentUntil: dropped ? now + .seconds(3_600) : nil)
    }
  }

  private static func agents(_ count: Int) -> [AgentCandidate] {
    (0..<count).map { seat(MemberInterface("PJSIP/\(100 + $0)")) }
  }

  private func round(
    _ jobs: [DueJob], _ floor: DispatchFloor, launches: Int = 0,
    limits: DispatchBoard.Limits = DispatchBoard.Limits(maxDialsPerSecond: 100)
  ) -> DispatchBoard.Round {
    let all: [DispatchCampaign] = [
      DispatchCampaign(name: "callback", queue: "sales", choice: AgentChoice()),
      DispatchCampaign(name: "client", queue: "sales", choice: AgentChoice(), takes: .freeAgent),
      DispatchCampaign(name: "ahead", queue: "sales", choice: AgentChoice(), takes: .launches(launches)),
    ]
    var board = DispatchBoard(limits: limits)
    return board.round(
      jobs, campaigns: Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) }), floor: floor, at: now)
  }

  @Test func `dials as many as pacing launches, whoever is free`() {
    let jobs = Self.jobs(5, of: "ahead")
    let round = round(jobs, DispatchFloor(seats: []), launches: 3)
    #expect(round.claims == jobs.prefix(3).map { DispatchBoard.Claim(job: $0, agent: nil) })
    #expect(
      round.waits == [
        DispatchBoard.Wait(
          reason: "As many numbers are dialled as agents are expected to become free",
          jobs: jobs.suffix(2).map(\.id))
      ])
  }

  @Test func `a launch that a limit forbids is not counted as one`() {
    let jobs = Self.jobs(3, of: "ahead")
    let round = round(
      jobs, DispatchFloor(seats: [], liveAttempts: 9), launches: 2,
      limits: DispatchBoard.Limits(maxConcurrentDials: 10, maxDialsPerSecond: 100))
    #expect(round.claims.count == 1)
    #expect(round.waits.map(\.reason) == ["All 10 lines of max_concurrent_dials are in use"])
  }

  @Test func `client first: one customer for each free agent whom nobody else counts on`() {
    let jobs = Self.jobs(4, of: "client")
    let floor = DispatchFloor(
      seats: Self.agents(3) + [seat("PJSIP/200", status: .inUse)], promised: ["sales": 1, "support": 5])
    let round = round(jobs, floor)
    #expect(round.claims == jobs.prefix(2).map { DispatchBoard.Claim(job: $0, agent: nil) })
    #expect(
      round.waits.map(\.reason) == [
        "The free agents of the queue sales are promised to customers who are being dialled"
      ])
    #expect(
      self.round(jobs, DispatchFloor(seats: [])).waits.map(\.reason) == ["The queue sales has no agents"])
  }

  @Test func `an agent promised to one customer is not reserved for another, in one round neither`() {
    let floor = DispatchFloor(seats: Self.agents(2), promised: ["sales": 1])
    let callbacks = Self.jobs(2, of: "callback")
    let one = round(callbacks, floor)
    #expect(one.claims.map(\.job.id) == [callbacks[0].id])
    #expect(
      one.waits.map(\.reason) == [
        "The free agents of the queue sales are promised to customers who are being dialled"
      ])
    // The oldest arrival first: a customer is dialled for whoever is free, then an agent is reserved.
    let mixed = round(
      Self.jobs(1, of: "client") + Self.jobs(2, of: "callback", from: 1), DispatchFloor(seats: Self.agents(2))
    )
    #expect(mixed.claims.map(\.job.campaign) == ["client", "callback"])
    // The other way round.
    let reversed = round(
      Self.jobs(2, of: "callback") + Self.jobs(1, of: "client", from: 2), DispatchFloor(seats: Self.agents(2))
    )
    #expect(reversed.claims.map(\.job.campaign) == ["callback", "callback"])
  }

  @Test func `who was dropped lately is dialled only with an agent`() {
    let floor = DispatchFloor(seats: Self.agents(3))
    for campaign: CampaignName in ["client", "ahead"] {
      let round = round(Self.jobs(1, of: campaign, dropped: true), floor, launches: 5)
      #expect(round.claims.isEmpty)
      #expect(
        round.waits.map(\.reason) == [
          "The customer was dropped lately, and is dialled only with an agent reserved"
        ])
      #expect(round.nextChange == now + .seconds(3_600))
    }
    let reserved = round(Self.jobs(1, of: "callback", dropped: true), floor)
    #expect(reserved.claims.count == 1 && reserved.claims[0].agent != nil)
  }

  @Test func `random floors never give one agent to two`() {
    for seed in UInt64(0)..<2000 {
      var random = SeededGenerator(seed: seed)
      func upTo(_ n: Int) -> Int { Int.random(in: 0..<n, using: &random) }
      let seats = (0..<upTo(10)).map { n in
        seat(
          MemberInterface("PJSIP/\(n)"), status: [.notInUse, .notInUse, .inUse][upTo(3)], paused: upTo(5) == 0
        )
      }
      let jobs = (0..<15).flatMap { n in
        Self.jobs(1, of: ["callback", "client", "ahead"][upTo(3)], from: n, dropped: upTo(4) == 0)
      }
      let floor = DispatchFloor(seats: seats, promised: ["sales": upTo(3)])
      let launches = upTo(5)
      let round = round(jobs, floor, launches: launches)
      let told = round.claims.map(\.job.id) + round.waits.flatMap(\.jobs)
      #expect(told.count == jobs.count && Set(told) == Set(jobs.map(\.id)), "seed \(seed): each due job once")
      func count(_ campaign: CampaignName) -> Int { round.claims.count { $0.job.campaign == campaign } }
      let free = seats.count { $0.availability(at: now) == .free }
      #expect(
        count("callback") + count("client") <= max(0, free - floor.promised["sales"]!), "seed \(seed)")
      #expect(count("ahead") <= launches, "seed \(seed)")
      #expect(
        round.claims.allSatisfy { $0.agent != nil || $0.job.onlyWithAgentUntil == nil }, "seed \(seed)")
      #expect(
        round.claims.allSatisfy { ($0.agent != nil) == ($0.job.campaign == "callback") }, "seed \(seed)")
    }
  }
}

@Suite struct `Agents who are left to callers` {
  private func round(_ takes: DispatchCampaign.Takes, agents: Int, promised: Int = 0) -> DispatchBoard.Round {
    let jobs = (0..<6).map { n in
      DueJob(
        id: JobID(UniqueID(high: 8, low: UInt64(n))), campaign: "list",
        number: PhoneNumber(e164: "+7916\(1_000_000 + n)")!, priority: 0,
        firstMissedAt: now - .seconds(900 - n), dueAt: now - .seconds(60))
    }
    let campaign = DispatchCampaign(
      name: "list", queue: "sales", choice: AgentChoice(), takes: takes, keepsFree: 2)
    var board = DispatchBoard(limits: DispatchBoard.Limits(maxDialsPerSecond: 100))
    return board.round(
      jobs, campaigns: ["list": campaign],
      floor: DispatchFloor(
        seats: (0..<agents).map { seat(MemberInterface("PJSIP/\(100 + $0)")) }, promised: ["sales": promised]),
      at: now)
  }

  @Test(arguments: [DispatchCampaign.Takes.agent, .freeAgent])
  func `are not taken`(takes: DispatchCampaign.Takes) {
    #expect(round(takes, agents: 5).claims.count == 3)
    #expect(round(takes, agents: 5, promised: 1).claims.count == 2)
    #expect(round(takes, agents: 2).claims.isEmpty)
    #expect(
      round(takes, agents: 2).waits.map(\.reason) == [
        "2 free agents of the queue sales are left to callers (blend.keep_free)"
      ])
  }

  @Test func `are not counted on by pacing`() {
    let seats = (0..<5).map { seat(MemberInterface("PJSIP/\($0)"), status: $0 == 0 ? .inUse : .notInUse) }
    let phases = AgentPhase.of("sales", seats: seats, held: ["PJSIP/4": .free], keepsFree: 2, at: now)
    #expect(
      phases == ["PJSIP/0": .talking, "PJSIP/1": .free, "PJSIP/4": .free], "not one whose own line rings")
  }
}

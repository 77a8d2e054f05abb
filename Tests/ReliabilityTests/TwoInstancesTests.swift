import Foundation
import Lab
import Telephony
import Testing

/// Two instances beside one PBX and one database. The first stands behind the proxies.
@Suite struct `Of two instances` {
  static let soaks = ProcessInfo.processInfo.environment["PEREZVON_SOAK"] == "1"

  /// The other has taken the PBX over within 10 s.
  private static func takenOver(_ other: LabService, since start: ContinuousClock.Instant) async throws {
    try await other.waitForLog("this instance drives", within: .seconds(15))
    let took = ContinuousClock.now - start
    #expect(took < .seconds(10), "taken over after \(took)")
  }

  private static func ended(_ stage: FaultStage, _ customer: String, invites: Int? = 1) async throws {
    try await stage.job(customer, is: .succeeded, within: .seconds(40))
    try await stage.nothingIsLeft()
    #expect(stage.complaints(customer) == [])
    if let invites { #expect(stage.invites(customer).count == invites) }
    let rows = try await stage.database.psql(
      """
      SELECT (SELECT count(*) FROM perezvon.missed_calls), (SELECT count(*) FROM perezvon.jobs),
        (SELECT count(*) FROM perezvon.attempts WHERE outcome = 'conversation')
      """)
    #expect(rows == "1|1|1")
  }

  @Test func `started together, one drives, and each caller is missed once and called once`() async throws {
    try await FaultStage.with(starts: false) { stage in
      let other = try stage.another()
      async let first: Void = stage.service.start(ready: false)
      async let second: Void = other.start(ready: false)
      _ = try await (first, second)
      try await stage.service.waitForLog("AMI is up")
      try await other.waitForLog("AMI is up")
      let customers = (1...3).map { _ in Lab.uniqueNumber() }
      for customer in customers {
        try await stage.lab.telco.setCustomer(
          customer, .answers(after: .milliseconds(300), talk: .milliseconds(2_500)))
        try await stage.abandon(customer)
      }
      for customer in customers { try await stage.job(customer, is: .succeeded, within: .seconds(60)) }
      try await stage.nothingIsLeft()
      for customer in customers {
        #expect(stage.complaints(customer) == [])
        #expect(stage.invites(customer).count == 1)
      }
      #expect(try await stage.database.psql("SELECT count(*) FROM perezvon.missed_calls") == "3")
      #expect(try await stage.database.psql("SELECT count(*) FROM perezvon.jobs") == "3")
      let drives = "this instance drives"
      #expect([stage.service.logged, other.logged].count { $0.contains(drives) } == 1)
      await other.kill()
    }
  }

  @Test func `the standby drives within 10 s of the leader's death and connects who answers then`()
    async throws
  {
    try await FaultStage.with { stage in
      let other = try stage.another()
      try await other.start(ready: false)
      try await other.waitForLog("AMI is up")
      let customer = Lab.uniqueNumber()
      try await stage.lab.telco.setCustomer(customer, .answers(after: .milliseconds(300)))
      try await stage.abandon(customer)
      try await stage.together()
      let start = ContinuousClock.now
      await stage.service.kill()
      try await Self.takenOver(other, since: start)
      try await stage.lab.telco.hangUp(customer)
      try await Self.ended(stage, customer)
      await other.kill()
    }
  }

  @Test
  func `the leader is frozen while the customer rings, and awake while he talks: the talk is left alone`()
    async throws
  {
    let frozen: Duration = Self.soaks ? .seconds(60) : .seconds(20)
    try await FaultStage.with(.v22, FaultStage.options { $0.campaign["ring"] = "40s" }) { stage in
      let other = try stage.another(FaultStage.options { $0.campaign["ring"] = "40s" })
      try await other.start(ready: false)
      try await other.waitForLog("AMI is up")
      let customer = Lab.uniqueNumber()
      try await stage.lab.telco.setCustomer(customer, .answers(after: .seconds(14)))
      try await stage.abandon(customer)
      let leg = try await stage.invited(customer)
      let start = ContinuousClock.now
      stage.service.freeze()
      try await Self.takenOver(other, since: start)
      try await stage.together()
      try await Task.sleep(until: start + frozen, clock: .continuous)
      stage.service.thaw()
      try await stage.service.waitForLog("does not drive")
      // Whatever it still wanted to do, it has had the time for.
      try await Task.sleep(for: .seconds(5))
      let now = try #require(stage.lab.telco.legs.first { $0.id == leg.id })
      #expect(now.isTalking, "the leader woke up and ended a talk that is another's")
      try await stage.lab.telco.hangUp(customer)
      try await Self.ended(stage, customer)
      await other.kill()
    }
  }

  @Test(arguments: [false, true])
  func
    `the leader is cut from PostgreSQL but not from Asterisk: the other takes over, and nobody gets two legs`(
      _ talking: Bool
    ) async throws
  {
    try await FaultStage.with { stage in
      let other = try stage.another()
      try await other.start(ready: false)
      try await other.waitForLog("AMI is up")
      let customer = Lab.uniqueNumber()
      try await stage.lab.telco.setCustomer(
        customer, .answers(after: talking ? .milliseconds(300) : .seconds(6)))
      try await stage.abandon(customer)
      if talking { try await stage.together() } else { try await stage.invited(customer) }
      let start = ContinuousClock.now
      // Every connection stays open, and nothing passes.
      stage.sql.set(.silence)
      try await Self.takenOver(other, since: start)
      if talking {
        #expect(stage.invites(customer).first?.isTalking == true)
      } else {
        // His ring was cut off in time: he is called again by the other.
        try await stage.together()
        try await Task.sleep(for: .milliseconds(1_500))
      }
      try await stage.lab.telco.hangUp(customer)
      try await Self.ended(stage, customer, invites: talking ? 1 : 2)
      // It comes back, and is a standby.
      stage.sql.set(FaultProxy.Faults())
      let late = Lab.uniqueNumber()
      try await stage.lab.telco.setCustomer(
        late, .answers(after: .milliseconds(300), talk: .milliseconds(2_500)))
      try await stage.abandon(late)
      try await stage.job(late, is: .succeeded, within: .seconds(40))
      #expect(stage.complaints(late) == [])
      await other.kill()
    }
  }
}

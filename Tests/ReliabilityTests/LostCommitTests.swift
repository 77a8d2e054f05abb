import Foundation
import Lab
import Telephony
import Testing

/// A standby is promoted that never got the last commits: what asynchronous replication can lose.
@Suite struct `A database that fails over with its last commits lost` {
  /// A primary, its standby behind a proxy that can withhold what is replicated, and a service that knows both.
  private static func withStandby(
    _ body: (FaultStage, LabStandby, _ replication: FaultProxy) async throws -> Void
  ) async throws {
    // The standby's port is known before it is there: a lab's block has one for it.
    try await FaultStage.with(
      .v22, starts: false,
      database: { database in
        let hosts = "127.0.0.1:\(database.port),127.0.0.1:\(database.port + 1)"
        return "postgresql://perezvon@\(hosts)/perezvon?target_session_attrs=read-write"
      }
    ) { stage in
      let replication = try FaultProxy(to: stage.database.port, as: .bytes)
      let standby = try await LabStandby(of: stage.database, reachedAt: replication.port)
      try await stage.service.start()
      do {
        try await body(stage, standby, replication)
      } catch {
        await standby.stop()
        throw error
      }
      await stage.service.kill()
      await standby.stop()
    }
  }

  /// From here on the primary commits what the standby will never have, then it dies.
  private static func failOver(
    _ stage: FaultStage, _ standby: LabStandby, _ replication: FaultProxy, when: () async throws -> Void
  ) async throws {
    try await standby.catchUp()
    replication.set(.silence)
    try await when()
    await stage.database.stop(.kill)
    replication.stop()
    try await standby.promote()
  }

  private static func state(_ standby: LabStandby, _ customer: String, within bound: Duration = .seconds(60))
    async throws -> String
  {
    let end = ContinuousClock.now + bound
    var answer = ""
    repeat {
      answer = try await standby.psql(
        """
        SELECT string_agg(state, ','), (SELECT count(*) FROM perezvon.attempts WHERE ended_at IS NULL)
        FROM perezvon.jobs WHERE number = '\(customer)'
        """)
      if answer.hasPrefix("succeeded|0") || answer.hasPrefix("recovered|0") { return answer }
      try await Task.sleep(for: .milliseconds(200))
    } while ContinuousClock.now < end
    return answer
  }

  @Test func `a lost claim: the agent is let go, the customer is called by a new one`() async throws {
    try await Self.withStandby { stage, standby, replication in
      let customer = Lab.uniqueNumber()
      try await stage.lab.telco.setAgent(
        101, .answers(after: .seconds(4), keys: "1", keysAfter: .milliseconds(300)))
      try await stage.lab.telco.setCustomer(
        customer, .answers(after: .milliseconds(300), talk: .seconds(4)))
      try await stage.lab.pbx.setMember(101, of: "support", paused: true)
      try await stage.abandon(customer)
      try await stage.eventually("SELECT count(*) FROM perezvon.jobs") { $0 == "1" }
      try await Self.failOver(stage, standby, replication) {
        try await stage.lab.pbx.setMember(101, of: "support", paused: false)
        try await stage.lab.telco.wait(within: .seconds(10), "the agent's phone") { legs in
          legs.last { $0.party == .agent && $0.isLive }
        }
      }
      #expect(try await Self.state(standby, customer) == "succeeded|0")
      #expect(stage.complaints(customer) == [])
      #expect(stage.invites(customer).count == 1)
    }
  }

  @Test func `a lost callback that talks: the talk goes on, and he is not called again`() async throws {
    try await Self.withStandby { stage, standby, replication in
      let customer = Lab.uniqueNumber()
      try await stage.lab.telco.setCustomer(customer, .answers(after: .milliseconds(300)))
      try await stage.lab.pbx.setMember(101, of: "support", paused: true)
      try await stage.abandon(customer)
      try await stage.eventually("SELECT count(*) FROM perezvon.jobs") { $0 == "1" }
      try await Self.failOver(stage, standby, replication) {
        try await stage.lab.pbx.setMember(101, of: "support", paused: false)
        try await stage.together()
      }
      try await Task.sleep(for: .seconds(2))
      #expect(stage.invites(customer).first?.isTalking == true)
      try await stage.lab.telco.hangUp(customer)
      let state = try await Self.state(standby, customer)
      // By the attempt's own end, or by the call's, whichever comes first.
      #expect(
        ["recovered|0", "succeeded|0"].contains(state), "\(state) \(stage.service.logged.suffix(9_000))")
      #expect(stage.complaints(customer) == [])
      #expect(stage.invites(customer).count == 1)
    }
  }
}

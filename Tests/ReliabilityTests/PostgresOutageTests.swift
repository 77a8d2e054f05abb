import Foundation
import Lab
import Telephony
import Testing

@Suite struct `PostgreSQL` {
  static let soaks = ProcessInfo.processInfo.environment["PEREZVON_SOAK"] == "1"

  enum Phase: Sendable, CaseIterable { case agentRinging, customerRinging, talking }

  /// A callback, stopped at this phase; the talk begins when both are in one bridge.
  private static func bring(_ stage: FaultStage, _ customer: String, to phase: Phase) async throws {
    if phase == .agentRinging {
      try await stage.lab.telco.setAgent(
        101, .answers(after: .seconds(3), keys: "1", keysAfter: .milliseconds(300)))
    }
    let rings: Duration = phase == .customerRinging ? .seconds(4) : .milliseconds(300)
    try await stage.lab.telco.setCustomer(customer, .answers(after: rings))
    try await stage.abandon(customer)
    switch phase {
    case .agentRinging:
      try await stage.lab.telco.wait(within: .seconds(20), "the agent's phone") { legs in
        legs.last { $0.party == .agent && $0.isLive && $0.ringingAt != nil }
      }
    case .customerRinging: try await stage.invited(customer)
    case .talking: try await stage.together()
    }
  }

  /// Lets them talk, and looks at how it all ended.
  private static func end(_ stage: FaultStage, _ customer: String) async throws {
    try await stage.together()
    try await Task.sleep(for: .milliseconds(1_500))
    try await stage.lab.telco.hangUp(customer)
    try await stage.job(customer, is: .succeeded)
    try await stage.nothingIsLeft()
    #expect(stage.complaints(customer) == [])
    let rows = try await stage.database.psql(
      """
      SELECT (SELECT count(*) FROM perezvon.missed_calls WHERE number = '\(customer)'),
        (SELECT count(*) FROM perezvon.jobs WHERE number = '\(customer)'),
        (SELECT count(*) FROM perezvon.attempts WHERE number = '\(customer)' AND outcome = 'conversation')
      """)
    #expect(rows == "1|1|1")
  }

  @Test(arguments: Phase.allCases)
  func `stopped at once and started again is not noticed by anybody who talks or rings`(_ phase: Phase)
    async throws
  {
    try await FaultStage.with { stage in
      let customer = Lab.uniqueNumber()
      try await Self.bring(stage, customer, to: phase)
      let start = ContinuousClock.now
      await stage.database.stop(.immediate)
      try await stage.database.start()
      let away = ContinuousClock.now - start
      try await Self.end(stage, customer)
      // Longer than that may cost the lease (4.5 s after the last renewal), and with it the ring.
      if phase == .talking || (phase == .customerRinging && away < .milliseconds(2_500)) {
        #expect(stage.invites(customer).count == 1, "PostgreSQL was away for \(away)")
      }
    }
  }

  @Test func `away for long: calls are detected, nobody is dialled, a talk goes on, the agent is let go`()
    async throws
  {
    try await FaultStage.with { stage in
      let first = Lab.uniqueNumber()
      try await Self.bring(stage, first, to: .talking)
      await stage.database.stop(.immediate)
      let start = ContinuousClock.now
      let lost = [Lab.uniqueNumber(), Lab.uniqueNumber(), Lab.uniqueNumber()]
      for number in lost {
        try await stage.lab.telco.setCustomer(number, .answers(after: .milliseconds(300), talk: .seconds(3)))
        try await stage.abandon(number)
      }
      #expect(stage.invites(first).first?.isTalking == true)
      try await stage.lab.telco.hangUp(first)
      // The lease has run out by now: nobody may be left paused for as long as PostgreSQL is away.
      try await stage.lab.pbx.eventually(within: .seconds(15), "the agent is let go") { pbx in
        try await pbx.members(of: "support").contains { $0.paused } ? nil : true
      }
      let away: Duration = Self.soaks ? .seconds(900) : .seconds(15)
      try await Task.sleep(until: start + away, clock: .continuous)
      #expect(stage.lab.telco.legs.filter { $0.party == .customer }.count == 1, "dialling has stopped")

      try await stage.database.start()
      for number in [first] + lost { try await stage.job(number, is: .succeeded, within: .seconds(90)) }
      try await stage.nothingIsLeft()
      for number in [first] + lost {
        #expect(stage.complaints(number) == [])
        #expect(stage.invites(number).count == 1)
      }
      #expect(
        try await stage.database.psql("SELECT count(*), count(DISTINCT number) FROM perezvon.missed_calls")
          == "4|4")
      #expect(try await stage.database.psql("SELECT count(*) FROM perezvon.jobs") == "4")
    }
  }

  // MARK: Refusals

  /// While `refuses` holds, a caller is detected and not called; afterwards he is in the books once and called.
  private static func refused(
    _ stage: FaultStage, refuses: (FaultStage) async throws -> Void, heals: (FaultStage) async throws -> Void
  ) async throws {
    let customer = Lab.uniqueNumber()
    try await stage.lab.telco.setCustomer(customer, .answers(after: .milliseconds(300)))
    try await refuses(stage)
    try await stage.abandon(customer)
    try await stage.service.waitForLog("Facts wait in the spool")
    // Longer than a lease lasts: whatever it could still do with it, it has done.
    try await Task.sleep(for: .seconds(7))
    #expect(stage.invites(customer).isEmpty)
    #expect(try await stage.database.psql("SELECT count(*) FROM perezvon.missed_calls") == "0")
    try await heals(stage)
    try await end(stage, customer)
    #expect(stage.invites(customer).count == 1)
  }

  @Test func `read-only: facts wait in the spool, nobody is dialled`() async throws {
    try await FaultStage.with { stage in
      try await Self.refused(stage) { stage in
        try await stage.database.psql("ALTER SYSTEM SET default_transaction_read_only = on")
        try await stage.database.psql("SELECT pg_reload_conf()")
        try await stage.eventually("SHOW default_transaction_read_only") { $0 == "on" }
      } heals: { stage in
        try await stage.database.psql("ALTER SYSTEM RESET default_transaction_read_only")
        try await stage.database.psql("SELECT pg_reload_conf()")
      }
    }
  }

  @Test func `at its connection limit: facts wait in the spool, nobody is dialled`() async throws {
    try await FaultStage.with { stage in
      try await Self.refused(stage) { stage in
        try await stage.database.psql("ALTER ROLE perezvon CONNECTION LIMIT 0")
        try await stage.database.psql(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'perezvon'")
      } heals: { stage in
        try await stage.database.psql("ALTER ROLE perezvon CONNECTION LIMIT -1")
      }
    }
  }

  @Test(.enabled(if: getuid() == 0, "a small file system has to be mounted"))
  func `with a full disk: facts wait in the spool, nobody is dialled`() async throws {
    try await FaultStage.with(starts: false) { stage in
      let disk = try SmallDisk(stage.lab.path + "/small-disk", megabytes: 32)
      try await stage.database.psql("CREATE TABLESPACE small LOCATION '\(disk.path)'")
      try await stage.database.psql(
        "ALTER DATABASE perezvon SET TABLESPACE small",
        at: stage.database.superuserURL.replacing("/perezvon", with: "/postgres"))
      try await stage.service.start()
      try await Self.refused(stage) { _ in
        try disk.fill()
      } heals: { _ in
        disk.free()
      }
      await stage.service.kill()
      await stage.database.stop(.immediate)
      disk.remove()
    }
  }

  @Test func `finding a deadlock: the end of an attempt is written again`() async throws {
    try await FaultStage.with { stage in
      let customer = Lab.uniqueNumber()
      try await Self.bring(stage, customer, to: .talking)
      // Holds the job, waits until the service waits for it with the attempt in its hand, then asks for that.
      async let other = stage.database.psql(
        """
        SET deadlock_timeout = '30s';
        DO $$ BEGIN
          PERFORM 1 FROM perezvon.jobs WHERE number = '\(customer)' FOR UPDATE;
          FOR i IN 1..600 LOOP
            -- The end of the attempt, not the call that ended in the same moment.
            EXIT WHEN EXISTS (SELECT 1 FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid
              WHERE a.wait_event_type = 'Lock' AND a.query NOT LIKE '%FOR NO KEY UPDATE%'
                AND l.relation = 'perezvon.attempts'::regclass AND l.mode = 'RowExclusiveLock' AND l.granted);
            PERFORM pg_stat_clear_snapshot();
            PERFORM pg_sleep(0.05);
          END LOOP;
          PERFORM 1 FROM perezvon.attempts WHERE number = '\(customer)' FOR UPDATE;
        END $$
        """)
      try await Task.sleep(for: .milliseconds(1_500))
      try await stage.lab.telco.hangUp(customer)
      _ = try await other
      try await stage.job(customer, is: .succeeded)
      try await stage.nothingIsLeft()
      #expect(stage.service.logged.contains("40P01"), "the deadlock was the service's to lose")
      #expect(stage.complaints(customer) == [])
      #expect(stage.invites(customer).count == 1)
    }
  }
}

/// A file system in memory, of a few megabytes.
private final class SmallDisk: Sendable {
  let path: String

  init(_ path: String, megabytes: Int) throws {
    self.path = path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    guard mount("tmpfs", path, "tmpfs", 0, "size=\(megabytes)m") == 0 else {
      throw LabError(.resources, "tmpfs cannot be mounted at \(path): \(String(cString: strerror(errno)))")
    }
    if let account = getpwnam("postgres") { chown(path, account.pointee.pw_uid, account.pointee.pw_gid) }
  }

  deinit { remove() }

  /// Takes all that is left, to the last byte.
  func fill() throws {
    let file = open(path + "/filler", O_WRONLY | O_CREAT, 0o600)
    defer { close(file) }
    for size in [1 << 20, 1 << 12, 1] {
      let chunk = [UInt8](repeating: 0, count: size)
      while write(file, chunk, size) == size {}
    }
  }

  func free() { unlink(path + "/filler") }

  func remove() { umount2(path, Int32(MNT_DETACH)) }
}

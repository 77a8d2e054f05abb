import Foundation
import Glibc

/// What no service can beat on this machine, measured in the same run.
enum Limits {
  /// One row, one durable commit, one client: taken between the cases, so that both meet the same disk.
  struct Commits {
    private let session: DatabaseSession
    private(set) var times: [Duration] = []

    init(_ session: DatabaseSession) throws {
      self.session = session
      try session.rows(
        "CREATE TABLE IF NOT EXISTS public.bench_commits (id bigserial PRIMARY KEY, what text NOT NULL)")
    }

    mutating func add() throws {
      let start = ContinuousClock.now
      try session.rows("INSERT INTO public.bench_commits (what) VALUES ($1)", ["\(times.count)"])
      times.append(ContinuousClock.now - start)
    }
  }

  /// The claim itself, called by one client that does nothing else: the same function of the books, the same
  /// commit, without the service.
  struct Claims {
    private let session: DatabaseSession
    private(set) var times: [Duration] = []

    init(_ session: DatabaseSession) throws {
      self.session = session
      // Another part may have prepared it on this session.
      try session.rows("DEALLOCATE ALL")
      try session.rows(
        """
        PREPARE bench_claim (uuid, uuid, text, bigint) AS SELECT code FROM perezvon.claim_attempt($1, $2, 'none',
          'pbx1', $3, 'PJSIP/900', 'sales', 'bench', $4, now(), now(), now() + interval '1 hour', NULL, NULL, 'agent',
          '', 100, 1000000, 100, now(), $3, 'attempt', 'A measurement.')
        """)
    }

    /// Claims a job of a campaign the service does not know, and puts it aside again.
    mutating func add() throws {
      let number = "+7925" + String(String(10_000_000 + times.count).suffix(7))
      let ids = try session.rows(
        """
        INSERT INTO perezvon.jobs (id, campaign, number, customer_name, source, state, reason, created_at,
          first_missed_at, missed_count, priority, due_at, expires_at, attempts, queue, pbx, held_out)
        VALUES (gen_random_uuid(), 'none', $1, '', 'missed_call', 'waiting', '', now(), now(), 1, 0, now(),
          now() + interval '1 day', 0, 'sales', 'pbx1', false)
        RETURNING id, gen_random_uuid(), (SELECT fence FROM perezvon.leases)
        """, [number])[0]
      let start = ContinuousClock.now
      let answer = try session.rows("EXECUTE bench_claim ('\(ids[1])', '\(ids[0])', '\(number)', \(ids[2]))")
      times.append(ContinuousClock.now - start)
      guard answer == [["claimed"]] else { throw BenchError("the claim was answered \(answer)") }
      try session.rows("DELETE FROM perezvon.attempts WHERE id = $1", [ids[1]])
      try session.rows("DELETE FROM perezvon.jobs WHERE id = $1", [ids[0]])
    }
  }

  /// A query that reads nothing: one round trip to PostgreSQL.
  static func queries(_ session: DatabaseSession, count: Int) throws -> [Duration] {
    try (0..<count).map { _ in
      let start = ContinuousClock.now
      try session.rows("SELECT 1")
      return ContinuousClock.now - start
    }
  }

  /// 500 bytes to another thread over loopback TCP and back.
  static func roundTrips(count: Int) throws -> [Duration] {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, 1) == 0 && getsockname(listener, $0, &length) == 0
      }
    }
    guard bound else { throw BenchError("no port for the loopback measurement") }
    defer { close(listener) }
    Thread.detachNewThread {
      let peer = accept(listener, nil, nil)
      defer { close(peer) }
      withoutDelay(peer)
      var buffer = [UInt8](repeating: 0, count: 500)
      while recv(peer, &buffer, 500, Int32(MSG_WAITALL)) == 500 { send(peer, buffer, 500, 0) }
    }
    let own = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(own) }
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(own, $0, length) == 0 }
    }
    guard connected else { throw BenchError("no connection for the loopback measurement") }
    withoutDelay(own)
    var buffer = [UInt8](repeating: 0, count: 500)
    return try (0..<count).map { _ in
      let start = ContinuousClock.now
      guard send(own, buffer, 500, 0) == 500, recv(own, &buffer, 500, Int32(MSG_WAITALL)) == 500 else {
        throw BenchError("the loopback connection broke")
      }
      return ContinuousClock.now - start
    }
  }

  private static func withoutDelay(_ descriptor: Int32) {
    var yes: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
  }
}

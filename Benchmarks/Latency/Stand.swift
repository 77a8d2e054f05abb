import Foundation
import Lab
import NIOPosix
import SimulatedPBX
import Synchronization

/// A fresh database, a simulated PBX in this process, and the service between them.
final class Stand {
  /// The service's settle time in these measurements; exactly this is subtracted.
  static let settle = Duration.milliseconds(50)

  let pbx: SimulatedPBX
  let books: DatabaseSession
  let service: ServiceProcess
  let mailbox: Mailbox
  private let notifications: Notifications

  /// What a part wants otherwise.
  struct Wishes {
    var members = [SimulatedMember(queue: "sales", interface: CallScript.agent, status: 2)]
    /// The queue whose members are given callbacks.
    var agentQueue = "sales"
    var startAfter = "1h"
    /// Further keys of the configuration.
    var more = ""
  }

  /// Starts everything; the agent is busy.
  static func start(
    lab: DatabaseLab, name: String, binary: String, port: Int, _ wishes: Wishes = Wishes()
  ) async throws -> Stand {
    let url = try await lab.database.createDatabase("bench_\(name)")
    let pbx = try await SimulatedPBX(group: MultiThreadedEventLoopGroup.singleton.next())
    pbx.setMembers(wishes.members)
    let token = "bench-\(UUID().uuidString)"
    let directory = "\(lab.path)/\(name)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    try configuration(pbx, url: url, directory: directory, port: port, token: token, wishes)
      .write(toFile: directory + "/perezvon.yaml", atomically: true, encoding: .utf8)
    let service = ServiceProcess(
      binary: binary, configuration: directory + "/perezvon.yaml", log: directory + "/log", httpPort: port,
      token: token)
    try await service.start()
    return try Stand(pbx: pbx, service: service, url: url)
  }

  private init(pbx: SimulatedPBX, service: ServiceProcess, url: String) throws(BenchError) {
    self.pbx = pbx
    self.service = service
    books = try DatabaseSession(url)
    let mailbox = Mailbox()
    self.mailbox = mailbox
    let post = mailbox.post
    notifications = try Notifications(url, channel: "perezvon_jobs") { job, at in
      post(.notified(job: job, at: at))
    }
  }

  func stop() async {
    service.stop()
    notifications.stop()
    await pbx.close()
  }

  private static func configuration(
    _ pbx: SimulatedPBX, url: String, directory: String, port: Int, token: String, _ wishes: Wishes
  ) -> String {
    """
    database:
      url: \(url)
      spool: \(directory)/spool
    http:
      listen: 127.0.0.1:\(port)
      requests_per_second: 10000
      tokens:
        - {name: bench, role: viewer, token: "\(token)"}
    instance: bench
    pbx:
      - name: pbx1
        ami: {host: 127.0.0.1, port: \(pbx.amiPort), username: \(pbx.settings.username), secret: \(pbx.settings.secret)}
        ari:
          url: "http://127.0.0.1:\(pbx.ariPort)/ari"
          username: \(pbx.settings.ariUsername)
          password: \(pbx.settings.ariPassword)
        inbound_contexts: [from-trunk]
        dial: "PJSIP/{number}@trunk"
        max_concurrent_dials: 100
        max_dials_per_second: 100
        settle: \(Int(settle.milliseconds))ms
    numbers: {region: RU, allow: ["+7"], per_number_per_day: 100, per_hour: 1000000, range_per_hour: 10000}
    campaigns:
      - name: bench
        kind: callback
        queues: [sales]
        min_wait: 0s
        start_after: \(wishes.startAfter)
        expire_after: 24h
        number_kinds: [mobile]
        mode: agent_first
        retry: {agent_missed: [1h]}
        agents: {queue: \(wishes.agentQueue), confirm: false, cool_down: 0s, wrap_up: 0s}
    \(wishes.more)
    """
  }
}

import Foundation
import Glibc
import Synchronization

/// What a lab is made of.
public struct LabOptions: Sendable {
  public var asterisk: LabAsterisk
  /// The PBX's `systemname`. Labs that share a service need different ones.
  public var pbxName: String
  /// Where labs keep their files; short, because unix sockets lie below. Default `/tmp/perezvon-lab-<uid>`.
  public var workDirectory: String
  /// Where unpacked Asterisks are kept. Default `$PEREZVON_LAB_CACHE` or `~/.cache/perezvon-lab`.
  public var cacheDirectory: String
  /// The directory `asterisk-conf`. Default `$PEREZVON_ASTERISK_CONF`, or the one of this source tree.
  public var dropIns: String
  /// Leaves configuration and logs behind when the lab ends. Default: only with `PEREZVON_LAB_KEEP=1`.
  public var keepFiles: Bool
  public var agents: [LabAgent]
  public var startsDatabase: Bool
  /// The PBX writes its queue_log to a table of the lab's PostgreSQL, and to no file.
  public var queueLogInDatabase: Bool
  /// The PBX as it is before anybody has thought of Perezvon: none of the drop-in files is included.
  public var plain: Bool
  /// The PBX asks its trunk every two seconds whether it is there (`qualify_frequency`), and dials only if it is.
  public var qualifiesTrunk: Bool
  /// PostgreSQL's own; off only where durability is not the matter.
  public var fsync: Bool

  public init(
    asterisk: LabAsterisk = .v22, pbxName: String = "pbx1", workDirectory: String? = nil,
    cacheDirectory: String? = nil,
    dropIns: String? = nil, keepFiles: Bool? = nil, agents: [LabAgent] = LabAgent.usual,
    startsDatabase: Bool = true, fsync: Bool = true, queueLogInDatabase: Bool = false, plain: Bool = false,
    qualifiesTrunk: Bool = false
  ) {
    let environment = ProcessInfo.processInfo.environment
    self.asterisk = asterisk
    self.pbxName = pbxName
    self.workDirectory = workDirectory ?? LabDirectory.defaultBase
    self.cacheDirectory =
      cacheDirectory ?? environment["PEREZVON_LAB_CACHE"]
      ?? "\(environment["HOME"] ?? "/root")/.cache/perezvon-lab"
    self.dropIns = dropIns ?? environment["PEREZVON_ASTERISK_CONF"] ?? Self.sourceDropIns
    self.keepFiles = keepFiles ?? (environment["PEREZVON_LAB_KEEP"] == "1")
    self.agents = agents
    self.startsDatabase = startsDatabase
    self.fsync = fsync
    self.queueLogInDatabase = queueLogInDatabase
    self.plain = plain
    self.qualifiesTrunk = qualifiesTrunk
  }

  private static let sourceDropIns = URL(filePath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "asterisk-conf").path()
}

/// The real stack on one machine: PostgreSQL, a PBX and a telco, on free ports of loopback.
///
/// An ordinary process tree. It goes with `stop`, with the end of this process, and also when this process is
/// killed (parent-death signal); files of a killed lab are removed when the next one starts.
public final class Lab: Sendable {
  /// Nil where the options left it out.
  public let database: LabDatabase?
  /// Of the database with the table `queue_log`, where the PBX writes one.
  public let queueLogURL: String?
  public let pbx: LabPBX
  public let telco: Telco
  /// Free ports for what stands beside the lab.
  public let sparePorts: ClosedRange<Int>
  /// The lab's files.
  public let path: String
  private let directory: LabDirectory
  private let ports: LabPorts

  private init(
    database: LabDatabase?, queueLogURL: String?, pbx: LabPBX, telco: Telco, directory: LabDirectory,
    ports: LabPorts
  ) {
    self.database = database
    self.queueLogURL = queueLogURL
    self.pbx = pbx
    self.telco = telco
    self.directory = directory
    self.ports = ports
    path = directory.path
    sparePorts = ports.spare
  }

  /// Debian packages this machine lacks for a lab of this kind; empty where all is there.
  public static func prerequisites(_ asterisk: LabAsterisk = .v22) -> [String] {
    var missing: [String] = []
    if Program.find("setpriv") == nil { missing.append("util-linux") }
    if Program.postgresDirectory() == nil { missing.append("postgresql") }
    if asterisk != .installed, Program.find("mmdebstrap") == nil { missing.append("mmdebstrap") }
    if asterisk == .installed, Program.find("asterisk") == nil { missing.append("asterisk") }
    return missing
  }

  /// Starts a lab and returns when all of it serves: Asterisks booted, phones registered, database open.
  ///
  /// About 3 s; the first time of an Asterisk about 10 s more and a download of 110 MB.
  public static func start(
    _ options: LabOptions = LabOptions(), progress: (@Sendable (String) -> Void)? = nil
  ) async throws(LabError) -> Lab {
    let missing = prerequisites(options.asterisk)
    guard missing.isEmpty else {
      throw LabError(
        .missingPackages, "the lab needs more programs: apt-get install \(missing.joined(separator: " "))")
    }
    let report = progress ?? { _ in }
    let package = try await AsteriskPackage.prepare(
      options.asterisk, cache: options.cacheDirectory, progress: report)
    let directory = try LabDirectory(base: options.workDirectory, keep: options.keepFiles)
    let ports = try LabPorts(directory: options.workDirectory)
    let pbx = try LabPBX(
      directory: try directory.directory("pbx"), package: package,
      configuration: PBXConfiguration(
        systemName: options.pbxName, ports: ports, agents: options.agents, managerSecret: secret(),
        ariPassword: secret(), labSecret: secret(), dropIns: options.dropIns,
        queueLogInDatabase: options.queueLogInDatabase, plain: options.plain,
        qualifiesTrunk: options.qualifiesTrunk))
    let telco = try Telco(
      directory: try directory.directory("telco"), package: package,
      configuration: TelcoConfiguration(ports: ports, agents: options.agents, labSecret: secret()))
    Residents.shared.add(directory: directory, instances: [pbx.instance, telco.instance])
    report("starting \(package.version), twice, and PostgreSQL")
    do {
      let databaseDirectory = try directory.directory("database")
      async let database = startDatabase(options, databaseDirectory, ports)
      // Asterisk looks for its tables as it starts.
      let queueLogURL = options.queueLogInDatabase ? try await makeQueueLog(in: database) : nil
      async let pbxUp: Void = pbx.instance.start()
      async let telcoUp: Void = telco.instance.start()
      let lab = Lab(
        database: try await database, queueLogURL: queueLogURL, pbx: pbx, telco: telco, directory: directory,
        ports: ports)
      _ = try await (pbxUp, telcoUp)
      try await registerPhones(options.agents, pbx, telco)
      pbx.whenStarted.withLock { [agents = options.agents] in
        $0 = { pbx in
          do throws(LabError) {
            return .success(try await registerPhones(agents, pbx, telco))
          } catch {
            return .failure(error)
          }
        }
      }
      report("the lab is up in \(directory.path)")
      return lab
    } catch {
      await pbx.instance.stop(SIGKILL)
      await telco.instance.stop(SIGKILL)
      Residents.shared.remove(directory)
      directory.remove()
      throw error as? LabError ?? LabError(.boot, "\(error)")
    }
  }

  private static func startDatabase(_ options: LabOptions, _ directory: String, _ ports: LabPorts)
    async throws(LabError) -> LabDatabase?
  {
    guard options.startsDatabase else { return nil }
    return try await LabDatabase(directory: directory, port: ports.database, fsync: options.fsync)
  }

  /// A database of its own with the table as Asterisk's contrib/ast-db-manage makes it.
  private static func makeQueueLog(in database: LabDatabase?) async throws(LabError) -> String? {
    guard let database else { return nil }
    let url = try await database.createDatabase(PBXConfiguration.queueLogDatabase)
    let data = (1...5).map { "data\($0) varchar(100)" }.joined(separator: ", ")
    try await database.psql(
      """
      CREATE TABLE queue_log (id bigserial PRIMARY KEY, time timestamp, callid varchar(80), queuename varchar(256),
      agent varchar(80), event varchar(32), \(data))
      """, at: url)
    return url
  }

  /// Every phone must be known at the PBX. A phone that asked while the PBX was still starting may have been
  /// refused for good, and one that is asking just now does not begin again: whoever is missing is asked anew.
  private static func registerPhones(_ agents: [LabAgent], _ pbx: LabPBX, _ telco: Telco)
    async throws(LabError)
  {
    let end = ContinuousClock.now + .seconds(60)
    var missing = agents
    while ContinuousClock.now < end {
      for agent in missing { try await telco.setAgent(agent.extension, registered: true) }
      let next = ContinuousClock.now + .seconds(2)
      repeat {
        let contacts = try await pbx.cli("pjsip show contacts")
        missing = agents.filter { !contacts.contains(" \($0.extension)/sip:") }
        if missing.isEmpty { return }
        try? await Task.sleep(for: .milliseconds(50))
      } while ContinuousClock.now < next
    }
    let names = missing.map { "\($0.extension)" }.joined(separator: ", ")
    throw LabError(.boot, "the agents' phones \(names) did not register at the PBX")
  }

  private static func secret() -> String {
    UUID().uuidString.lowercased().replacingOccurrences(of: "-", with: "")
  }

  /// Ends everything and removes its files. Waits until no process is left.
  public func stop() async {
    async let database: Void? = self.database?.stop(.fast)
    async let pbx: Void = self.pbx.instance.stop()
    async let telco: Void = self.telco.instance.stop()
    _ = await (database, pbx, telco)
    ports.release()
    Residents.shared.remove(directory)
    directory.remove()
  }

  /// A Russian mobile number that no test of this process has had. Its last two digits tell what a customer
  /// without a script does: 00 busy, 01 no answer, 02 congestion, 03 machine, 04 unallocated, else he
  /// answers.
  public static func uniqueNumber(ending: String = "55") -> String {
    let serial = numbers.withLock { count in
      count += 1
      return count
    }
    return "+7916" + String(String(100_000 + serial).suffix(5)) + ending
  }

  private static let numbers = Mutex(0)

  /// Processes of this lab that live now. Empty after `stop`.
  public var processes: [Int32] { LabDirectory.processes(naming: directory.path + "/") }
}

/// Labs of this process, ended at its exit. A crash is covered by the parent-death signal instead.
private final class Residents: Sendable {
  static let shared = Residents()
  private let labs = Mutex<[(directory: LabDirectory, instances: [AsteriskInstance])]>([])

  private init() {
    atexit {
      for lab in Residents.shared.labs.withLock({ $0 }) {
        for pid in LabDirectory.processes(naming: lab.directory.path + "/") { kill(pid, SIGKILL) }
        lab.directory.remove()
      }
    }
  }

  func add(directory: LabDirectory, instances: [AsteriskInstance]) {
    labs.withLock { $0.append((directory, instances)) }
  }

  func remove(_ directory: LabDirectory) { labs.withLock { $0.removeAll { $0.directory === directory } } }
}

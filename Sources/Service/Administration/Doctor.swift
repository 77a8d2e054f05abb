import AsteriskLink
import Courier
import Foundation
import Logging
import NIOPosix
import Store
import Telephony

/// Connects to everything the configuration names and says in sentences what is wrong and which line to change.
/// Changes nothing anywhere.
public struct Doctor: Sendable {
  /// One thing that was looked at.
  public struct Finding: Sendable, Encodable {
    public enum Grade: String, Sendable, Encodable {
      case good, warning, error
    }

    public let grade: Grade
    /// What it is about: `database`, `spool`, a PBX by its name.
    public let about: String
    public let sentence: String
  }

  /// How long a PBX may take to show its queues and channels. Default 8 s.
  static let snapshotWait = Duration.seconds(8)

  private let settings: Settings

  public init(_ settings: Settings) { self.settings = settings }

  /// Everything, in the order: configuration, database, spool, PBXs.
  public func examine() async -> [Finding] {
    var findings = settings.warnings.map { Finding(grade: .warning, about: "configuration", sentence: $0) }
    findings += await examineDatabase()
    findings.append(examineSpool())
    for pbx in settings.pbxs {
      findings += await examine(pbx)
      findings.append(await examineQueueLog(of: pbx))
    }
    return findings
  }

  private func examineDatabase() async -> [Finding] {
    let store = Store(
      StoreSettings(url: settings.database.url.value, poolSize: 1, applicationName: "perezvon-doctor"))
    var findings: [Finding] = []
    do throws(StoreError) {
      let version = try await store.serverVersion()
      findings.append(Finding(grade: .good, about: "database", sentence: "PostgreSQL \(version) answers."))
      let report = try await store.migrate(dryRun: true)
      if report.current {
        findings.append(Finding(grade: .good, about: "database", sentence: "The schema is current."))
      } else {
        findings.append(
          Finding(
            grade: .warning, about: "database",
            sentence:
              "The schema is not current (\(report.applied.joined(separator: ", "))): run perezvon "
              + "migrate, or start the service, which does it."
          ))
      }
      findings += report.notes.map { Finding(grade: .warning, about: "database", sentence: $0) }
    } catch {
      findings.append(
        Finding(
          grade: .error, about: "database",
          sentence:
            "\(error). Check database.url, and that PostgreSQL runs and lets this user in (pg_hba.conf)."))
    }
    await store.close()
    return findings
  }

  /// The second source of what happened while the service was away: a table, a file, or none.
  private func examineQueueLog(of pbx: PBXSettings) async -> Finding {
    if let table = pbx.queueLogTable { return await examine(table, of: pbx.name) }
    let name = pbx.name.rawValue
    guard let path = pbx.queueLog else {
      return Finding(
        grade: .warning, about: name,
        sentence:
          "No queue_log is read (pbx.queue_log): who gives up in a queue while the service is away, and "
          + "what is keyed in then, is not found afterwards.")
    }
    guard FileManager.default.isReadableFile(atPath: path) else {
      return Finding(
        grade: .error, about: name,
        sentence:
          "\(path) is not there or cannot be read by this user: put the user the service runs as into the "
          + "file's group, or change queue_log.")
    }
    return Finding(grade: .good, about: name, sentence: "\(path) can be read.")
  }

  private func examine(_ settings: QueueLogTableSettings, of pbx: PBXName) async -> Finding {
    let table = QueueLogTable(url: settings.url.value, table: settings.table)
    var finding = Finding(
      grade: .good, about: pbx.rawValue, sentence: "The queue_log table \(settings.table) can be read.")
    do throws(StoreError) {
      let layout = try await table.layout()
      _ = try await table.rows(from: 0, limit: 1, layout)
    } catch {
      finding = Finding(
        grade: .error, about: pbx.rawValue,
        sentence:
          "The queue_log table \(settings.table) cannot be read: \(error). Change queue_log_table, or "
          + "leave it out.")
    }
    await table.close()
    return finding
  }

  /// Looks only: a directory made here as root would lock the service out.
  private func examineSpool() -> Finding {
    let directory = settings.database.spool
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory) else {
      return Finding(
        grade: .warning, about: "spool",
        sentence: "The spool directory \(directory) is not there yet; the service makes it if it may.")
    }
    guard isDirectory.boolValue, FileManager.default.isWritableFile(atPath: directory) else {
      return Finding(
        grade: .error, about: "spool",
        sentence: "\(directory) cannot be written by this user: give it to the user the service runs as, "
          + "or change database.spool.")
    }
    return Finding(grade: .good, about: "spool", sentence: "The spool directory \(directory) can be written.")
  }

  private func examine(_ pbx: PBXSettings) async -> [Finding] {
    let name = pbx.name.rawValue
    guard let courier = try? Courier() else {
      return [Finding(grade: .error, about: name, sentence: "libcurl cannot be started.")]
    }
    let link = PBXLink(
      settings: PBXLinkSettings(pbx), courier: courier, eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
      logger: Logger(label: "doctor", factory: { _ in SwiftLogNoOpLogHandler() }),
      now: { Timestamp(seconds: Date().timeIntervalSince1970) })
    var findings = await link.probe().map {
      Finding(grade: $0.severity == .error ? .error : .warning, about: name, sentence: $0.sentence)
    }
    guard !findings.contains(where: { $0.grade == .error }) else { return findings }
    if let snapshot = await firstSnapshot(link) {
      findings.append(
        Finding(
          grade: .good, about: name,
          sentence:
            "Asterisk \(snapshot.version) answers AMI and ARI; \(snapshot.channels.count) "
            + "channels, \(snapshot.queues.count) queues."
        ))
      findings += examineQueues(pbx, snapshot)
    } else {
      findings.append(
        Finding(
          grade: .error, about: name,
          sentence:
            "The PBX did not show its queues and channels within \(Self.snapshotWait): the "
            + "AMI user needs write=reporting in manager.conf."
        ))
    }
    return findings
  }

  private func firstSnapshot(_ link: PBXLink) async -> PBXSnapshot? {
    link.setARIWanted(false)
    return await withTaskGroup(of: PBXSnapshot?.self) { group in
      group.addTask {
        await link.run()
        return nil
      }
      group.addTask {
        for await input in link.inputs {
          if case .amiUp(let snapshot, _) = input { return snapshot }
        }
        return nil
      }
      group.addTask {
        try? await Task.sleep(for: Self.snapshotWait)
        return nil
      }
      defer { group.cancelAll() }
      return await group.next() ?? nil
    }
  }

  private func examineQueues(_ pbx: PBXSettings, _ snapshot: PBXSnapshot) -> [Finding] {
    var findings: [Finding] = []
    let known = Set(snapshot.queues)
    for dialing in settings.dialing {
      guard let queue = dialing.agentQueue else { continue }
      if !known.contains(queue) {
        let list =
          snapshot.queues.isEmpty ? "none" : snapshot.queues.sorted().map(\.rawValue).joined(separator: ", ")
        findings.append(
          Finding(
            grade: .error, about: pbx.name.rawValue,
            sentence:
              "Campaign \(dialing.name) takes its agents from queue \(queue), which this PBX "
              + "does not have (it has: \(list)). Add [\(queue)] to queues.conf, or change agents.queue."
          ))
      } else if !snapshot.members.contains(where: { $0.queue == queue }) {
        findings.append(
          Finding(
            grade: .warning, about: pbx.name.rawValue,
            sentence:
              "Queue \(queue) has no member now: nobody can be given a callback of \(dialing.name) "
              + "until an agent logs in."
          ))
      }
    }
    let blind = snapshot.members.filter {
      $0.interface.rawValue.hasPrefix("Local/") && $0.stateInterface == $0.interface.rawValue
    }
    for member in Set(blind.map(\.interface)).sorted() {
      findings.append(
        Finding(
          grade: .warning, about: pbx.name.rawValue,
          sentence:
            "Member \(member) has no state interface, so it looks free while its phone is "
            + "busy: add the device as third argument of AddQueueMember, or as fourth field "
            + "of member => in queues.conf."
        ))
    }
    return findings
  }
}

import AsteriskProtocol
import Foundation
import Synchronization
import Telephony
import Testing

@testable import Lab

/// The account that `asterisk-conf/manager.d` makes, on a real Asterisk.
@Suite(.serialized, .enabled(if: Lab.prerequisites().isEmpty)) struct `The account of the drop-in files` {
  static let versions: [LabAsterisk] = [.v22, .v16]

  /// A lab of its own: other tests kill the Asterisk of the shared one.
  func withLab(_ version: LabAsterisk, _ body: (Lab) async throws -> Void) async throws {
    let lab = try await Lab.start(LabOptions(asterisk: version, startsDatabase: false))
    do { try await body(lab) } catch {
      await lab.stop()
      throw error
    }
    await lab.stop()
  }

  /// Logs in as the service does.
  func withSession(
    _ pbx: LabPBX, _ body: (ManagerSession, HeardEvents) async throws -> Void
  ) async throws {
    let events = HeardEvents()
    let session = try #require(ManagerSession(port: pbx.amiPort) { event in events.add(event) })
    try await session.logIn(user: pbx.amiUser, secret: pbx.amiSecret, events: true)
    do { try await body(session, events) } catch {
      session.disconnect()
      throw error
    }
    session.disconnect()
  }

  /// Every action the service has. One more in `AMIAction` makes this not compile.
  func actions(channel: String) -> [AMIAction] {
    let all: [AMIAction] = [
      .challenge, .ping, .coreStatus, .coreSettings, .coreShowChannels, .queueStatus("sales"),
      .queuePause("PJSIP/999", queue: "sales", paused: true, reason: "pz:1"),
      .queueChangePriorityCaller(queue: "sales", caller: channel, priority: 1),
      .setvar(channel: channel, name: "TIMEOUT(absolute)", value: "60"),
      .getvar(name: "PEREZVON_TALK_PJSIP_101"), .hangup(channel: channel, cause: .normalClearing),
      .dialplanHas(context: "perezvon-bridge", exten: "s"),
    ]
    for action in all {
      switch action {
      case .challenge, .login, .logoff, .ping, .coreStatus, .coreSettings, .coreShowChannels, .queueStatus,
        .queuePause, .queueChangePriorityCaller, .setvar, .getvar, .hangup, .dialplanHas:
        break
      }
    }
    return all
  }

  /// What Asterisk says against an action; nil where it carries it out.
  func refusal(of action: [(String, String)], _ session: ManagerSession) async -> String? {
    do throws(LabError) {
      _ = try await session.send(action)
      return nil
    } catch {
      return "\(error)"
    }
  }

  func headers(_ action: AMIAction) throws -> [(String, String)] {
    String(decoding: try action.encoded(actionID: "x"), as: UTF8.self).split(separator: "\r\n").compactMap {
      let parts = $0.split(separator: ":", maxSplits: 1).map(String.init)
      return parts[0] == "ActionID" ? nil : (parts[0], String(parts[1].dropFirst()))
    }
  }

  @Test(arguments: versions) func `may do what the service does, and nothing that runs a program`(
    version: LabAsterisk
  ) async throws {
    try await withLab(version) { lab in try await mayDoNothingElse(lab) }
  }

  private func mayDoNothingElse(_ lab: Lab) async throws {
    let marker = "\(lab.pbx.directory)/perezvon-least"
    try await withSession(lab.pbx) { session, _ in
      for action in actions(channel: "no-such-channel-1") {
        let said = await refusal(of: try headers(action), session)?.lowercased() ?? ""
        #expect(!said.contains("permission"), "\(action): \(said)")
        #expect(!said.contains("unknown command"), "\(action): \(said)")
      }
      let refused: [[(String, String)]] = [
        [("Action", "Command"), ("Command", "core show version")],
        [
          ("Action", "Originate"), ("Channel", "Local/s@nowhere"), ("Application", "System"),
          ("Data", "touch \(marker)"),
        ],
        [("Action", "Originate"), ("Channel", "PJSIP/101"), ("Context", "from-internal"), ("Exten", "1")],
        [("Action", "GetConfig"), ("Filename", "manager.conf")],
        [
          ("Action", "UpdateConfig"), ("SrcFilename", "manager.conf"), ("DstFilename", "x.conf"),
          ("Reload", "no"),
        ],
        [("Action", "CreateConfig"), ("Filename", "perezvon-least.conf")],
        [("Action", "ListCategories"), ("Filename", "manager.conf")],
        [("Action", "ModuleLoad"), ("LoadType", "reload")], [("Action", "Reload")],
        [("Action", "DBPut"), ("Family", "a"), ("Key", "b"), ("Val", "c")],
        [
          ("Action", "DialplanExtensionAdd"), ("Context", "x"), ("Extension", "1"), ("Priority", "1"),
          ("Application", "NoOp"),
        ],
        [("Action", "Filter"), ("Operation", "Add"), ("Filter", "x")],
      ]
      for action in refused {
        let said = await refusal(of: action, session)?.lowercased() ?? "nothing"
        #expect(said.contains("permission denied"), "\(action[0].1): \(said)")
      }
      // live_dangerously=no keeps functions that act on the machine from external users.
      _ = await refusal(
        of: [
          ("Action", "Setvar"), ("Variable", "FILE(\(marker))"), ("Value", "x"),
        ], session)
      #expect(!FileManager.default.fileExists(atPath: marker))
    }
  }

  @Test(arguments: versions) func `hears of every channel, whatever the caller calls himself`(
    version: LabAsterisk
  ) async throws {
    try await withLab(version) { lab in try await hearsEverything(lab) }
  }

  private func hearsEverything(_ lab: Lab) async throws {
    try await withSession(lab.pbx) { session, events in
      let number = Lab.uniqueNumber()
      let call = try await lab.telco.placeCall(
        from: number, name: "Event: DeviceStateChange", hangsUpAfter: .seconds(2))
      _ = try await call.ended()
      let end = ContinuousClock.now + .seconds(10)
      func kinds() -> Set<String> {
        Set(events.all.filter { $0["CallerIDNum"] == number }.compactMap { $0["Event"] })
      }
      while !kinds().contains("Hangup"), ContinuousClock.now < end {
        _ = try await session.send([("Action", "Ping")])
      }
      #expect(kinds().isSuperset(of: ["Newchannel", "QueueCallerJoin", "QueueCallerAbandon", "Hangup"]))
      let unwanted = [
        "DeviceStateChange", "ExtensionStatus", "PresenceStateChange", "MusicOnHoldStart", "VarSet",
        "Newexten",
      ]
      #expect(!events.all.contains { unwanted.contains($0["Event"] ?? "") })
    }
  }
}

/// Events as they came, from any thread.
final class HeardEvents: Sendable {
  private let kept = Mutex<[ManagerMessage]>([])
  func add(_ event: ManagerMessage) { kept.withLock { $0.append(event) } }
  var all: [ManagerMessage] { kept.withLock { $0 } }
}

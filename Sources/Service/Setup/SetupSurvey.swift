import AsteriskLink
import Courier
import Foundation
import Logging
import NIOPosix
import Telephony

/// What a PBX tells of itself, and what of it a first configuration takes.
public struct SetupSurvey: Sendable, Equatable {
  /// As CoreSettings tells.
  public var version: String
  /// Empty where it is not set.
  public var systemName: String
  public var queues: [String]
  /// Every context of the dialplan.
  public var contexts: [String]

  init(version: String = "", systemName: String = "", queues: [String] = [], contexts: [String] = []) {
    self.version = version
    self.systemName = systemName
    self.queues = queues
    self.contexts = contexts
  }

  init(_ survey: PBXSurvey) {
    self.init(
      version: survey.version, systemName: survey.systemName,
      // `default` is in every queues.conf sample, and nobody's.
      queues: survey.queues.map(\.rawValue).filter { $0 != "default" }.sorted(), contexts: survey.contexts)
  }

  /// Asks the PBX of these answers. Errors are sentences for the administrator.
  public static func read(_ answers: SetupAnswers) async throws(AdministrationError) -> SetupSurvey {
    let courier: Courier
    do { courier = try Courier() } catch { throw AdministrationError(message: error.message) }
    let link = PBXLink(
      settings: PBXLinkSettings(
        name: PBXName(answers.pbxName),
        ami: AsteriskLink.AMISettings(
          host: answers.amiHost, port: answers.amiPort, username: answers.amiUser,
          secret: answers.amiSecret ?? ""),
        ari: AsteriskLink.ARISettings(
          url: answers.ariURL, username: answers.ariUser, password: answers.ariPassword ?? "",
          application: "perezvon")),
      courier: courier, eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
      logger: Logger(label: "setup", factory: { _ in SwiftLogNoOpLogHandler() }),
      now: { Timestamp(seconds: Date().timeIntervalSince1970) })
    do throws(LinkError) { return SetupSurvey(try await link.survey()) } catch {
      throw AdministrationError(message: error.message)
    }
  }

  /// FreePBX writes these contexts, and nobody else does.
  public var isFreePBX: Bool {
    contexts.contains("app-blackhole") && contexts.contains("from-internal-xfer")
  }

  /// Contexts in which callers from outside begin, as people and FreePBX name them. A proposal, not a fact.
  public var inboundContexts: [String] {
    let beginnings = [
      "from-trunk", "from-pstn", "from-external", "from-outside", "from-did", "from-digital", "from-analog",
      "from-provider", "from-sip-external", "incoming", "inbound", "ext-did",
    ]
    return contexts.filter { context in
      beginnings.contains { context.hasPrefix($0) } && !context.hasSuffix("-custom")
    }
  }

  /// Contexts whose names say what callers meet there.
  public var stages: [SetupAnswers.Stage] {
    let words: [(String, LostAt)] = [
      ("after-hours", .afterHours), ("afterhours", .afterHours), ("closed", .afterHours),
      ("night", .afterHours),
      ("ivr", .ivr), ("menu", .ivr), ("greeting", .greeting), ("welcome", .greeting),
      ("app-announcement", .greeting),
    ]
    return contexts.compactMap { context in
      guard !context.hasSuffix("-custom"), !context.hasPrefix("perezvon") else { return nil }
      return words.first { context.hasPrefix($0.0) }.map {
        SetupAnswers.Stage(context: context, lostAt: $0.1)
      }
    }
  }
}

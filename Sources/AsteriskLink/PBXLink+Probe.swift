import AsteriskProtocol
import Courier
import NIOCore
import Synchronization
import Telephony

extension PBXLink {
  /// Connects once, beside whatever `run` does, and says what is wrong and where to change it. Changes nothing
  /// at the PBX and does not touch the Stasis application. Empty: nothing found.
  ///
  /// What cannot be learned without a call: `read=call`, `read=agent` and `read=user` of the AMI user.
  public func probe() async -> [LinkProblem] {
    async let ami = probeAMI()
    async let ari = probeARI()
    return await ami + ari
  }

  // MARK: AMI

  private func probeAMI() async -> [LinkProblem] {
    let limits = settings.limits
    let booted = Signal()
    let session: AMISession
    do throws(LinkError) {
      session = try await AMISession.open(settings.ami, role: .events, limits: limits, group: group) {
        messages, _ in
        for case .event(.fullyBooted, _) in messages { booted.set() }
      }
    } catch {
      return [LinkProblem(.error, error.message)]
    }
    defer { session.close(because: "the check is over") }
    var problems = await probeWrite(session)
    problems += await probeCore(session)
    problems += await probeDialplan(session)
    // The greeting event follows the login at once, before any answer above (`main/manager.c`, `action_login`).
    if !booted.isSet {
      problems.append(
        LinkProblem(.error, "\(section) lacks the privilege to read system events: add system to read= there")
      )
    }
    return problems
  }

  private var section: String { "section [\(settings.ami.username)] of manager.conf" }

  /// What the user may write shows in the list of commands: only those allowed are listed.
  private func probeWrite(_ session: AMISession) async -> [LinkProblem] {
    let id = session.newActionID()
    let bytes = Array("Action: ListCommands\r\nActionID: \(id)\r\n\r\n".utf8)
    let answer = await session.ask(
      id: id, bytes: bytes, name: "ListCommands", timeout: settings.limits.commandTimeout)
    switch answer {
    case .failure(let failure): return [LinkProblem(.error, "AMI action ListCommands: \(failure.sentence)")]
    case .success(let response) where !response.isSuccess:
      return [LinkProblem(.error, "AMI action ListCommands was refused: \(response.message)")]
    case .success(let response):
      let listed = Set(response.headers.map { $0.name.lowercased() })
      var problems: [LinkProblem] = []
      let needed = [
        ("setvar", "call"), ("queuepause", "agent"), ("corestatus", "reporting"),
      ]
      for (action, privilege) in needed where !listed.contains(action) {
        // Missing altogether where app_queue is not loaded; that is another sentence.
        let other = action == "queuepause" ? ", and check that app_queue is loaded" : ""
        problems.append(
          LinkProblem(.error, "\(section) may not use \(action): add \(privilege) to write= there\(other)"))
      }
      // ModuleLoad runs on system; who has originate can run any application of the dialplan.
      for (action, privilege) in [
        ("command", "command"), ("updateconfig", "config"), ("moduleload", "system"),
        ("originate", "originate"),
      ] where listed.contains(action) {
        problems.append(
          LinkProblem(
            .warning, "\(section) may do more than is needed: take \(privilege) out of write= there"))
      }
      return problems
    }
  }

  private func probeCore(_ session: AMISession) async -> [LinkProblem] {
    guard
      case .success(let response) = await session.ask(.coreSettings, timeout: settings.limits.commandTimeout),
      response.isSuccess
    else { return [] }
    var problems: [LinkProblem] = []
    let version = response["AsteriskVersion"] ?? ""
    if let known = AsteriskVersion(version) {
      if known.isTooOld {
        problems.append(
          LinkProblem(.error, "Asterisk \(known) is older than 16, the oldest this was tried with"))
      } else {
        switch known.support {
        case .supported: break
        case .unmaintained:
          problems.append(
            LinkProblem(.warning, "Asterisk \(known) gets no security fixes any more: plan an upgrade"))
        case .belowSecurityFloor(let floor):
          problems.append(
            LinkProblem(
              .warning, "Asterisk \(known) has open advisories in ARI and CEL: upgrade to \(floor) or later"))
        }
      }
    }
    let systemName = response["SystemName"] ?? ""
    if systemName.isEmpty {
      problems.append(
        LinkProblem(
          .warning,
          "systemname is not set in asterisk.conf: set systemname=\(settings.name) in its [options], so that "
            + "call ids of two PBXs cannot be equal"))
    } else if systemName != settings.name.rawValue {
      problems.append(
        LinkProblem(
          .warning,
          "asterisk.conf says systemname=\(systemName) and the configuration calls this PBX "
            + "\(settings.name): give both the same name"))
    }
    return problems
  }

  // MARK: Dialplan

  /// The version of `asterisk-conf/extensions.d/perezvon.conf` that this program works with.
  static let dialplanVersion = 2

  /// Whether the dialplan has the drop-in file, and this one. Says nothing where Asterisk cannot tell: without
  /// func_dialplan the answer is empty.
  private func probeDialplan(_ session: AMISession) async -> [LinkProblem] {
    let copy =
      "copy asterisk-conf/extensions.d/perezvon.conf of this version to the extensions.d of Asterisk's configuration"
    switch await dialplan(session, "perezvon-bridge", "s") {
    case nil: return []
    case false?:
      return [
        LinkProblem(
          .error,
          "the dialplan has no [perezvon-bridge], so that nobody could be connected: \(copy), add #tryinclude "
            + "extensions.d/perezvon.conf at the end of extensions.conf, then run \"dialplan reload\"")
      ]
    case true?: break
    }
    let recipes = await probeRecipes(session)
    guard await dialplan(session, "perezvon-version", "\(Self.dialplanVersion)") == false else {
      return recipes
    }
    return recipes + [
      LinkProblem(
        .warning,
        "the dialplan has another version of extensions.d/perezvon.conf than this program works with (version "
          + "\(Self.dialplanVersion)): \(copy), then run \"dialplan reload\"")
    ]
  }

  func dialplan(_ session: AMISession, _ context: String, _ exten: String) async -> Bool? {
    guard
      case .success(let response) = await session.ask(
        .dialplanHas(context: context, exten: exten), timeout: settings.limits.commandTimeout),
      response.isSuccess
    else { return nil }
    return switch response["Value"] {
    case "1": true
    case "0": false
    default: nil
    }
  }

  // MARK: ARI

  private func probeARI() async -> [LinkProblem] {
    switch await answer(to: .info) {
    case .failure(let error) where error.code == .connect || error.code == .timeout:
      return [
        LinkProblem(
          .error,
          "ARI cannot be reached: \(error.message); check enabled=yes, bindaddr and bindport in http.conf")
      ]
    case .failure(let error): return [LinkProblem(.error, "ARI: \(error.message)")]
    case .success(let response) where response.status == 200: break
    case .success: return [LinkProblem(.error, await whyNotUpgraded().message)]
    }
    return await probeARIWrite() + probeApplication()
  }

  /// Hangs up a channel that does not exist: 404 for who may write, 403 for who may only read.
  private func probeARIWrite() async -> [LinkProblem] {
    let nobody = PBXCommand.hangUp("perezvon-check-no-such-channel", .normalClearing)
    guard case .ari(let request)? = try? CommandRoute(nobody, application: settings.ari.application),
      case .success(let response) = await answer(to: request), response.status == 403
    else { return [] }
    let user = settings.ari.username
    return [
      LinkProblem(.error, "ARI user \"\(user)\" may only read: set read_only=no in its section of ari.conf")
    ]
  }

  /// An application that somebody holds while this link does not: another service.
  private func probeApplication() async -> [LinkProblem] {
    let name = settings.ari.application
    guard case .success(let response) = await answer(to: .application(name)) else { return [] }
    let isOurs = state.withLock { $0.ariDownReason == nil }
    switch (response.status, isOurs) {
    case (200, true), (404, false): return []
    case (200, false):
      return [
        LinkProblem(
          .warning,
          "the Stasis application \"\(name)\" is held by another connection now: that is right if the "
            + "service runs, and wrong if another one uses the same app")
      ]
    case (404, true):
      return [
        LinkProblem(
          .error, "Asterisk does not know the Stasis application \"\(name)\" although we are connected")
      ]
    default:
      return [LinkProblem(.error, "GET /applications/\(name) is answered with HTTP \(response.status)")]
    }
  }
}

/// A flag that one event loop sets and another task reads.
private final class Signal: Sendable {
  private let state = Mutex(false)
  func set() { state.withLock { $0 = true } }
  var isSet: Bool { state.withLock { $0 } }
}

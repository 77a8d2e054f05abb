import Foundation
import Lab
import Telephony
import Testing

/// A lab with the service beside it, for one test.
struct Stage {
  let lab: Lab
  let service: LabService

  /// Runs a test on a stage of its own; everything goes away after it. At most `LabSlots.max` at once.
  static func with(
    _ asterisk: LabAsterisk, _ options: LabServiceOptions = LabServiceOptions(),
    queueLogInDatabase: Bool = false, _ body: (Stage) async throws -> Void
  ) async throws {
    try await LabSlots.shared.enter()
    let lab: Lab
    do {
      lab = try await Lab.start(LabOptions(asterisk: asterisk, queueLogInDatabase: queueLogInDatabase))
    } catch {
      await LabSlots.shared.leave()
      throw error
    }
    do {
      let stage = Stage(lab: lab, service: try LabService(options, beside: lab))
      try await stage.service.start()
      try await body(stage)
      await stage.service.kill()
    } catch {
      await lab.stop()
      await LabSlots.shared.leave()
      throw error
    }
    await lab.stop()
    await LabSlots.shared.leave()
  }

  /// An agent whose phone answers after a second and presses 1.
  func willing(_ extension: Int, keysAfter: Duration = .seconds(1)) async throws {
    try await lab.telco.setAgent(`extension`, .answers(after: .seconds(1), keys: "1", keysAfter: keysAfter))
  }

  /// A customer who calls, waits and gives up. Returns when he is gone.
  func abandon(_ number: String, after patience: Duration = .seconds(4)) async throws {
    let call = try await lab.telco.placeCall(from: number, hangsUpAfter: patience)
    _ = try await call.ended(within: patience + .seconds(10))
  }

  /// Waits until the job of a number is in one of these states; returns it.
  @discardableResult
  func job(_ number: String, is states: JobState..., within bound: Duration = .seconds(30)) async throws
    -> String
  {
    try await service.eventually(
      "SELECT state FROM report.jobs WHERE number = '\(number)' ORDER BY created_at DESC LIMIT 1",
      within: bound
    ) { answer in states.contains { $0.rawValue == answer } }
  }

  /// INVITEs the customer's phone received.
  func invites(_ number: String) -> [TelcoLeg] { lab.telco.legs(of: number).filter { $0.party == .customer } }

  /// Waits until the customer's phone rings the n-th time.
  @discardableResult
  func invited(_ number: String, times: Int = 1, within bound: Duration = .seconds(30)) async throws
    -> TelcoLeg
  {
    try await lab.telco.wait(within: bound, "INVITE \(times) to \(number)") { legs in
      let own = legs.filter { $0.number == number && $0.party == .customer }
      return own.count >= times ? own[times - 1] : nil
    }
  }

  /// Nothing of ours is left: no channel, no pause.
  func nothingIsLeft(within bound: Duration = .seconds(15)) async throws {
    try await lab.pbx.eventually(within: bound, "no channel of ours and no pause left") { pbx in
      let channels = try await pbx.channels().filter { $0.id.rawValue.hasPrefix("pz-") }
      let paused = try await pbx.members().filter { $0.pausedReason.hasPrefix("pz:") && $0.paused }
      return channels.isEmpty && paused.isEmpty ? true : nil
    }
  }
}

/// How many labs run at once: each is two Asterisks, a PostgreSQL and a service on two cores.
actor LabSlots {
  static let shared = LabSlots()
  static let max = 4
  private var free = max
  private var waiting: [CheckedContinuation<Void, Never>] = []

  func enter() async throws {
    if free > 0 {
      free -= 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
  }

  func leave() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
  }
}

/// The Asterisks every scenario is played on.
let bothAsterisks: [LabAsterisk] = [.v22, .v16]

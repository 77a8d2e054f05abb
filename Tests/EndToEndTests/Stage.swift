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
    queueLogInDatabase: Bool = false, qualifiesTrunk: Bool = false, _ body: (Stage) async throws -> Void
  ) async throws {
    let labOptions = LabOptions(
      asterisk: asterisk, queueLogInDatabase: queueLogInDatabase, qualifiesTrunk: qualifiesTrunk)
    try await LabSlots.shared.withLab(labOptions) { lab in
      let stage = Stage(lab: lab, service: try LabService(options, beside: lab))
      try await stage.service.start()
      try await body(stage)
      await stage.service.kill()
    }
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
  static let max = 6
  private var free = max
  private var waiting: [(labs: Int, turn: CheckedContinuation<Void, Never>)] = []

  /// Runs something with a lab that ends after it. `places`: what it takes of the machine; one in which dozens call at
  /// once, by the clock, takes those of several.
  nonisolated(nonsending) func withLab(
    _ options: LabOptions, places: Int = 1, _ body: (Lab) async throws -> Void
  ) async throws {
    try await withLabs([options], places: places) { try await body($0[0]) }
  }

  /// The same with several, which get their places all at once: two tests that each hold one and want another
  /// would wait for ever.
  nonisolated(nonsending) func withLabs(
    _ options: [LabOptions], places: Int? = nil, _ body: ([Lab]) async throws -> Void
  ) async throws {
    let places = places ?? options.count
    await enter(places)
    var labs: [Lab] = []
    var failure: (any Error)?
    do {
      for one in options { labs.append(try await Lab.start(one)) }
      try await body(labs)
    } catch {
      failure = error
    }
    for lab in labs { await lab.stop() }
    await leave(places)
    if let failure { throw failure }
  }

  private func enter(_ labs: Int) async {
    if waiting.isEmpty, free >= labs {
      free -= labs
    } else {
      await withCheckedContinuation { waiting.append((labs, $0)) }
    }
  }

  private func leave(_ labs: Int) {
    free += labs
    while let first = waiting.first, free >= first.labs {
      free -= first.labs
      waiting.removeFirst().turn.resume()
    }
  }
}

/// The Asterisks every scenario is played on.
let bothAsterisks: [LabAsterisk] = [.v22, .v16]

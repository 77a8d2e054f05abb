import ArgumentParser
import Foundation
import Glibc
import Lab
import UnixSignals

/// `make run`: the lab, the service, and callers of whom some give up.
struct Demo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Start the lab, the service and a stream of callers; show them; end with a summary.")

  @Option(name: .customLong("for"), help: "Seconds until it ends by itself; 0: not before Ctrl-C.")
  var seconds = 180
  @Option(name: .long, help: "Seconds between two callers, on average.")
  var every = 6.0
  @Option(name: .long, help: "Seed of the callers' behaviour, to see the same again.")
  var seed: UInt64 = 1

  func run() async throws {
    let stop = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
    tell("Starting a PBX, a telco and a PostgreSQL. The first time, an Asterisk is downloaded (110 MB).")
    let lab = try await Lab.start { tell("  \($0)") }
    let service = try LabService(
      LabServiceOptions(
        campaign: [
          "start_after": "5s", "retry": "{busy: [20s], no_answer: [30s], congestion: [15s], dropped: [60s]}",
        ],
        agents: ["ring": "8s", "wrap_up": "4s", "cool_down": "20s"]), beside: lab)
    let began = Date()
    do {
      try await service.start()
      try await seatAgents(lab)
      tellWhereToLook(lab, service)
      try await show(lab, service, until: stop)
    } catch {
      FileHandle.standardError.write(Data("\(error)\n".utf8))
    }
    tell("\nEnding. What this run brought:")
    let from = began.formatted(.iso8601)
    if let summary = try? await service.command("summary", "--from", from) {
      tell(summary.output, terminator: "")
    }
    await service.stop()
    await lab.stop()
    tell("Nothing of it is left.")
  }

  private func seatAgents(_ lab: Lab) async throws {
    for agent in lab.pbx.agents.prefix(4) {
      // They let it ring a while, so that the impatient give up; a callback is confirmed with 1.
      try await lab.telco.setAgent(
        agent.extension, .answers(after: .seconds(4), talk: nil, keys: "1", keysAfter: .seconds(1)))
      try await lab.pbx.setMember(agent.extension)
    }
  }

  private func tellWhereToLook(_ lab: Lab, _ service: LabService) {
    tell(
      """

      The service runs. To look closer, from another terminal:
        \(service.options.binary) watch --config \(service.configuration)
        \(service.options.binary) jobs --config \(service.configuration)
        psql \(service.databaseURL) -c 'SELECT * FROM report.missed_calls'
        http://127.0.0.1:\(service.httpPort)/healthz
        the service's log: \(service.log)

      """)
  }

  /// Callers and the view of them, until the time is over, Ctrl-C, or the view ends.
  private func show(_ lab: Lab, _ service: LabService, until stop: UnixSignalsSequence) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { for await _ in stop { break } }
      group.addTask { try await callers(lab) }
      group.addTask { try await watch(service) }
      if seconds > 0 { group.addTask { try await Task.sleep(for: .seconds(seconds)) } }
      try await group.next()
      group.cancelAll()
    }
  }

  private func callers(_ lab: Lab) async throws {
    var random = CallerRandom(state: seed)
    var serial = 0
    while !Task.isCancelled {
      serial += 1
      let number = "+79\(String(format: "%09d", 160_000_000 + serial * 10_007))"
      try await lab.telco.setCustomer(number, behaviour(&random))
      // A third hangs up while the first agent's phone still rings.
      let impatient = Int.random(in: 0..<3, using: &random) == 0
      let stays = impatient ? 3.8 : Double.random(in: 15...40, using: &random)
      _ = try await lab.telco.placeCall(from: number, name: "Caller \(serial)", hangsUpAfter: .seconds(stays))
      try await Task.sleep(for: .seconds(Double.random(in: 0.5 * every...1.5 * every, using: &random)))
    }
  }

  /// What the customer does when he is called back.
  private func behaviour(_ random: inout CallerRandom) -> PhoneBehaviour {
    switch Int.random(in: 0..<10, using: &random) {
    case 0: .busy
    case 1: .noAnswer
    default:
      .answers(
        after: .seconds(Double.random(in: 1...4, using: &random)),
        talk: .seconds(Int.random(in: 8...20, using: &random)))
    }
  }

  /// `perezvon watch` on this terminal, as anybody would start it.
  private func watch(_ service: LabService) async throws {
    let process = Process()
    process.executableURL = URL(filePath: service.options.binary)
    process.arguments = ["watch", "--config", service.configuration]
    let (ended, continuation) = AsyncStream<Void>.makeStream()
    process.terminationHandler = { _ in continuation.finish() }
    try process.run()
    await withTaskCancellationHandler {
      for await _ in ended {}
    } onCancel: {
      kill(process.processIdentifier, SIGINT)
    }
  }
}

/// A seeded generator (SplitMix64), so that a run can be seen again.
private struct CallerRandom: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}

/// Unbuffered, so that what stands here and what `watch` prints come in one order also in a pipe.
private func tell(_ text: String, terminator: String = "\n") {
  FileHandle.standardOutput.write(Data((text + terminator).utf8))
}

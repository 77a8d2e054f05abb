import ArgumentParser
import Glibc
import Simulation

/// Runs the service in virtual time, one seed after the other, and says which of them broke what.
@main
struct Simulate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "perezvon-simulate",
    abstract: "Runs the service in virtual time against a simulated PBX, database and network.")

  @Option(help: "The first seed.")
  var from: UInt64 = 1

  @Option(help: "How many seeds.")
  var seeds: UInt64 = 1

  @Option(help: "Takes only every n-th seed, for several processes beside each other.")
  var step: UInt64 = 1

  @Flag(help: "Print what happens, moment by moment.")
  var trace = false

  @Flag(help: "Go on after a seed that broke something.")
  var goOn = false

  @Flag(help: "Print one line for each seed: its fingerprint and what came to pass.")
  var list = false

  func run() throws {
    // Seeds repeat only where dictionaries keep their order.
    guard getenv("SWIFT_DETERMINISTIC_HASHING") != nil else { try Self.again() }
    var broken = 0
    var counts: [String: Int] = [:]
    var seed = from
    while seed < from + seeds {
      let result = SimulatedRun.run(seed: seed, keepsTrace: trace)
      for (word, count) in result.counts { counts[word, default: 0] += count }
      if trace { for line in result.trace { print(line) } }
      if list {
        print(
          "seed \(seed) fingerprint \(result.fingerprint) steps \(result.steps), ends after \(result.seconds) s"
        )
      }
      if let problem = result.problem {
        broken += 1
        print("seed \(seed) broke \(problem), after \(result.seconds) s")
        if !goOn { throw ExitCode(1) }
      }
      fflush(nil)
      seed += step
    }
    let words = counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    print("done, \(broken) broken; \(words.joined(separator: ", "))")
    if broken > 0 { throw ExitCode(1) }
  }

  /// The same program with the environment it needs.
  private static func again() throws -> Never {
    setenv("SWIFT_DETERMINISTIC_HASHING", "1", 1)
    var words = CommandLine.arguments.map { strdup($0) } + [nil]
    execv("/proc/self/exe", &words)
    throw ExitCode(1)
  }
}

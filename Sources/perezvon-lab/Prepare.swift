import ArgumentParser
import Lab

struct Prepare: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Unpack the Asterisks the lab and the tests use, so that nothing waits for it later.")

  @Option(
    name: .long, parsing: .upToNextOption,
    help: "Versions: \(LabAsterisk.allCases.map(\.rawValue).joined(separator: ", ")).")
  var asterisk: [String] = ["v22"]

  func run() async throws {
    for name in asterisk {
      guard let kind = LabAsterisk(rawValue: name) else {
        throw ValidationError("\(name) is not a version the lab knows.")
      }
      let lab = try await Lab.start(LabOptions(asterisk: kind, startsDatabase: false)) { print($0) }
      await lab.stop()
    }
  }
}

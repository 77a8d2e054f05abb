import ArgumentParser
import Service

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Connect to everything the configuration names, and say what is wrong and which line to change."
  )

  @OptionGroup var configurationFile: ConfigurationOption
  @Flag(name: .long, help: "For machines.") var json = false

  func run() async throws {
    let settings = try configurationFile.load()
    let findings = await Doctor(settings).examine()
    if json {
      try printJSON(findings)
    } else {
      Self.show(findings)
    }
    let errors = findings.count { $0.grade == .error }
    guard errors == 0 else {
      throw CommandFailure.failed(
        errors == 1 ? "One thing must be changed." : "\(errors) things must be changed.")
    }
  }

  /// A line for each.
  static func show(_ findings: [Doctor.Finding]) {
    for finding in findings {
      print("\(mark(finding.grade)) \(finding.about): \(PrintableText(finding.sentence, limit: 600))")
    }
  }

  private static func mark(_ grade: Doctor.Finding.Grade) -> String {
    switch grade {
    case .good: "ok     "
    case .warning: "warning"
    case .error: "ERROR  "
    }
  }
}

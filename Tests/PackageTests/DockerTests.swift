import Foundation
import Testing
import Yams

@testable import Lab

/// Read, not built: a container engine is not everywhere. What the files name must be there.
@Suite struct `The files for Docker` {
  private static let directory = "\(checkout)deploy/docker"

  private func text(_ path: String) throws -> String {
    try String(contentsOfFile: "\(Self.directory)/\(path)", encoding: .utf8)
  }

  private func compose() throws -> [String: Any] {
    try #require(try Yams.load(yaml: text("compose.yaml")) as? [String: Any])
  }

  private func services() throws -> [String: [String: Any]] {
    try #require(compose()["services"] as? [String: [String: Any]])
  }

  /// `${NAME}` of a text.
  private func variables(_ text: String) -> Set<String> {
    Set(text.matches(of: /\$\{([A-Z_]+)\}/).map { String($0.output.1) })
  }

  private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  @Test func `name only sources, targets and programs that are there`() throws {
    for (name, service) in try services() {
      guard let build = service["build"] as? [String: String] else { continue }
      let context = "\(Self.directory)/\(try #require(build["context"]))"
      let file = "\(context)/\(try #require(build["dockerfile"]))"
      #expect(exists(file), "\(name): \(file)")
      let instructions = try String(contentsOfFile: file, encoding: .utf8)
        .replacingOccurrences(of: "\\\n", with: " ").split(separator: "\n")
      #expect(instructions.contains { $0.hasPrefix("FROM ") })
      for instruction in instructions where instruction.hasPrefix("COPY ") && !instruction.contains("--from=")
      {
        for source in instruction.split(separator: " ").dropFirst().dropLast() {
          #expect(exists("\(context)/\(source)"), "\(file): COPY \(source)")
        }
      }
    }
    let makefile = try String(contentsOfFile: "\(checkout)Makefile", encoding: .utf8)
    #expect(makefile.contains("\npackage:"))
    #expect(try text("Dockerfile").contains("make package"))
  }

  @Test func `mount what is there or declared, and wait for services that are there`() throws {
    let declared = Set((try compose()["volumes"] as? [String: Any] ?? [:]).keys)
    let services = try services()
    for (name, service) in services {
      for volume in service["volumes"] as? [String] ?? [] {
        let source = String(volume.prefix { $0 != ":" })
        let isThere =
          source.hasPrefix(".") ? exists("\(Self.directory)/\(source)") : declared.contains(source)
        #expect(isThere, "\(name) mounts \(source)")
      }
      for other in (service["depends_on"] as? [String: Any] ?? [:]).keys {
        #expect(services[other] != nil, "\(name) waits for \(other)")
      }
    }
  }

  @Test func `take every variable from env.example, and leave none there unused`() throws {
    let example = Set(
      try text("env.example").split(separator: "\n").filter { !$0.hasPrefix("#") }.map {
        String($0.prefix { $0 != "=" })
      })
    #expect(variables(try text("compose.yaml")) == example)
    let environment = try services().mapValues { Set(($0["environment"] as? [String: Any] ?? [:]).keys) }
    #expect(variables(try text("perezvon.yaml")).isSubset(of: environment["perezvon"] ?? []))
    let start = try text("asterisk/start")
    let used = Set(start.matches(of: /\$([A-Z_]+)/).map { String($0.output.1) })
    #expect(used == environment["asterisk"])
  }

  @Test func `configure a service that check-config takes`() async throws {
    let secrets = ["DATABASE_PASSWORD=a", "AMI_SECRET=b", "ARI_PASSWORD=c"]
    let (status, output) = try await ChildProcess.run(
      .init(
        arguments: ["env"] + secrets + [
          BuiltProgram.path("perezvon"), "check-config", "--config", "\(Self.directory)/perezvon.yaml",
        ]))
    #expect(status == 0, "\(output)")
  }
}

import Foundation
import Testing

@testable import Lab

/// The checkout these tests were built from.
let checkout = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().path()

/// The package of the debug build, and an older one of the same program: made once for all tests.
enum BuiltPackage {
  static let older = "0.0.9"

  struct Files: Sendable {
    let current: String
    let older: String
  }

  static func files() async throws -> Files { try await made.value }

  private static let made = Task<Files, any Error> {
    let directory = "\(checkout).build/package-tests"
    try await shell("rm -rf '\(directory)' && mkdir -p '\(directory)'")
    try await shell("scripts/link-static '\(directory)/perezvon'")
    let make = "scripts/package '\(directory)/perezvon' '\(directory)' none"
    async let current = shell(make)
    async let older = shell("VERSION=\(Self.older) \(make)")
    return Files(current: try await last(current), older: try await last(older))
  }

  private static func last(_ output: String) throws -> String {
    try #require(output.split(separator: "\n").last.map(String.init))
  }

  /// A line of shell in the checkout.
  @discardableResult
  static func shell(_ line: String) async throws(LabError) -> String {
    try await ChildProcess.mustRun(.init(arguments: ["bash", "-ec", line], workDirectory: checkout))
  }
}

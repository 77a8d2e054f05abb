import Foundation
import Telephony
import Testing

@testable import Service

/// Pages that are made of the descriptions of keys and committed.
@Suite struct `The written pages` {
  /// The top of the package, seen from this file.
  static let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private func compare(_ path: String, with made: String) throws {
    let file = Self.top.appending(path: path)
    if ProcessInfo.processInfo.environment["PEREZVON_UPDATE_DOCS"] == "1" {
      try made.write(to: file, atomically: true, encoding: .utf8)
    }
    let committed = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    #expect(
      committed == made,
      "\(path) is not what the keys say; run PEREZVON_UPDATE_DOCS=1 swift test --filter SettingsTests")
  }

  @Test func `the reference is current`() throws {
    try compare("docs/configuration.md", with: ConfigurationReference.markdown())
  }

  @Test func `the sample is current`() throws {
    try compare("deploy/perezvon.yaml", with: ConfigurationReference.sample())
  }

  @Test func `the sample is a configuration without a mistake`() throws {
    let settings = try read(ConfigurationReference.sample())
    #expect(settings.pbxs.map(\.name) == ["pbx1"])
    #expect(settings.warnings == [])
  }

  @Test func `every key of the sample can be put in force`() throws {
    let lines = ConfigurationReference.sample().split(separator: "\n", omittingEmptySubsequences: false)
    let inForce = lines.map { line in
      let begin = line.prefix { $0 == " " }
      let rest = line.dropFirst(begin.count)
      return rest.hasPrefix("#") && !rest.hasPrefix("# ") && rest != "#" ? begin + rest.dropFirst() : line
    }.joined(separator: "\n")
    let settings = try read(inForce)
    for path in Self.paths(ConfigurationKeys.top, "") {
      // A mistake would have been thrown: what is not there was not shown.
      #expect(settings.keys.keys[path] != nil, "\(path) is not in the sample")
    }
  }

  /// Paths of all keys as they come out of the sample.
  private static func paths(_ keys: [KeyDescription], _ path: String) -> [String] {
    keys.flatMap { key -> [String] in
      let here = path.isEmpty ? key.name : "\(path).\(key.name)"
      switch key.kind {
      case .map(let keys): return paths(keys, here)
      case .list(.map(let keys), _):
        let name = keys.first { $0.name == "name" }?.example ?? "0"
        return paths(keys, "\(here)[\(name)]")
      case .table(_, .map(let keys), _): return paths(keys, "\(here).\(key.example)")
      default: return [here]
      }
    }
  }
}

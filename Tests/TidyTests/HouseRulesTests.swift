import Foundation
import Testing

/// The checkout these tests were built from.
private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

private struct SourceFile {
  let path: String
  let lines: [Substring]

  static func all(under folders: [String]) -> [SourceFile] {
    folders.flatMap { folder -> [SourceFile] in
      let base = root.appending(path: folder)
      guard let walk = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil) else {
        return []
      }
      return walk.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }.compactMap { url in
        guard let text = try? String(contentsOf: url, encoding: .utf8) else { return nil }
        let path = url.path().replacingOccurrences(of: root.path(), with: "")
        return SourceFile(path: path, lines: text.split(separator: "\n", omittingEmptySubsequences: false))
      }
    }
  }

  /// The modules this file imports.
  var imports: [(line: Int, module: String)] {
    lines.enumerated().compactMap { index, line in
      let words = line.split(separator: " ")
      guard let at = words.firstIndex(of: "import"), at <= 2, at + 1 < words.count,
        words[..<at].allSatisfy({ ["public", "internal", "private", "@testable", "package"].contains($0) })
      else { return nil }
      let module = words[at + 1] == "struct" || words[at + 1] == "class" ? words[at + 2] : words[at + 1]
      return (index + 1, String(module.split(separator: ".")[0]))
    }
  }
}

@Suite struct `House rules` {
  private static let sources = SourceFile.all(under: ["Sources"])

  /// What each target may import, beyond the Swift standard library. The table of docs/architecture.md.
  private static let walls: [String: Set<String>] = [
    "Telephony": [],
    "AsteriskProtocol": ["Telephony", "FoundationEssentials", "Foundation"],
    "CallTracking": ["Telephony"],
    "CallPolicy": ["Telephony", "CallTracking"],
    "Dialer": ["Telephony"],
    "DialingSimulation": ["Telephony", "Dialer", "Foundation"],
    "Courier": ["CLibcurl", "Glibc", "Synchronization", "Foundation", "FoundationEssentials", "Dispatch"],
  ]

  private static let forbidden: [String: Set<String>] = [
    "Store": ["NIOCore", "NIOPosix", "AsteriskLink", "AsteriskProtocol", "Courier", "WebAPI", "Service"],
    "AsteriskLink": ["CallTracking", "CallPolicy", "Dialer", "Store", "WebAPI", "Service"],
    "WebAPI": ["Store", "AsteriskLink", "Courier", "Service"],
    "Service": ["ArgumentParser", "AsteriskProtocol", "CLibpq", "CLibcurl", "Lab"],
    "SimulatedPBX": ["Service", "Store"],
    "Lab": ["Service", "Store"],
    "perezvon": ["Store", "AsteriskProtocol", "AsteriskLink", "CLibpq", "Lab"],
  ]

  @Test func `no target looks over its wall`() {
    for file in Self.sources {
      let target = String(file.path.split(separator: "/")[1])
      for (line, module) in file.imports {
        if let allowed = Self.walls[target] {
          #expect(allowed.contains(module), "\(file.path):\(line): \(target) must not import \(module)")
        }
        if let refused = Self.forbidden[target] {
          #expect(!refused.contains(module), "\(file.path):\(line): \(target) must not import \(module)")
        }
      }
    }
  }

  @Test func `no file is longer than 500 lines and no line longer than 130 columns`() {
    for file in Self.sources + SourceFile.all(under: ["Tests"]) {
      #expect(file.lines.count <= 500, "\(file.path): \(file.lines.count) lines; give each concept its file")
      for (index, line) in file.lines.enumerated() where line.count > 130 {
        Issue.record("\(file.path):\(index + 1): \(line.count) columns; break the line")
      }
    }
  }

  @Test func `no file is a drawer for odds and ends`() {
    let banned = ["Utils", "Helpers", "Common", "Misc", "Extensions", "Models"]
    for file in Self.sources {
      let name = file.path.split(separator: "/").last.map(String.init) ?? ""
      for word in banned where name.contains(word) {
        Issue.record("\(file.path): name the file for the concept it holds, not \(word)")
      }
    }
  }

  /// Clocks are read in the service and by tools only: everywhere else time comes in as an argument.
  @Test func `only the service reads the clock`() {
    let targets: Set = [
      "Telephony", "AsteriskProtocol", "CallTracking", "CallPolicy", "Dialer", "DialingSimulation",
    ]
    let reads = ["Date()", "ContinuousClock", "SuspendingClock", "Task.sleep", "SystemRandomNumberGenerator"]
    for file in Self.sources where targets.contains(String(file.path.split(separator: "/")[1])) {
      for (index, line) in file.lines.enumerated() {
        for read in reads where line.contains(read) {
          Issue.record("\(file.path):\(index + 1): \(read) in a pure target; take it as an argument")
        }
      }
    }
  }

  @Test func `nothing names the place where it was written`() throws {
    let words = ["/work" + "/", "farm" + "-", "../" + "shared", "/tmp" + "/w/"]
    // Not Foundation's Process: it would wait for the servers that other tests start meanwhile, too.
    let git = try #require(popen("git -C '\(root.path())' ls-files", "r"))
    var output: [UInt8] = []
    while case let byte = fgetc(git), byte >= 0 { output.append(UInt8(byte)) }
    #expect(pclose(git) == 0)
    for path in String(decoding: output, as: UTF8.self).split(separator: "\n") {
      guard let text = try? String(contentsOf: root.appending(path: String(path)), encoding: .utf8) else {
        continue
      }
      for word in words where text.contains(word) {
        Issue.record("\(path): contains \(word)")
      }
    }
  }
}

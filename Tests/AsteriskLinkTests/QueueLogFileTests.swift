import AsteriskLink
import Foundation
import Telephony
import Testing

@Suite struct `A queue_log read whole` {
  private func with(_ bytes: Data, name: String = "queue_log", _ body: (String) throws -> Void) throws {
    let directory = NSTemporaryDirectory() + "/queue-log-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let path = directory + "/" + name
    try bytes.write(to: URL(filePath: path))
    try body(path)
  }

  private func line(_ n: Int) -> String {
    "17953632\(10 + n % 90)|pbx1-1.\(n)|sales|NONE|ENTERQUEUE||8916\(1_000_000 + n)|1\n"
  }

  private func read(_ path: String) throws -> (file: QueueLogFile, calls: [String]) {
    let file = try QueueLogFile(path: path)
    var calls: [String] = []
    while try file.readBlock({ calls.append($0.callID.rawValue) }) {}
    return (file, calls)
  }

  @Test func `gives every line once, over the ends of its blocks`() throws {
    let count = 3 * QueueLogFile.blockBytes / line(0).utf8.count
    try with(Data((0..<count).map(line).joined().utf8)) { path in
      let (file, calls) = try read(path)
      #expect(calls == (0..<count).map { "pbx1-1.\($0)" })
      #expect((file.lines, file.malformed) == (count, 0))
      #expect(file.position == file.size)
    }
  }

  @Test func `gives a last line that lacks its end`() throws {
    try with(Data((line(0) + line(1).dropLast()).utf8)) { path in
      let calls = try read(path).calls
      #expect(calls == ["pbx1-1.0", "pbx1-1.1"])
    }
  }

  @Test func `says which lines are none`() throws {
    let long = String(repeating: "x", count: 3_000_000) + "\n"
    let text = line(0) + "garbage\n" + line(1) + long + "\n" + line(2)
    try with(Data(text.utf8)) { path in
      let (file, calls) = try read(path)
      #expect(calls == ["pbx1-1.0", "pbx1-1.1", "pbx1-1.2"])
      #expect((file.lines, file.malformed) == (6, 3))
      #expect(file.malformedLines == [2, 4, 5])
    }
  }

  private func gzip(_ path: String) throws {
    let gzip = Process()
    gzip.executableURL = URL(filePath: "/usr/bin/env")
    gzip.arguments = ["gzip", path]
    try gzip.run()
    gzip.waitUntilExit()
  }

  @Test func `may be compressed`() throws {
    try with(Data((0..<50_000).map(line).joined().utf8)) { path in
      try gzip(path)
      let (file, calls) = try read(path + ".gz")
      #expect(calls.count == 50_000)
      #expect(file.position == file.size)
    }
  }

  @Test func `that is cut off in its compressed form is an error, not an end`() throws {
    try with(Data((0..<50_000).map(line).joined().utf8)) { path in
      try gzip(path)
      let whole = try Data(contentsOf: URL(filePath: path + ".gz"))
      try whole.prefix(whole.count / 2).write(to: URL(filePath: path + ".gz"))
      #expect(throws: QueueLogFile.Failure.self) { try read(path + ".gz") }
    }
  }

  @Test func `that is not there is a sentence`() {
    #expect(throws: QueueLogFile.Failure.self) { try QueueLogFile(path: "/nowhere/queue_log") }
    #expect(throws: QueueLogFile.Failure.self) { try QueueLogFile(path: "/tmp") }
  }
}

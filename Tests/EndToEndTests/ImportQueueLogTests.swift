import Foundation
import Glibc
import Lab
import Testing

/// A queue_log written by hand, and beside it what is in it, counted without the program.
private struct WrittenLog {
  private(set) var text = ""
  private(set) var lines = 0
  /// `number|answered|queue|ending`, as the report shows it.
  private(set) var calls: [String] = []
  private(set) var entries = 0
  private var clock: Int
  private var serial: Int

  init(from clock: Int, serial: Int) {
    self.clock = clock
    self.serial = serial
  }

  mutating func raw(_ line: String) {
    text += line + "\n"
    lines += 1
  }

  private mutating func line(_ after: Int, _ call: Int, _ rest: String) {
    raw("\(clock + after)|1700000000.\(call)|\(rest)")
  }

  /// The number of a call, different for each.
  private static func number(_ call: Int) -> String { "+7916" + String(10_000_000 + call).suffix(7) }

  mutating func call() {
    serial += 1
    let (call, number) = (serial, Self.number(serial))
    line(0, call, "sales|NONE|ENTERQUEUE||\(number)|1")
    entries += 1
    switch call % 5 {
    case 0:
      line(4, call, "sales|PJSIP/101|CONNECT|4|170.1|3")
      line(60, call, "sales|PJSIP/101|COMPLETECALLER|4|56|1")
      calls.append("\(number)|t|sales|")
    case 1:
      line(9, call, "sales|PJSIP/101|RINGNOANSWER|8000")
      line(20, call, "sales|NONE|ABANDON|1|1|20")
      calls.append("\(number)|f|sales|caller_hung_up")
    case 2:
      line(30, call, "sales|NONE|EXITWITHTIMEOUT|1|1|30")
      calls.append("\(number)|f|sales|timeout")
    case 3:
      line(30, call, "sales|NONE|EXITWITHTIMEOUT|1|1|30")
      line(30, call, "support|NONE|ENTERQUEUE||\(number)|1")
      line(35, call, "support|PJSIP/102|CONNECT|5|170.2|4")
      line(50, call, "support|PJSIP/102|COMPLETEAGENT|5|15|1")
      entries += 1
      calls.append("\(number)|t|support|")
    default:
      line(2, call, "sales|NONE|EXITWITHKEY|1|1|1|2")
      calls.append("\(number)|f|sales|key")
    }
    clock += 3
  }
}

/// A PostgreSQL, a configuration for it, and the program run on logs.
private struct Desk {
  let lab: DatabaseLab
  let configuration: String

  static func with(_ body: (Desk) async throws -> Void) async throws {
    let lab = try await DatabaseLab.start(LabOptions(fsync: false))
    do {
      try await body(try Desk(lab))
    } catch {
      await lab.stop()
      throw error
    }
    await lab.stop()
  }

  private init(_ lab: DatabaseLab) throws {
    self.lab = lab
    configuration = lab.path + "/perezvon.yaml"
    try """
    database: {url: "\(lab.database.url)", spool: \(lab.path)/spool}
    pbx:
      - name: pbx1
        ami: {username: nobody, secret: none}
        ari: {username: nobody, password: none}
        inbound_contexts: [from-trunk]
        dial: "PJSIP/{number}@trunk"
    numbers: {region: RU, allow: ["+7"]}
    """.write(toFile: configuration, atomically: true, encoding: .utf8)
  }

  func write(_ log: WrittenLog, as name: String) throws -> String {
    let path = "\(lab.path)/\(name)"
    try log.text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  func process(_ program: String, _ arguments: String...) -> (Process, Pipe) {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    return (process, output)
  }

  /// Runs the import to its end; what it printed.
  func bring(_ path: String, _ more: String...) throws -> String {
    let (process, output) = process(
      LabServiceOptions().binary, "import-queue-log", path, "--config", configuration)
    process.arguments? += more
    try process.run()
    let printed = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return String(decoding: printed, as: UTF8.self)
  }

  func summary(_ path: String) throws -> [String: Any] {
    let printed = try bring(path, "--json")
    return try #require(try JSONSerialization.jsonObject(with: Data(printed.utf8)) as? [String: Any])
  }

  func sql(_ query: String) async throws -> String {
    try await lab.database.psql(query, at: lab.database.url)
  }

  func rows() async throws -> [Substring] {
    try await sql("SELECT number, answered, queue, ending FROM report.calls ORDER BY number").split(
      separator: "\n")
  }
}

/// A month ago, so that neither recover_max_age nor retention has a say.
private let monthAgo = Int(Date().timeIntervalSince1970) - 30 * 86_400

@Suite struct `perezvon import-queue-log` {
  @Test func `brings a rotated log, compressed or not, as it was counted by hand, and twice is once`()
    async throws
  {
    try await Desk.with { desk in
      var first = WrittenLog(from: monthAgo, serial: 0)
      first.raw("\(monthAgo)|NONE|NONE|NONE|QUEUESTART|")
      for _ in 0..<600 { first.call() }
      let garbageAt = first.lines + 1
      first.raw("no line of \u{0}\u{7F} Asterisk's || at all")
      for _ in 0..<400 { first.call() }
      var second = WrittenLog(from: monthAgo + 86_400, serial: 1_000)
      for _ in 0..<1_000 { second.call() }
      // As logrotate leaves them: the oldest compressed.
      let oldest = try desk.write(first, as: "queue_log.2")
      let (gzip, _) = desk.process("/usr/bin/env", "gzip", oldest)
      try gzip.run()
      gzip.waitUntilExit()
      let files = [oldest + ".gz", try desk.write(second, as: "queue_log.1")]

      for (file, log) in zip(files, [first, second]) {
        let told = try desk.summary(file)
        #expect(told["lines"] as? Int == log.lines)
        #expect(told["calls"] as? Int == log.calls.count)
        #expect(told["addedCalls"] as? Int == log.calls.count)
        #expect(told["answered"] as? Int == log.calls.count { $0.contains("|t|") })
        #expect(told["addedMissed"] as? Int == log.calls.count { $0.contains("|f|") })
        #expect(told["addedQueueEntries"] as? Int == log.entries)
        #expect(told["withoutEnd"] as? Int == 0)
        #expect(told["malformedLines"] as? [Int] == (file.hasSuffix(".gz") ? [garbageAt] : []))
      }
      let expected = (first.calls + second.calls).sorted()
      #expect(try await desk.rows().map(String.init) == expected)
      #expect(
        try await desk.sql(
          "SELECT count(*), count(job), count(DISTINCT no_job_reason) FROM report.missed_calls")
          == "\(expected.count { $0.contains("|f|") })|0|1")
      #expect(try await desk.sql("SELECT count(*) FROM report.jobs") == "0")

      for file in files {
        let again = try desk.summary(file)
        #expect(again["addedCalls"] as? Int == 0)
        #expect(again["addedMissed"] as? Int == 0)
        #expect(again["addedQueueEntries"] as? Int == 0)
      }
      #expect(try await desk.rows().map(String.init) == expected)
      #expect(
        try desk.bring(files[0]).contains("Malformed: 1 lines, the first in line \(garbageAt)."))
    }
  }

  @Test(arguments: [SIGINT, SIGKILL])
  func `broken off in the middle and begun anew brings the same rows`(_ signal: Int32) async throws {
    try await Desk.with { desk in
      // The reader of the pipe is killed.
      Glibc.signal(SIGPIPE, SIG_IGN)
      // More than the first batch holds.
      var log = WrittenLog(from: monthAgo, serial: 0)
      for _ in 0..<50_500 { log.call() }
      let whole = try desk.write(log, as: "queue_log.1")
      // Through a pipe that stays open, the import comes to no end by itself.
      let pipe = desk.lab.path + "/pipe"
      try #require(mkfifo(pipe, 0o600) == 0)
      let (process, _) = desk.process(
        LabServiceOptions().binary, "import-queue-log", pipe, "--config", desk.configuration)
      try process.run()
      let text = log.text
      let writer = Thread {
        let descriptor = open(pipe, O_WRONLY)
        _ = Array(text.utf8).withUnsafeBytes { bytes in
          var done = 0
          while done < bytes.count {
            let count = write(descriptor, bytes.baseAddress! + done, bytes.count - done)
            guard count > 0 else { break }
            done += count
          }
          return done
        }
        while process.isRunning { usleep(20_000) }
        close(descriptor)
      }
      writer.start()
      let end = ContinuousClock.now + .seconds(60)
      while ContinuousClock.now < end {
        let count = "SELECT count(*) FROM perezvon.calls"
        if let found = try? await desk.sql(count), let calls = Int(found), calls > 0 { break }
        try await Task.sleep(for: .milliseconds(100))
      }
      kill(process.processIdentifier, signal)
      process.waitUntilExit()
      let before = try #require(Int(try await desk.sql("SELECT count(*) FROM report.calls")))
      #expect(before > 0 && before < log.calls.count, "broken off in the middle")

      let told = try desk.summary(whole)
      #expect(told["addedCalls"] as? Int == log.calls.count - before)
      #expect(try await desk.rows().map(String.init) == log.calls.sorted())
      #expect(try await desk.sql("SELECT count(*) FROM perezvon.queue_entries") == "\(log.entries)")
      #expect(try desk.summary(whole)["addedCalls"] as? Int == 0)
    }
  }
}

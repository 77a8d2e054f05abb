import AsteriskLink
import Foundation
import Telephony
import Testing

/// A directory with a log, as Asterisk and logrotate treat it.
private final class LogDirectory {
  let directory: String
  var path: String { directory + "/queue_log" }

  init() throws {
    directory = NSTemporaryDirectory() + "perezvon-queue-log-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  static func line(_ call: Int) -> String { "\(1_795_363_200 + call)|1.\(call)|sales|NONE|ABANDON|1|1|5\n" }

  /// Appends the lines of these calls.
  func write(_ calls: ClosedRange<Int>, to name: String = "queue_log") throws {
    try write(calls.map(Self.line).joined(), to: name)
  }

  func write(_ text: String, to name: String = "queue_log") throws {
    let file = directory + "/" + name
    if !FileManager.default.fileExists(atPath: file) { try Data().write(to: URL(filePath: file)) }
    let handle = try #require(FileHandle(forWritingAtPath: file))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(text.utf8))
    try handle.close()
  }

  func rename(to name: String) throws {
    try FileManager.default.moveItem(atPath: path, toPath: directory + "/" + name)
  }

  func copyAndTruncate(to name: String) throws {
    try FileManager.default.copyItem(atPath: path, toPath: directory + "/" + name)
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.truncate(atOffset: 0)
    try handle.close()
  }
}

extension QueueLogTail {
  /// The numbers of the calls up to the end of the log.
  fileprivate func calls() throws -> [Int] {
    var found: [Int] = []
    for _ in 0..<1_000 {
      let step = try step()
      found += step.lines.compactMap { Int($0.callID.rawValue.dropFirst(2)) }
      if step.atEnd { return found }
    }
    Issue.record("the log does not end")
    return found
  }

  fileprivate func openAnew() { _ = open(at: nil, since: Timestamp(microseconds: 0)) }
}

@Suite struct `The tail of queue_log` {
  @Test func `gives what is added, and half a line only when it is whole`() throws {
    let log = try LogDirectory()
    try log.write(1...3)
    let tail = QueueLogTail(path: log.path)
    tail.openAnew()
    #expect(try tail.calls() == [1, 2, 3])
    #expect(try tail.calls() == [])
    let text = LogDirectory.line(4)
    try log.write(String(text.prefix(20)))
    #expect(try tail.calls() == [])
    try log.write(String(text.dropFirst(20)))
    #expect(try tail.calls() == [4])
    #expect(tail.malformed == 0)
  }

  @Test func `waits for a log that is not there yet`() throws {
    let log = try LogDirectory()
    let tail = QueueLogTail(path: log.path)
    tail.openAnew()
    #expect(try tail.calls() == [])
    try log.write(1...2)
    #expect(try tail.calls() == [1, 2])
  }

  @Test func `reads a renamed file to its end before the next`() throws {
    let log = try LogDirectory()
    try log.write(1...2)
    let tail = QueueLogTail(path: log.path)
    tail.openAnew()
    #expect(try tail.calls() == [1, 2])
    try log.rename(to: "queue_log.1")
    // logrotate made a new file, and Asterisk has not heard of it.
    try log.write("")
    try log.write(3...4, to: "queue_log.1")
    #expect(try tail.calls() == [3, 4])
    try log.write(5...5, to: "queue_log.1")
    try log.write(6...7)
    #expect(try tail.calls() == [5, 6, 7])
    try log.write(8...8)
    #expect(try tail.calls() == [8])
  }

  @Test func `misses nothing of two rotations between two looks`() throws {
    let log = try LogDirectory()
    try log.write(1...2)
    let tail = QueueLogTail(path: log.path)
    tail.openAnew()
    #expect(try tail.calls() == [1, 2])
    try log.write(3...3)
    try log.rename(to: "queue_log.2")
    try log.write(4...5)
    try log.rename(to: "queue_log.1")
    try log.write(6...6)
    #expect(try tail.calls() == [3, 4, 5, 6])
  }

  @Test func `goes on where it stopped, in a file that was renamed meanwhile`() throws {
    let log = try LogDirectory()
    try log.write(1...3)
    let first = QueueLogTail(path: log.path)
    first.openAnew()
    #expect(try first.calls() == [1, 2, 3])
    let position = try #require(first.position(of: nil))
    try log.write(4...5)
    try log.rename(to: "queue_log-20261122")
    try log.write(6...7)
    let second = QueueLogTail(path: log.path)
    #expect(second.open(at: position, since: Timestamp(microseconds: .max)) == .resumed)
    #expect(try second.calls() == [4, 5, 6, 7])
  }

  @Test func `goes back to a mark, over files`() throws {
    let log = try LogDirectory()
    try log.write(1...3)
    let first = QueueLogTail(path: log.path)
    first.openAnew()
    let marks = try first.step().marks
    try #require(marks.count == 3)
    try log.rename(to: "queue_log.1")
    try log.write(4...5)
    #expect(try first.calls() == [4, 5])
    let position = try #require(first.position(of: marks[1]))
    let second = QueueLogTail(path: log.path)
    #expect(second.open(at: position, since: Timestamp(microseconds: .max)) == .resumed)
    #expect(try second.calls() == [2, 3, 4, 5])
    // Everything before is decided: the place in the new file.
    let end = try #require(first.position(of: nil))
    #expect(second.open(at: end, since: Timestamp(microseconds: .max)) == .resumed)
    #expect(try second.calls() == [])
  }

  @Test func `follows a log that is copied away and emptied`() throws {
    let log = try LogDirectory()
    try log.write(1...3)
    let tail = QueueLogTail(path: log.path)
    tail.openAnew()
    #expect(try tail.calls() == [1, 2, 3])
    try log.write(4...4)
    try log.copyAndTruncate(to: "queue_log.1")
    #expect(try tail.calls() == [4])
    try log.write(5...5)
    #expect(try tail.calls() == [5])
    // Longer than before when it is next looked at: only the bytes tell.
    try log.write(6...6)
    try log.copyAndTruncate(to: "queue_log.2")
    try log.write(7...12)
    #expect(try tail.calls() == [6, 7, 8, 9, 10, 11, 12])
  }

  @Test func `goes on in the copy of a log that was emptied while nobody read`() throws {
    let log = try LogDirectory()
    try log.write(1...3)
    let first = QueueLogTail(path: log.path)
    first.openAnew()
    #expect(try first.calls() == [1, 2, 3])
    let position = try #require(first.position(of: nil))
    try log.write(4...5)
    try log.copyAndTruncate(to: "queue_log.1")
    try log.write(6...9)
    let second = QueueLogTail(path: log.path)
    #expect(second.open(at: position, since: Timestamp(microseconds: .max)) == .resumed)
    #expect(try second.calls() == [4, 5, 6, 7, 8, 9])
  }

  @Test func `begins anew where its file is gone, and leaves old and compressed files out`() throws {
    let log = try LogDirectory()
    try log.write(1...3, to: "queue_log.2")
    try log.write("garbage", to: "queue_log.3.gz")
    try log.write("other", to: "queue_log_other")
    let old = Date(timeIntervalSince1970: 1_700_000_000)
    try FileManager.default.setAttributes(
      [.modificationDate: old], ofItemAtPath: log.directory + "/queue_log.2")
    try log.write(4...5, to: "queue_log.1")
    try log.write(6...7)
    let gone = LogPosition(device: 1, inode: 2, offset: 77, checksum: 3)
    let tail = QueueLogTail(path: log.path)
    #expect(tail.open(at: gone, since: Timestamp(seconds: 1_750_000_000)) == .anew(files: 2))
    #expect(try tail.calls() == [4, 5, 6, 7])
    #expect(tail.malformed == 0)
  }

  @Test func `passes over a line without end and goes on behind it`() throws {
    let log = try LogDirectory()
    try log.write(1...1)
    try log.write(String(repeating: "x", count: 3 * QueueLogTail.stepBytes) + "\n")
    try log.write(2...2)
    let tail = QueueLogTail(path: log.path)
    tail.openAnew()
    #expect(try tail.calls() == [1, 2])
    #expect(tail.malformed >= 1)
  }

  @Test func `says what to do where it may not read`() throws {
    let log = try LogDirectory()
    try FileManager.default.createDirectory(atPath: log.path, withIntermediateDirectories: true)
    let tail = QueueLogTail(path: log.path)
    tail.openAnew()
    #expect(throws: LogTailFailure.self) { try tail.step() }
  }
}

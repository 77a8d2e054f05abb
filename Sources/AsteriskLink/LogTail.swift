public import AsteriskProtocol
import Foundation
public import Telephony

/// Asterisk's queue_log.
public typealias QueueLogTail = LogTail<QueueLogReader>
/// Asterisk's channel events, as asterisk-conf/cel_custom.d writes them.
public typealias CELTail = LogTail<CELReader>

/// Why a log cannot be read, as a sentence.
public struct LogTailFailure: Error, Sendable, Hashable, CustomStringConvertible {
  public let description: String
}

/// Follows a log of Asterisk that is being written: what is added, through rotation by renaming and by copying.
///
/// Rotated files are looked for beside the log under names that begin as its own (`queue_log.1`,
/// `queue_log-20261122`), not compressed. A file that was renamed is read to its end before the next is begun;
/// and the next is begun only when something stands in it, for until Asterisk has been told of the rotation it
/// writes into the old one.
///
/// A class, since it owns descriptors; not to be shared between tasks. Each call blocks its thread for at most
/// one read of `stepBytes`.
public final class LogTail<Reader: LogLineReader> {
  /// Bytes read by one step, at most.
  public static var stepBytes: Int { 1 << 20 }
  /// Rotated files looked at, at most: the newest.
  public static var filesMax: Int { 64 }
  /// Files kept open because calls that began in them are not decided, at most.
  public static var keptMax: Int { 4 }

  /// What a step brought.
  public struct Step: Sendable {
    public var lines: [Reader.Line] = []
    /// For each line its place in all that was read since the opening, over all files.
    public var marks: [Int64] = []
    /// Nothing more stands in the log at this moment.
    public var atEnd = false

    public init(lines: [Reader.Line] = [], marks: [Int64] = [], atEnd: Bool = false) {
      self.lines = lines
      self.marks = marks
      self.atEnd = atEnd
    }
  }

  /// How the reading began.
  public enum Opening: Sendable, Hashable {
    /// Where it had stopped.
    case resumed
    /// From the beginning of the oldest file that may matter: there is no place where it had stopped, or the
    /// file is gone.
    case anew(files: Int)
  }

  public let path: String
  /// Lines that are none of Asterisk's, so far.
  public var malformed: Int { reader.malformed + skippedLines }

  private var reader = Reader()
  private var skippedLines = 0
  private var current: OpenLog?
  /// Files to be read after the current one, in their order; the live log is not among them unless it was there
  /// at the planning.
  private var planned: [OpenLog] = []
  /// Read files in which undecided calls begin.
  private var kept: [OpenLog] = []
  private var buffer = [UInt8](repeating: 0, count: LogTail.stepBytes)
  /// In the middle of a line that was longer than a line may be.
  private var skipping = false
  /// The mark after all that was read.
  private var endMark: Int64 = 0

  public init(path: String) { self.path = path }

  /// Finds the place to begin at. Marks begin at 0 again.
  ///
  /// - Parameter since: without a position, files last written before this are left out.
  public func open(at position: LogPosition?, since: Timestamp) -> Opening {
    current = nil
    kept = []
    skipping = false
    endMark = 0
    let files = siblings()
    if let position,
      let index = files.firstIndex(where: { $0.matches(position, byInode: true) })
        ?? (position.offset > 0 ? files.firstIndex { $0.matches(position, byInode: false) } : nil)
    {
      files[index].offset = position.offset
      planned = Array(files[index...])
      return .resumed
    }
    planned = files.filter { $0.path == path || $0.modifiedAt >= since }
    return .anew(files: planned.count)
  }

  /// Reads on. At the end of the log it returns no lines and `atEnd`; ask again later.
  public func step() throws(LogTailFailure) -> Step {
    guard let log = try log() else { return Step(atEnd: true) }
    if log.wasTruncated() { return begin(afterTruncationOf: log) }
    var step = read(log)
    // The end is where nothing more comes, and no other file follows.
    if step.atEnd { step.atEnd = step.lines.isEmpty && !moveOn(from: log) }
    return step
  }

  /// The place from which everything from this mark on is read again; where nothing is pending, the place after
  /// the last line.
  public func position(of mark: Int64?) -> LogPosition? {
    guard let mark else {
      kept = []
      return current?.readPosition
    }
    while let first = kept.first, mark >= first.base + first.offset { kept.removeFirst() }
    guard let log = kept.first ?? current else { return nil }
    return log.position(at: max(0, mark - log.base))
  }

  // MARK: Reading

  private func log() throws(LogTailFailure) -> OpenLog? {
    if let current { return current }
    if planned.isEmpty {
      guard let log = OpenLog(path: path) else {
        if errno == ENOENT { return nil }
        throw LogTailFailure(
          description:
            "\(path) cannot be read: \(String(cString: strerror(errno))). Give the user the service "
            + "runs as the right to read it (usually the group asterisk), or take it out of the configuration."
        )
      }
      planned = [log]
    }
    let next = planned.removeFirst()
    next.base = endMark - next.offset
    current = next
    return next
  }

  private func read(_ log: OpenLog) -> Step {
    let got = buffer.withUnsafeMutableBytes { log.read($0, at: log.offset) }
    guard got > 0 else { return Step(atEnd: true) }
    var step = Step(atEnd: got < buffer.count)
    let start = log.base + log.offset
    let used = buffer.withUnsafeBytes { raw in
      var from = 0
      if skipping {
        guard let end = raw[0..<got].firstIndex(of: UInt8(ascii: "\n")) else { return got }
        from = end + 1
        skipping = false
      }
      let bytes = UnsafeRawBufferPointer(rebasing: raw[from..<got])
      let whole = reader.read(bytes) { line, at in
        step.lines.append(line)
        step.marks.append(start + Int64(from + at))
      }
      guard whole == 0, bytes.count > Reader.lineBytesMax else { return from + whole }
      skipping = true
      skippedLines += 1
      return got
    }
    if used > 0 {
      log.offset += Int64(used)
      endMark += Int64(used)
      buffer.withUnsafeBytes { log.remember($0[0..<used]) }
    }
    return step
  }

  /// True where another file follows this one, which is read to its end.
  private func moveOn(from log: OpenLog) -> Bool {
    if planned.isEmpty {
      guard let live = OpenLog(path: path), live.inode != log.inode || live.device != log.device,
        live.size > 0
      else { return false }
      let files = siblings()
      if let here = files.firstIndex(where: { $0.inode == log.inode && $0.device == log.device }) {
        planned = Array(files[(here + 1)...])
      } else {
        planned = [live]
      }
      // Read once more: something may have been added before the new file was begun.
      return true
    }
    if planned.count == 1, planned[0].path == path, planned[0].isEmpty { return false }
    keep(log)
    current = nil
    skipping = false
    return true
  }

  private func keep(_ log: OpenLog) {
    kept.append(log)
    if kept.count > Self.keptMax { kept.removeFirst() }
  }

  /// The file was copied away and emptied: the rest of it stands in the copy, as far as there is one.
  private func begin(afterTruncationOf log: OpenLog) -> Step {
    let files = siblings()
    current = nil
    skipping = false
    planned = files.filter { $0.inode == log.inode && $0.device == log.device }
    if let copy = files.last(where: { $0.inode != log.inode && $0.matches(log.readPosition, byInode: false) })
    {
      // Marks go on in it as if nothing had happened.
      copy.offset = log.offset
      planned.insert(copy, at: 0)
    } else {
      keep(log)
    }
    return Step()
  }

  /// The log and its rotated files, the oldest first, the live one last.
  private func siblings() -> [OpenLog] {
    let directory = (path as NSString).deletingLastPathComponent
    let name = (path as NSString).lastPathComponent
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    let compressed = [".gz", ".xz", ".bz2", ".zst"]
    let files = names.filter { other in
      guard other != name else { return true }
      guard other.hasPrefix(name), let next = other.dropFirst(name.count).first else { return false }
      return (next == "." || next == "-") && !compressed.contains { other.hasSuffix($0) }
    }
    return files.compactMap { OpenLog(path: directory + "/" + $0) }
      .sorted { ($0.path == path ? 1 : 0, $0.modifiedAt) < ($1.path == path ? 1 : 0, $1.modifiedAt) }
      .suffix(Self.filesMax)
  }
}

/// One file of a log, held open so that it is the same whatever it is renamed to.
private final class OpenLog {
  let path: String
  let device: UInt64
  let inode: UInt64
  let modifiedAt: Timestamp
  /// When it was opened.
  let size: Int64
  /// Mark of its first byte.
  var base: Int64 = 0
  /// How far it is read.
  var offset: Int64 = 0
  /// The last bytes before `offset`, once something was read.
  private var tail: [UInt8]?
  private var descriptor: Int32

  init?(path: String) {
    self.path = path
    descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      errno = EINVAL
      return nil
    }
    device = UInt64(truncatingIfNeeded: status.st_dev)
    inode = UInt64(truncatingIfNeeded: status.st_ino)
    modifiedAt = Timestamp(
      microseconds: Int64(status.st_mtim.tv_sec) * 1_000_000 + Int64(status.st_mtim.tv_nsec) / 1_000)
    size = Int64(status.st_size)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int64) -> Int {
    var got: Int
    repeat {
      got = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
    } while got < 0 && errno == EINTR
    return max(0, got)
  }

  func remember(_ bytes: UnsafeRawBufferPointer.SubSequence) {
    let last = bytes.suffix(LogPosition.checkedBytes)
    tail = Array(((tail ?? before(offset - Int64(bytes.count))) + last).suffix(LogPosition.checkedBytes))
  }

  /// The bytes that a checksum at this offset is made of; fewer where the file is shorter.
  private func before(_ offset: Int64) -> [UInt8] {
    let count = Int(min(offset, Int64(LogPosition.checkedBytes)))
    guard count > 0 else { return [] }
    var bytes = [UInt8](repeating: 0, count: count)
    let got = bytes.withUnsafeMutableBytes { read($0, at: offset - Int64(count)) }
    return Array(bytes.prefix(got))
  }

  /// Shorter than it was, or another text before the place that was reached.
  func wasTruncated() -> Bool {
    guard let tail, offset > 0 else { return false }
    return before(offset) != tail
  }

  var isEmpty: Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_size == 0
  }

  /// As it was when it was read, whatever stands in the file now.
  var readPosition: LogPosition { position(at: offset) }

  func position(at offset: Int64) -> LogPosition {
    let bytes = offset == self.offset ? tail ?? before(offset) : before(offset)
    return LogPosition(
      device: device, inode: inode, offset: offset, checksum: LogPosition.checksum(of: bytes))
  }

  func matches(_ position: LogPosition, byInode: Bool) -> Bool {
    if byInode, position.inode != inode || position.device != device { return false }
    guard position.offset <= size else { return false }
    return LogPosition.checksum(of: before(position.offset)) == position.checksum
  }
}

import AsteriskProtocol
import Foundation
public import Telephony

/// A whole queue_log read from its beginning to its end, for the import of years: a file, or a `.gz` of one
/// (through `zcat`). Blocks its thread while it reads.
///
/// A class, since it owns a descriptor and a child; not to be shared between tasks.
public final class QueueLogFile {
  /// Bytes asked for at once.
  public static let blockBytes = 1 << 20
  /// Malformed lines whose number is kept.
  public static let malformedLinesMax = 5

  /// Why the file could not be read, as a sentence.
  public struct Failure: Error, Sendable, CustomStringConvertible {
    public let description: String
  }

  /// Bytes of the file as it lies there; 0 where it cannot be told (a pipe).
  public let size: Int
  /// Lines read so far, of every kind.
  public private(set) var lines = 0
  /// Lines that are none of Asterisk's, so far.
  public private(set) var malformed = 0
  /// The numbers of the first of them, from 1.
  public private(set) var malformedLines: [Int] = []

  private let path: String
  private let file: Int32
  /// What is read from: the file, or the pipe from `zcat`.
  private let source: Int32
  private var child: pid_t = 0
  private var reader = QueueLogReader()
  private var buffer: [UInt8]
  private var held = 0
  private var skipping = false

  public init(path: String) throws(Failure) {
    self.path = path
    file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw Self.failure(path, "cannot be opened") }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
      close(file)
      throw Failure(description: "\(path) is not a file.")
    }
    size = Int(status.st_size)
    buffer = [UInt8](repeating: 0, count: Self.blockBytes + QueueLogReader.lineBytesMax + 1)
    if path.hasSuffix(".gz") {
      (child, source) = try Self.zcat(path, file)
    } else {
      source = file
    }
  }

  deinit {
    if source != file { close(source) }
    close(file)
    guard child > 0 else { return }
    kill(child, SIGTERM)
    Self.reap(child)
  }

  /// Bytes of the file used up so far; of a `.gz` the compressed ones.
  public var position: Int { max(0, Int(lseek(file, 0, SEEK_CUR))) }

  /// Reads the next block and hands out its lines; false at the end of the file. A last line without its end is
  /// read too: a log that is not written any more may lack it.
  public func readBlock(_ body: (QueueLogLine) -> Void) throws(Failure) -> Bool {
    let asked = buffer.count - held - 1
    let got = buffer.withUnsafeMutableBytes { raw in
      var count: Int
      repeat { count = read(source, raw.baseAddress! + held, asked) } while count < 0 && errno == EINTR
      return count
    }
    guard got >= 0 else { throw Self.failure(path, "cannot be read") }
    if got == 0 {
      try finishChild()
      guard held > 0 else { return false }
      buffer[held] = UInt8(ascii: "\n")
      held += 1
      take(body)
      held = 0
      return true
    }
    held += got
    take(body)
    return true
  }

  private func take(_ body: (QueueLogLine) -> Void) {
    buffer.withUnsafeMutableBytes { raw in
      var from = 0
      if skipping {
        // The rest of a line that did not fit.
        guard let end = raw[0..<held].firstIndex(of: UInt8(ascii: "\n")) else {
          held = 0
          return
        }
        from = end + 1
        skipping = false
      }
      let whole = UnsafeRawBufferPointer(rebasing: raw[from..<held])
      let before = reader.malformed
      let used = reader.read(whole) { line, _ in body(line) }
      let read = UnsafeRawBufferPointer(rebasing: whole[0..<used])
      if reader.malformed > before { note(reader.malformed - before, in: read) }
      lines += Self.count(UInt8(ascii: "\n"), in: read)
      held -= from + used
      if held > QueueLogReader.lineBytesMax {
        lines += 1
        note(line: lines)
        held = 0
        skipping = true
      } else if held > 0 {
        raw.baseAddress!.copyMemory(from: raw.baseAddress! + from + used, byteCount: held)
      }
    }
  }

  /// Finds which lines of a block were malformed; read again, since this is rare.
  private func note(_ found: Int, in block: UnsafeRawBufferPointer) {
    guard malformedLines.count < Self.malformedLinesMax else {
      malformed += found
      return
    }
    var again = QueueLogReader()
    var number = lines
    var start = 0
    while start < block.count, let end = block[start...].firstIndex(of: UInt8(ascii: "\n")) {
      number += 1
      if again.line(UnsafeRawBufferPointer(rebasing: block[start..<end])) == nil { note(line: number) }
      start = end + 1
    }
  }

  private func note(line: Int) {
    malformed += 1
    if malformedLines.count < Self.malformedLinesMax { malformedLines.append(line) }
  }

  private static func count(_ byte: UInt8, in bytes: UnsafeRawBufferPointer) -> Int {
    var count = 0
    for value in bytes where value == byte { count &+= 1 }
    return count
  }

  // MARK: Compressed

  private static func zcat(_ path: String, _ file: Int32) throws(Failure) -> (pid_t, Int32) {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw failure(path, "cannot be read") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, file, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    let words = [strdup("zcat"), nil]
    defer { for word in words { free(word) } }
    var child: pid_t = 0
    let failed = posix_spawnp(&child, "zcat", &actions, nil, words, environ)
    close(ends[1])
    guard failed == 0 else {
      close(ends[0])
      throw Failure(description: "zcat cannot be started (apt-get install gzip), or unpack \(path) first.")
    }
    return (child, ends[0])
  }

  private func finishChild() throws(Failure) {
    guard child > 0 else { return }
    let status = Self.reap(child)
    child = 0
    guard status == 0 else {
      throw Failure(
        description: "\(path) is damaged or cut off: zcat gave up on it. Nothing after that was read.")
    }
  }

  @discardableResult
  private static func reap(_ child: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(child, &status, 0) == -1 && errno == EINTR {}
    return status
  }

  private static func failure(_ path: String, _ what: String) -> Failure {
    Failure(description: "\(path) \(what): \(String(cString: strerror(errno))).")
  }
}

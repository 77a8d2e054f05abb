import CallTracking
import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// A fact on its way to the books.
enum FactForBooks: Sendable, Equatable, Codable {
  case call(CallRecord)
  case queueEntry(QueueEntryRecord)
  case answer(CustomerAnswer)
  case ask(CallbackAsk)
  case wish(CallerWish)
}

/// Where facts wait on disk while the database is away.
///
/// One append-only file, one line a fact: eight hex digits of CRC-32 (IEEE 802.3), a space, JSON. Every append
/// is on disk (fsync) before it returns. A line cut short by a crash ends the reading and is dropped, for its
/// append never returned; a whole line that is damaged goes to `facts.refused` for a person to look at. Facts are
/// idempotent, so a file that was read but not yet removed may be read again.
final class Spool: Sendable {
  /// A full spool refuses facts: better a loud error than a full disk. Default 256 MiB.
  static let bytesMax = 256 * 1_024 * 1_024

  struct Failure: Error, CustomStringConvertible {
    let description: String
    /// Whether `bytesMax` was reached.
    var isFull = false
  }

  private struct State {
    var descriptor: Int32 = -1
    var bytes: Int = 0
    var facts: Int = 0
  }

  let file: String
  private let state = Mutex(State())

  /// Opens or makes `facts.spool` in the directory, and the directory where it is missing.
  init(directory: String) throws(Failure) {
    file = directory + "/facts.spool"
    do {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw Failure(
        description: "The spool directory \(directory) cannot be made: \(error.localizedDescription). "
          + "Create it and give it to the user the service runs as, or change database.spool.")
    }
    let descriptor = open(file, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw Failure(
        description: "The spool \(file) cannot be opened: \(Self.reason()). Check its owner and the disk.")
    }
    let size = Int(lseek(descriptor, 0, SEEK_END))
    let kept = Self.facts(in: file)
    state.withLock {
      $0.descriptor = descriptor
      $0.bytes = size
      $0.facts = kept.facts.count
    }
    // A half line from a crash would swallow the next append.
    if kept.wholeBytes < size {
      ftruncate(descriptor, off_t(kept.wholeBytes))
      state.withLock { $0.bytes = kept.wholeBytes }
    }
    guard !kept.damaged.isEmpty else { return }
    try keepRefused(kept.damaged)
    try removeFirst(0)
  }

  /// What could not be read, or what PostgreSQL refuses: for a person. Nothing reads it again.
  var refusedFile: String { file.replacing("facts.spool", with: "facts.refused") }

  /// Keeps facts that cannot go to the books where a person finds them.
  func setAside(_ facts: [FactForBooks]) throws(Failure) { try keepRefused(facts.map(Self.line)) }

  private func keepRefused(_ lines: [Data]) throws(Failure) {
    let descriptor = open(refusedFile, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw Failure(description: "\(refusedFile) cannot be opened: \(Self.reason()).")
    }
    defer { _ = close(descriptor) }
    let data = lines.reduce(into: Data()) { $0.append($1) }
    guard data.withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) == data.count,
      fsync(descriptor) == 0
    else { throw Failure(description: "\(refusedFile) cannot be written: \(Self.reason()).") }
  }

  deinit { state.withLock { _ = close($0.descriptor) } }

  /// How many facts wait.
  var count: Int { state.withLock { $0.facts } }

  /// Puts facts on disk; returns when they are there.
  func append(_ facts: [FactForBooks]) throws(Failure) {
    var lines = Data()
    for fact in facts { lines.append(Self.line(fact)) }
    let problem: Failure? = state.withLock { state in
      guard state.bytes + lines.count <= Self.bytesMax else {
        return Failure(
          description: "The spool \(file) is full (\(Self.bytesMax) bytes): bring the database back.",
          isFull: true)
      }
      let written = lines.withUnsafeBytes { write(state.descriptor, $0.baseAddress, $0.count) }
      guard written == lines.count, fsync(state.descriptor) == 0 else {
        let reason = Self.reason()
        ftruncate(state.descriptor, off_t(state.bytes))
        return Failure(description: "The spool \(file) cannot be written: \(reason). Check the disk.")
      }
      state.bytes += lines.count
      state.facts += facts.count
      return nil
    }
    if let problem { throw problem }
  }

  /// All facts that wait, oldest first.
  func waiting() -> [FactForBooks] { Self.facts(in: file).facts }

  /// Removes the oldest `count` facts after they went to the database. Keeps what was appended meanwhile.
  func removeFirst(_ count: Int) throws(Failure) {
    let problem: Failure? = state.withLock { state in
      let rest = Self.facts(in: file).facts.dropFirst(count)
      var lines = Data()
      for fact in rest { lines.append(Self.line(fact)) }
      let next = file + ".next"
      let descriptor = open(next, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else {
        return Failure(description: "The spool \(next) cannot be made: \(Self.reason()).")
      }
      let written = lines.withUnsafeBytes { $0.count == 0 ? 0 : write(descriptor, $0.baseAddress, $0.count) }
      guard written == lines.count, fsync(descriptor) == 0, rename(next, file) == 0 else {
        _ = close(descriptor)
        return Failure(description: "The spool \(file) cannot be shortened: \(Self.reason()).")
      }
      _ = close(state.descriptor)
      state.descriptor = descriptor
      state.bytes = lines.count
      state.facts = rest.count
      return nil
    }
    if let problem { throw problem }
  }

  private static func reason() -> String { String(cString: strerror(errno)) }

  private static func line(_ fact: FactForBooks) -> Data {
    // Encoding plain values to JSON fails only for non-finite numbers, and the facts hold none.
    let json = (try? JSONEncoder().encode(fact)) ?? Data()
    var line = Data(hex(CRC32.checksum(json)).utf8)
    line.append(UInt8(ascii: " "))
    line.append(json)
    line.append(UInt8(ascii: "\n"))
    return line
  }

  private struct Contents {
    var facts: [FactForBooks] = []
    /// Whole lines that are not what was written.
    var damaged: [Data] = []
    /// Up to the last line end.
    var wholeBytes = 0
  }

  private static func facts(in file: String) -> Contents {
    guard let data = FileManager.default.contents(atPath: file) else { return Contents() }
    var contents = Contents()
    var start = data.startIndex
    while let end = data[start...].firstIndex(of: UInt8(ascii: "\n")) {
      if let fact = fact(line: data[start..<end]) {
        contents.facts.append(fact)
      } else {
        contents.damaged.append(Data(data[start...end]))
      }
      start = data.index(after: end)
      contents.wholeBytes = start - data.startIndex
    }
    return contents
  }

  private static func fact(line: Data) -> FactForBooks? {
    guard line.count > 9 else { return nil }
    let json = line[(line.startIndex + 9)...]
    guard String(decoding: line.prefix(8), as: UTF8.self) == hex(CRC32.checksum(json)) else { return nil }
    return try? JSONDecoder().decode(FactForBooks.self, from: json)
  }

  private static func hex(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}

/// CRC-32 of IEEE 802.3, reflected, polynomial 0xEDB88320.
enum CRC32 {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
  }

  static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(0xFFFF_FFFF) { value, byte in table[Int((value ^ UInt32(byte)) & 0xFF)] ^ value >> 8 }
  }
}

import Telephony

/// What one AMI session may hold in memory. Over a limit the message is skipped to its blank line and
/// counted.
public struct AMILimits: Sendable, Hashable {
  /// One message, from its first byte to its blank line. Bytes, default 256 KiB.
  public var messageBytesMax: Int
  /// Lines of one message. Default 256.
  public var headersMax: Int
  /// One line without its end. Bytes, default 64 KiB.
  public var lineBytesMax: Int

  public init(messageBytesMax: Int = 262_144, headersMax: Int = 256, lineBytesMax: Int = 65_536) {
    self.messageBytesMax = messageBytesMax
    self.headersMax = headersMax
    self.lineBytesMax = lineBytesMax
  }
}

/// What must stand in the fixed first lines of every event, so that text in a value is never taken for one.
public struct AMITrust: Sendable, Hashable {
  /// manager.conf `timestampevents`.
  public enum Timestamps: Sendable, Hashable {
    /// Whatever the first event with a class line shows holds for the session. The default.
    case learned
    case required
    case notRequired
  }

  public var timestamps: Timestamps
  /// asterisk.conf `systemname`, once known (CoreSettings); nil: not checked.
  public var systemName: String?

  public init(timestamps: Timestamps = .learned, systemName: String? = nil) {
    self.timestamps = timestamps
    self.systemName = systemName
  }
}

/// What passed through an `AMIParser` since it was made. Counts.
public struct AMIStatistics: Sendable, Hashable {
  /// Messages delivered.
  public var delivered = 0
  /// Well-formed messages of kinds nobody here wants, dropped on their first line.
  public var unwanted = 0
  /// Over `messageBytesMax` or `lineBytesMax`.
  public var oversized = 0
  /// Over `headersMax`.
  public var tooManyHeaders = 0
  /// No `name: value` in the first line, or a wanted event without what it needs.
  public var malformed = 0
  /// Events whose fixed first lines are not as expected (`AMITrust`).
  public var distrusted = 0
  /// Texts with bytes that are not UTF-8, each repaired to U+FFFD.
  public var repairedTexts = 0
  /// Messages cut off by the end of the connection.
  public var cutOff = 0

  public init() {}
}

/// Turns the bytes of one AMI session into messages, whatever pieces they come in.
///
/// Hand every read to `consume`; whole messages are parsed where they lie, and only the last, unfinished one
/// is copied. Holds at most `AMILimits.messageBytesMax` and about 1 MB of remembered texts. Never traps on
/// input. One per session: it remembers how the session's events begin.
public struct AMIParser: Sendable {
  public let limits: AMILimits
  /// Set `systemName` here once CoreSettings has told it.
  public var trust: AMITrust {
    get { decoder.trust }
    set { decoder.trust = newValue }
  }
  /// Counts since it was made.
  public var statistics: AMIStatistics {
    var all = counted
    all.repairedTexts = decoder.texts.repaired
    return all
  }

  private var counted = AMIStatistics()
  private var decoder: AMIDecoder
  /// Lines of the message being read; room for `headersMax`, made once.
  private var table: [AMILine]
  /// The beginning of the message whose end has not come.
  private var held: [UInt8] = []
  private var progress = Progress()
  /// Not nil while a message is being skipped.
  private var skipping: Skip?
  private var bannerSeen = false

  /// How far into the current message the reading has come. Places count from its first byte.
  private struct Progress {
    var lines = 0
    var lineStart = 0
    /// Where to look on for the end of the line.
    var scanned = 0
    var kind = AMIKind.unwanted
  }

  /// What the last bytes were while skipping to a blank line.
  private enum Skip { case insideLine, lineStart, lineStartAndReturn }

  public init(limits: AMILimits = AMILimits(), trust: AMITrust = AMITrust()) {
    self.limits = limits
    decoder = AMIDecoder(trust: trust)
    table = [AMILine](repeating: AMILine(start: 0, end: 0), count: limits.headersMax)
  }

  /// Takes the next bytes of the session and hands over every message they complete, in order.
  public mutating func consume(_ bytes: UnsafeRawBufferPointer, deliver: (consuming AMIMessage) -> Void) {
    guard let base = bytes.baseAddress else { return }
    // The table leaves the struct while it is written through a pointer.
    var lines: [AMILine] = []
    swap(&lines, &table)
    lines.withUnsafeMutableBufferPointer { room in
      guard let room = room.baseAddress else { return }
      var at = 0
      while at < bytes.count {
        if skipping != nil {
          at = skip(base, at, bytes.count)
        } else if held.isEmpty {
          at = readInPlace(base, at, bytes.count, room, deliver)
        } else {
          at = readHeld(base, at, bytes.count, room, deliver)
        }
      }
    }
    swap(&lines, &table)
  }

  /// The messages that these bytes complete. For tests and small sessions: allocates an array.
  public mutating func consume(_ bytes: some Collection<UInt8>) -> [AMIMessage] {
    var messages: [AMIMessage] = []
    let copy = Array(bytes)
    copy.withUnsafeBytes { raw in consume(raw) { messages.append($0) } }
    return messages
  }

  /// The connection is gone: what was begun and not finished is dropped and counted, and the next byte is
  /// the first of a new session.
  public mutating func connectionEnded() {
    if !held.isEmpty { counted.cutOff += 1 }
    held.removeAll(keepingCapacity: true)
    progress = Progress()
    skipping = nil
    bannerSeen = false
    decoder.newSession()
  }

  /// Reads one message that begins at `from`, without copying it. Returns where to go on.
  private mutating func readInPlace(
    _ base: Bytes, _ from: Int, _ end: Int, _ room: UnsafeMutablePointer<AMILine>,
    _ deliver: (consuming AMIMessage) -> Void
  ) -> Int {
    progress = Progress()
    let start = from
    let message = base + start
    let length = end &- start
    while let feed = ByteScan.lineFeed(message, from: progress.scanned, end: length) {
      switch takeLine(message, feed, room, deliver) {
      case .more: continue
      case .finished: return start &+ feed &+ 1
      case .skipRest:
        // The rest of this message may lie here: then no state is needed.
        if let after = ByteScan.afterBlankLine(message, from: feed, end: length) {
          skipping = nil
          return start &+ after
        }
        skipping = Self.state(message, from: feed, end: length)
        return end
      }
    }
    progress.scanned = length
    guard isWithinLimits(length) else { return end }
    held.append(contentsOf: UnsafeRawBufferPointer(start: message, count: length))
    return end
  }

  /// Goes on with the message in `held`, line by line. Returns where to go on.
  private mutating func readHeld(
    _ base: Bytes, _ from: Int, _ end: Int, _ room: UnsafeMutablePointer<AMILine>,
    _ deliver: (consuming AMIMessage) -> Void
  ) -> Int {
    let feedPlace = ByteScan.lineFeed(base, from: from, end: end)
    let stop = feedPlace.map { $0 &+ 1 } ?? end
    guard isWithinLimits(held.count &+ stop &- from) else {
      // Only whole pieces are left out, so the line feed at the end of this one counts as a line's end.
      skipping = feedPlace == nil ? .insideLine : .lineStart
      return stop
    }
    held.append(contentsOf: UnsafeRawBufferPointer(start: base + from, count: stop &- from))
    guard feedPlace != nil else {
      progress.scanned = held.count
      return stop
    }
    var bytes: [UInt8] = []
    swap(&bytes, &held)
    let step = bytes.withUnsafeBytes { raw in
      takeLine(raw.baseAddress.unsafelyUnwrapped, raw.count &- 1, room, deliver)
    }
    switch step {
    case .more: swap(&bytes, &held)
    case .finished:
      bytes.removeAll(keepingCapacity: true)
      swap(&bytes, &held)
    case .skipRest:
      bytes.removeAll(keepingCapacity: true)
      swap(&bytes, &held)
      skipping = .lineStart
    }
    return stop
  }

  private enum Step { case more, finished, skipRest }

  /// Takes the line that ends with the line feed at `feed`. Places count from the message's first byte.
  @inline(__always)
  private mutating func takeLine(
    _ message: Bytes, _ feed: Int, _ room: UnsafeMutablePointer<AMILine>,
    _ deliver: (consuming AMIMessage) -> Void
  ) -> Step {
    let start = progress.lineStart
    var end = feed
    if end > start, message.load(fromByteOffset: end &- 1, as: UInt8.self) == ByteScan.carriageReturn {
      end &-= 1
    }
    if end == start {
      // A blank line before any other belongs to nobody.
      if progress.lines > 0 {
        finish(AMIFrame(base: message, lines: UnsafePointer(room), count: progress.lines), deliver)
      }
      return .finished
    }
    guard end &- start <= limits.lineBytesMax, feed < limits.messageBytesMax else {
      counted.oversized += 1
      return .skipRest
    }
    if progress.lines == 0 {
      switch firstLine(message, start, end, deliver) {
      case .more: break
      case .finished: return .finished
      case .skipRest: return .skipRest
      }
    }
    guard progress.lines < limits.headersMax else {
      counted.tooManyHeaders += 1
      return .skipRest
    }
    room[progress.lines] = AMILine(
      start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: end))
    progress.lines &+= 1
    progress.lineStart = feed &+ 1
    progress.scanned = feed &+ 1
    return .more
  }

  /// Decides on the first line alone whether the rest of the message is worth reading.
  @inline(__always)
  private mutating func firstLine(
    _ message: Bytes, _ start: Int, _ end: Int, _ deliver: (consuming AMIMessage) -> Void
  ) -> Step {
    if let kind = AMIKind(firstLine: message + start, end &- start) {
      bannerSeen = true
      progress.kind = kind
      if kind == .unwanted {
        counted.unwanted += 1
        return .skipRest
      }
      return .more
    }
    if !bannerSeen, let version = AMIKind.bannerVersion(message + start, end &- start) {
      bannerSeen = true
      counted.delivered += 1
      deliver(.banner(version: version))
      return .finished
    }
    counted.malformed += 1
    return .skipRest
  }

  private mutating func finish(_ frame: AMIFrame, _ deliver: (consuming AMIMessage) -> Void) {
    switch decoder.decode(frame, progress.kind, deliver) {
    case .delivered: counted.delivered &+= 1
    case .malformed: counted.malformed += 1
    case .distrusted: counted.distrusted += 1
    case .unwanted: counted.unwanted += 1
    }
    progress = Progress()
  }

  /// Whether an unfinished message of this length may be kept; if not, it is counted and skipped.
  private mutating func isWithinLimits(_ length: Int) -> Bool {
    // Two bytes more for a blank line or a line's end, so that a message that just fits is not cut.
    if length <= limits.messageBytesMax &+ 2, length &- progress.lineStart <= limits.lineBytesMax &+ 2 {
      return true
    }
    counted.oversized += 1
    held.removeAll(keepingCapacity: true)
    progress = Progress()
    skipping = .insideLine
    return false
  }

  /// Passes over bytes up to and with the next blank line. Returns where to go on.
  private mutating func skip(_ base: Bytes, _ from: Int, _ end: Int) -> Int {
    var at = from
    // Two bytes at most decide what the state before this piece leaves open.
    while at < end, let state = skipping {
      let byte = base.load(fromByteOffset: at, as: UInt8.self)
      switch (state, byte) {
      case (.lineStart, ByteScan.newline), (.lineStartAndReturn, ByteScan.newline):
        skipping = nil
        return at &+ 1
      case (.lineStart, ByteScan.carriageReturn):
        skipping = .lineStartAndReturn
        at &+= 1
      case (.insideLine, _), (.lineStart, _), (.lineStartAndReturn, _):
        if let after = ByteScan.afterBlankLine(base, from: at, end: end) {
          skipping = nil
          return after
        }
        skipping = Self.state(base, from: at, end: end)
        return end
      }
    }
    return at
  }

  /// What the last bytes of a skipped piece leave open.
  private static func state(_ base: Bytes, from: Int, end: Int) -> Skip {
    let last = base.load(fromByteOffset: end &- 1, as: UInt8.self)
    if last == ByteScan.newline { return .lineStart }
    if last == ByteScan.carriageReturn, end &- from >= 2,
      base.load(fromByteOffset: end &- 2, as: UInt8.self) == ByteScan.newline
    {
      return .lineStartAndReturn
    }
    return .insideLine
  }
}

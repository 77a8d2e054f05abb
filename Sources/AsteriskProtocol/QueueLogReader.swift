public import Telephony

/// Reads the lines of queue_log. Keeps the texts it has seen (`TextCache`), so that the lines of one call cost no
/// allocation but the first.
///
/// Asterisk writes a line from a buffer of 8,192 bytes and escapes nothing (`main/logger.c`): a caller's number
/// stands there as it came. So numbers are looked for from both ends of the data, and a line that is no line is
/// counted and passed over.
public struct QueueLogReader: LogLineReader, Sendable {
  /// Bytes of one line without its end, at most. What is longer is no line of Asterisk's.
  public static let lineBytesMax = 8_192
  /// Bytes of a number kept of one line.
  public static let numberBytesMax = 80

  /// Lines that had no time, call, queue, agent and event, or were too long.
  public private(set) var malformed = 0
  /// Lines whose event is no business of ours.
  public private(set) var passedOver = 0
  private var texts = TextCache()

  public init() {}

  /// Reads all whole lines at the start of the bytes, and returns how many bytes they are. What is left is an
  /// unfinished line: hand it in again with what follows, unless it is longer than `lineBytesMax`.
  ///
  /// - Parameter body: takes a line, and the offset in `bytes` at which it begins.
  public mutating func read(
    _ bytes: UnsafeRawBufferPointer, _ body: (QueueLogLine, _ offset: Int) -> Void
  ) -> Int {
    guard let base = bytes.baseAddress else { return 0 }
    var at = 0
    while let end = ByteScan.lineFeed(base, from: at, end: bytes.count) {
      if let line = line(base + at, end - at) { body(line, at) }
      at = end + 1
    }
    return at
  }

  /// Reads one line given without its end; nil where it is none.
  public mutating func line(_ bytes: UnsafeRawBufferPointer) -> QueueLogLine? {
    guard let base = bytes.baseAddress else {
      malformed += 1
      return nil
    }
    return line(base, bytes.count)
  }

  private mutating func line(_ base: Bytes, _ count: Int) -> QueueLogLine? {
    var count = count
    if count > 0, base.load(fromByteOffset: count - 1, as: UInt8.self) == ByteScan.carriageReturn {
      count -= 1
    }
    guard count <= Self.lineBytesMax else {
      malformed += 1
      return nil
    }
    var fields = Fields(base: base, at: 0, end: count)
    guard let time = fields.next(), let call = fields.next(), let queue = fields.next(),
      let agent = fields.next(), let word = fields.next(), word.count > 0,
      let seconds = Self.number(base, time),
      seconds >= Self.earliest, seconds <= Self.latest
    else {
      malformed += 1
      return nil
    }
    let event = event(base, word, fields)
    if event == .other { passedOver += 1 }
    var told = QueueLogLine(
      at: Timestamp(microseconds: Int64(seconds) * 1_000_000), callID: ChannelID(text(base, call)),
      queue: QueueName(text(base, queue)), agent: text(base, agent), event: event)
    if case .keyed(var word) = event {
      // These two have columns of their own.
      word.fields["Queue"] = told.queue.rawValue.isEmpty ? nil : told.queue.rawValue
      word.fields["Agent"] = told.agent.isEmpty ? nil : told.agent
      told.event = .keyed(word)
    }
    return told
  }

  /// 1999, the year of the first Asterisk, and the year 9999.
  private static let earliest = 915_148_800
  private static let latest = 253_402_300_799

  private mutating func event(_ base: Bytes, _ word: Range<Int>, _ data: Fields) -> QueueLogLine.Event {
    let at = base + word.lowerBound
    var data = data
    func isWord(_ literal: StaticString) -> Bool { ByteScan.equal(at, word.count, literal) }
    switch word.count {
    case 10 where isWord("ENTERQUEUE"): return entered(base, data)
    case 7 where isWord("CONNECT"): return .connected(hold: Self.seconds(base, data.next()))
    case 13 where isWord("COMPLETEAGENT"): return completed(base, data, byCaller: false)
    case 14 where isWord("COMPLETECALLER"): return completed(base, data, byCaller: true)
    case 7 where isWord("ABANDON"): return .abandoned
    case 15 where isWord("EXITWITHTIMEOUT"): return .timedOut
    case 9 where isWord("EXITEMPTY"): return .foundEmpty
    case 11 where isWord("EXITWITHKEY"): return .leftByKey
    case 8 where isWord("WITHDRAW"): return .withdrawn
    case 12 where isWord("RINGNOANSWER"): return .rangOut
    case 12 where isWord("RINGCANCELED"): return .ringCanceled
    case 8 where isWord("TRANSFER"), 13 where isWord("BLINDTRANSFER"), 16 where isWord("ATTENDEDTRANSFER"):
      return transferred(base, data)
    case 10 where isWord("QUEUESTART"): return .started
    case 3:
      let letters = (0..<3).map { at.load(fromByteOffset: $0, as: UInt8.self) }
      guard letters == Array("DID".utf8), let number = data.next() else { return .other }
      return .calledNumber(text(base, number.prefix(Self.numberBytesMax)))
    case 12 where isWord("PEREZVONWISH"): return keyed(.wish, base, data)
    case 14 where isWord("PEREZVONANSWER"): return keyed(.answer, base, data)
    case 15 where isWord("PEREZVONREQUEST"): return keyed(.request, base, data)
    case 15 where isWord("PEREZVONPROMISE"): return keyed(.promise, base, data)
    default: return .other
    }
  }

  /// Our dialplan lets no `|` into a value: a line with more of them than values is not its line, nor one with bytes
  /// that no key and no name of a campaign makes.
  private mutating func keyed(_ kind: KeyedWord.Kind, _ base: Bytes, _ data: Fields) -> QueueLogLine.Event {
    var data = data
    var word = KeyedWord(kind: kind, fields: [:])
    for name in kind.fieldNames {
      guard let field = data.next(), field.count > 0 else { continue }
      guard field.count <= KeyedWord.valueBytesMax,
        field.allSatisfy({ base.load(fromByteOffset: $0, as: UInt8.self) >= UInt8(ascii: " ") })
      else { return .other }
      word.fields[name] = text(base, field)
    }
    // The table has five columns of values and none at all where they are empty; what is left over is not ours.
    while let rest = data.next() { if rest.count > 0 { return .other } }
    return .keyed(word)
  }

  /// `url|number|position`; a number with `|` in it stays together, for the position is the last field.
  private mutating func entered(_ base: Bytes, _ data: Fields) -> QueueLogLine.Event {
    var data = data
    guard data.next() != nil, let first = data.next() else { return .entered(rawNumber: "", position: 0) }
    guard let last = data.last() else {
      return .entered(rawNumber: text(base, first.prefix(Self.numberBytesMax)), position: 0)
    }
    let number = (first.lowerBound..<last.lowerBound - 1).prefix(Self.numberBytesMax)
    return .entered(rawNumber: text(base, number), position: Self.number(base, last) ?? 0)
  }

  /// `hold|talk|position`
  private func completed(_ base: Bytes, _ data: Fields, byCaller: Bool) -> QueueLogLine.Event {
    var data = data
    _ = data.next()
    return .completed(talk: Self.seconds(base, data.next()), byCaller: byCaller)
  }

  /// `…|hold|talk|position`, with one to three fields before that say where to.
  private func transferred(_ base: Bytes, _ data: Fields) -> QueueLogLine.Event {
    var data = data
    _ = data.last()
    return .transferred(talk: Self.seconds(base, data.last()))
  }

  /// `NONE` is what Asterisk writes for no value.
  private mutating func text(_ base: Bytes, _ field: Range<Int>) -> String {
    let at = base + field.lowerBound
    if field.count == 4, ByteScan.begins(at, "NONE") { return "" }
    return texts.text(at, field.count)
  }

  /// Digits only, at most twelve.
  private static func number(_ base: Bytes, _ field: Range<Int>) -> Int? {
    guard (1...12).contains(field.count) else { return nil }
    var value = 0
    for offset in field {
      let digit = base.load(fromByteOffset: offset, as: UInt8.self) &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      value = value * 10 + Int(digit)
    }
    return value
  }

  private static func seconds(_ base: Bytes, _ field: Range<Int>?) -> Duration {
    .seconds(field.flatMap { number(base, $0) } ?? 0)
  }
}

/// The fields of a line, from either end.
private struct Fields {
  static let bar = UInt8(ascii: "|")
  let base: Bytes
  /// Where the next field begins; beyond `end` where there is none.
  var at: Int
  var end: Int

  /// Nil where there is no further field.
  mutating func next() -> Range<Int>? {
    guard at <= end else { return nil }
    let start = at
    var here = at
    while here < end, base.load(fromByteOffset: here, as: UInt8.self) != Self.bar { here &+= 1 }
    at = here &+ 1
    return start..<here
  }

  /// Nil where there is no further field.
  mutating func last() -> Range<Int>? {
    guard at <= end else { return nil }
    var here = end
    while here > at, base.load(fromByteOffset: here &- 1, as: UInt8.self) != Self.bar { here &-= 1 }
    let field = here..<end
    end = here &- 1
    return field
  }
}

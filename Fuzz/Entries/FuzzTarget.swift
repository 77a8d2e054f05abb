import AsteriskProtocol
import Service
import Telephony

/// One reader of foreign bytes, with what must hold of it whatever they are. A broken promise traps, so that
/// libFuzzer and the seeded run of the tests both see it.
public enum FuzzTarget: String, Sendable, CaseIterable {
  /// `AMIParser`: in one piece and in small ones the same messages, within its limits.
  case ami
  /// `ARIDecoder`: websocket frames and answers to requests.
  case ari
  /// `QueueLogReader`: a block of the file, and the same cut in two.
  case queueLog = "queue-log"
  /// The configuration: settings, or mistakes that are one printable line each.
  case yaml
  /// Caller ids through libphonenumber.
  case number

  /// Bytes of one input that are looked at. More would only make the run slower.
  public static let bytesMax = 65_536

  /// Hands the bytes to the reader.
  public func run(_ bytes: [UInt8]) {
    let bytes = Array(bytes.prefix(Self.bytesMax))
    switch self {
    case .ami: Self.ami(bytes)
    case .ari: Self.ari(bytes)
    case .queueLog: Self.queueLog(bytes)
    case .yaml: Self.yaml(bytes)
    case .number: Self.number(bytes)
    }
  }

  private static func promise(_ holds: Bool, _ what: StaticString) {
    guard holds else { fatalError("\(what)") }
  }

  // MARK: Readers

  private static let limits = AMILimits(messageBytesMax: 4_096, headersMax: 64, lineBytesMax: 1_024)

  private static func ami(_ bytes: [UInt8]) {
    var whole = AMIParser(limits: limits)
    let messages = whole.consume(bytes)
    // The first byte says how small the pieces are.
    let piece = 1 + Int(bytes.first ?? 0) % 61
    var pieces = AMIParser(limits: limits)
    var joined: [AMIMessage] = []
    for start in stride(from: 0, to: bytes.count, by: piece) {
      joined += pieces.consume(bytes[start..<min(start + piece, bytes.count)])
    }
    promise(messages == joined, "pieces change what is read")
    promise(whole.statistics == pieces.statistics, "pieces change what is counted")
    promise(messages.count == whole.statistics.delivered, "a message is not counted")
    whole.connectionEnded()
  }

  private static func ari(_ bytes: [UInt8]) {
    var decoder = ARIDecoder()
    let first = decoder.decode(bytes)
    promise(decoder.decode(bytes) == first, "the same frame is read differently")
    if case .event(.channelCreated(let channel), _) = first {
      promise(!channel.id.rawValue.isEmpty, "a channel without an id")
    }
    _ = ARIDecoder.channels(bytes)
    _ = ARIDecoder.channel(bytes)
    _ = ARIDecoder.application(bytes)
    _ = ARIDecoder.info(bytes)
    let hangUp = PBXCommand.hangUp("1.1", .normalClearing)
    for status in [200, 404, 500] { _ = ARIRequest.outcome(of: hangUp, status: status, body: bytes) }
  }

  private static func queueLog(_ bytes: [UInt8]) {
    func lines(_ text: [UInt8]) -> [QueueLogLine] {
      var reader = QueueLogReader()
      return text.split(separator: 0x0A).compactMap { line in
        Array(line).withUnsafeBytes { reader.line($0) }
      }
    }
    let all = lines(bytes)
    if let end = bytes.firstIndex(of: 0x0A) {
      let parts = lines(Array(bytes[..<end])) + lines(Array(bytes[end...]))
      promise(parts == all, "a line depends on the one before")
    }
    for line in all {
      if case .entered(let number, _) = line.event {
        // A byte that is no UTF-8 becomes the three of U+FFFD.
        promise(number.utf8.count <= 3 * QueueLogReader.numberBytesMax, "a number over its limit")
      }
    }
  }

  private static func yaml(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    do throws(SettingsErrors) {
      _ = try Settings.read(
        yaml: text, fileName: "/etc/perezvon/perezvon.yaml", environment: ["SMS_KEY": "k"]
      ) { _ in .failure(SettingsFiles.Problem(sentence: "does not exist")) }
    } catch {
      promise(!error.mistakes.isEmpty, "refused without a sentence")
      for mistake in error.mistakes {
        promise(mistake.message.utf8.count < 4_096, "a sentence without end")
        promise(
          !mistake.message.unicodeScalars.contains { $0.properties.generalCategory == .control },
          "a control character in a sentence")
      }
    }
  }

  private static let plans = ["RU", "US", "DE"].map { PhoneNumberPlan(region: $0)! }

  private static func number(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    for plan in plans {
      let read = plan.read(text)
      promise(plan.read(text) == read, "the cache changes what is read")
      promise((read.shown?.utf8.count ?? 0) <= PhoneNumberPlan.rawDigitsMax, "more digits than the limit")
      let allowed = Set("+0123456789*#".utf8)
      promise((read.shown ?? "").utf8.allSatisfy(allowed.contains), "more than digits")
      guard let number = read.e164 else { continue }
      if let national = plan.national(number) {
        promise(national.utf8.allSatisfy { (48...57).contains($0) }, "a national number that is no digits")
      }
    }
  }
}

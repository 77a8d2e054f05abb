/// A piece of what a client says: a message where the dialect knows messages.
struct FaultPiece: Sendable, Equatable {
  var bytes: [UInt8]
  /// Names a request; nil for what is none.
  var label: String?
  /// After it the client waits for an answer.
  var awaitsAnswer = false
  /// By which the answer is known, where the dialect has such.
  var token: String?
  /// PostgreSQL answers with a single byte: whether it would encrypt.
  var asksForEncryption = false
}

/// Cuts what a client says into pieces. What is not whole yet is kept until it is.
struct FaultFraming: Sendable {
  /// AMI actions that change nothing, or that keep a session up.
  static let readingActions: Set<String> = [
    "ping", "login", "challenge", "logoff", "corestatus", "coresettings", "coreshowchannels", "queuestatus",
    "dbget", "status", "getvar",
  ]

  private enum Phase { case startup, messages, raw }

  private let dialect: FaultProxy.Dialect
  private var phase: Phase
  private var buffer: [UInt8] = []
  /// The prepared statement of the last Bind.
  private var bound = ""

  init(_ dialect: FaultProxy.Dialect) {
    self.dialect = dialect
    phase =
      switch dialect {
      case .bytes: .raw
      case .postgres: .startup
      case .ami, .ari: .messages
      }
  }

  mutating func take(_ bytes: some Collection<UInt8>) -> [FaultPiece] {
    guard phase != .raw else { return [FaultPiece(bytes: Array(bytes))] }
    buffer += bytes
    var pieces: [FaultPiece] = []
    while let piece = next() { pieces.append(piece) }
    return pieces
  }

  /// What the client said and did not finish.
  mutating func rest() -> [UInt8] {
    defer { buffer = [] }
    return buffer
  }

  private mutating func next() -> FaultPiece? {
    if phase == .raw {
      return buffer.isEmpty ? nil : FaultPiece(bytes: rest())
    }
    switch dialect {
    case .bytes: return nil
    case .postgres: return phase == .startup ? startup() : message()
    case .ami: return action()
    case .ari: return request()
    }
  }

  private mutating func cut(_ count: Int) -> [UInt8] {
    let head = Array(buffer.prefix(count))
    buffer.removeFirst(count)
    return head
  }

  // MARK: PostgreSQL manual 55.7

  private mutating func startup() -> FaultPiece? {
    guard let length = Self.int32(buffer, at: 0), buffer.count >= length, length >= 8 else { return nil }
    let code = Self.int32(buffer, at: 4)
    // SSLRequest and GSSENCRequest are followed by the real start.
    let asks = code == 80_877_103 || code == 80_877_104
    if !asks { phase = .messages }
    return FaultPiece(bytes: cut(length), asksForEncryption: asks)
  }

  private mutating func message() -> FaultPiece? {
    guard let kind = buffer.first, let length = Self.int32(buffer, at: 1), buffer.count > length else {
      return nil
    }
    var piece = FaultPiece(bytes: cut(length + 1))
    let body = piece.bytes.dropFirst(5)
    switch kind {
    case UInt8(ascii: "B"):
      let fields = body.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
      bound = fields.count > 1 ? String(decoding: fields[1], as: UTF8.self) : ""
    case UInt8(ascii: "E"): piece.label = "SQL \(bound)"
    case UInt8(ascii: "Q"):
      piece.label = "SQL " + String(decoding: body.dropLast().prefix(60), as: UTF8.self)
      piece.awaitsAnswer = true
    case UInt8(ascii: "S"): piece.awaitsAnswer = true
    default: break
    }
    return piece
  }

  static func int32(_ bytes: [UInt8], at start: Int) -> Int? {
    guard bytes.count >= start + 4 else { return nil }
    return bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
  }

  // MARK: AMI and HTTP

  private static let blank: [UInt8] = Array("\r\n\r\n".utf8)

  /// How many bytes the block that ends with the first empty line has.
  private func blockLength() -> Int? {
    guard buffer.count >= 4 else { return nil }
    for start in 0...(buffer.count - 4) where buffer[start..<start + 4].elementsEqual(Self.blank) {
      return start + 4
    }
    return nil
  }

  private static func header(_ name: String, of block: [UInt8]) -> String? {
    for line in String(decoding: block, as: UTF8.self).split(separator: "\r\n") {
      guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name else { continue }
      return String(line[line.index(after: colon)...].drop { $0 == " " })
    }
    return nil
  }

  private mutating func action() -> FaultPiece? {
    guard let length = blockLength() else { return nil }
    let bytes = cut(length)
    let name = Self.header("action", of: bytes) ?? ""
    guard !Self.readingActions.contains(name.lowercased()) else { return FaultPiece(bytes: bytes) }
    return FaultPiece(
      bytes: bytes, label: "AMI \(name)", awaitsAnswer: true, token: Self.header("actionid", of: bytes))
  }

  private mutating func request() -> FaultPiece? {
    guard let length = blockLength() else { return nil }
    let head = Array(buffer.prefix(length))
    let body = Self.header("content-length", of: head).flatMap { Int($0) } ?? 0
    guard buffer.count >= length + body else { return nil }
    let words = String(decoding: head.prefix { $0 != 13 }, as: UTF8.self).split(separator: " ")
    let method = words.first.map(String.init) ?? ""
    if Self.header("upgrade", of: head) != nil { phase = .raw }
    var piece = FaultPiece(bytes: cut(length + body), awaitsAnswer: true)
    if method != "GET" { piece.label = "ARI \(method) \(Self.place(words.count > 1 ? words[1] : ""))" }
    return piece
  }

  /// The path without ids: `/channels/a/continue` for the leg of an agent.
  private static func place(_ target: Substring) -> String {
    target.prefix { $0 != "?" }.split(separator: "/").map { part in
      guard part.hasPrefix("pz-") else { return String(part) }
      return part.split(separator: "-").last.map(String.init) ?? ""
    }.joined(separator: "/")
  }
}

/// Finds the answer to a request in what a server says.
struct FaultAnswers: Sendable {
  private let dialect: FaultProxy.Dialect
  private var buffer: [UInt8] = []
  /// PostgreSQL: answers `ReadyForQuery` so far.
  private(set) var ready = 0
  /// PostgreSQL: the next byte stands alone, as the answer to SSLRequest.
  var awaitsByte = 0

  init(_ dialect: FaultProxy.Dialect) { self.dialect = dialect }

  /// Reads on; PostgreSQL's messages are counted at any time.
  mutating func take(_ bytes: some Collection<UInt8>) {
    guard dialect == .postgres else { return }
    buffer += bytes
    while !buffer.isEmpty {
      if awaitsByte > 0 {
        awaitsByte -= 1
        buffer.removeFirst()
        continue
      }
      guard let length = FaultFraming.int32(buffer, at: 1), buffer.count > length else { return }
      if buffer[0] == UInt8(ascii: "Z") { ready += 1 }
      buffer.removeFirst(length + 1)
    }
  }

  /// Whether an AMI answer with this id is in these bytes.
  static func holds(_ token: String, _ bytes: [UInt8]) -> Bool {
    String(decoding: bytes, as: UTF8.self).contains("ActionID: \(token)\r\n")
  }
}

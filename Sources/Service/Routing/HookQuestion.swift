import Telephony

/// What the dialplan asks with a caller in hand: `Stasis(perezvon,route)` and its like. docs/routing.md has them all.
struct HookQuestion: Sendable, Hashable {
  enum Subject: Sendable, Hashable {
    /// Who is he, and who should take him.
    case route
    /// May he be offered a callback, and what is he told; `asked`: he wants one.
    case offer(asked: Bool)
    /// Can the number he keyed in be called back.
    case check(CallerNumber)
    /// Can he be called when a clock shows these four digits.
    case time(String)
    /// Which place in the queue he had before he left it to ask.
    case place
  }

  var subject: Subject
  var channel: ChannelID
  /// His own.
  var caller: CallerNumber
  /// The queue he waits in, or is about to.
  var queue: QueueName?
  var campaign: CampaignName?
  /// The time limit that the dialplan puts back when he goes on, zero for none; nil where it does not say.
  var limitBefore: Duration?

  /// Whom the books are asked about; nil where they need not be.
  var number: PhoneNumber? {
    switch subject {
    case .route, .offer: caller.e164
    case .check(let keyed): keyed.e164
    case .time, .place: nil
    }
  }

  /// Nil where the arguments are no question of ours.
  init?(_ arguments: [String], of channel: ChannelSnapshot, plan: any NumberPlan) {
    func argument(_ index: Int) -> String? {
      arguments.count > index && !arguments[index].isEmpty ? arguments[index] : nil
    }
    self.channel = channel.id
    caller = plan.read(channel.callerNumber)
    let rest: Int
    switch argument(0) {
    case "route": (subject, rest) = (.route, 1)
    case "offer": (subject, rest) = (.offer(asked: argument(3) == "key"), 1)
    case "check": (subject, rest) = (.check(plan.read(argument(1) ?? "")), 2)
    case "place": (subject, rest) = (.place, 1)
    case "time": (subject, rest) = (.time(argument(1) ?? ""), 2)
    default: return nil
    }
    queue = argument(rest).map { QueueName($0) }
    campaign = argument(rest + 1).map { CampaignName($0) }
    limitBefore = argument(4).flatMap(Self.limit)
  }

  /// `TIMEOUT(absolute)` as it reads: `0`, or what is left of it, `7199.998`. Longer than a week is not believed.
  private static func limit(_ text: String) -> Duration? {
    guard text.utf8.count <= 12, text.utf8.allSatisfy({ 48...57 ~= $0 || $0 == UInt8(ascii: ".") }),
      let seconds = Double(text), seconds <= 604_800
    else { return nil }
    return .milliseconds(Int64(seconds * 1_000))
  }
}

/// A channel variable that is part of an answer.
struct HookVariable: Sendable, Hashable {
  var name: String
  var value: String

  init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }

  init(_ name: String, _ value: Bool) { self.init(name, value ? "1" : "") }
}

/// Text on its way into a dialplan, where commas, brackets and the like would part arguments or be looked up.
enum DialplanText {
  /// Characters of a name, at most; the rest is cut off.
  static let nameMax = 80

  /// A person's name: letters, digits, spaces and `. - '` stay, anything else becomes a space.
  static func name(_ raw: String) -> String {
    let kept = raw.prefix(nameMax).map { character -> Character in
      character.isLetter || character.isNumber || " .-'".contains(character) ? character : " "
    }
    return String(kept).split(separator: " ").joined(separator: " ")
  }

  /// Whether an interface can stand in `Dial()` as it is: a technology, a slash, and a resource of harmless characters.
  static func isDialString(_ interface: MemberInterface) -> Bool {
    let parts = interface.rawValue.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, interface.rawValue.utf8.count <= 80 else {
      return false
    }
    func isPlain(_ character: Character) -> Bool {
      character.isASCII && (character.isLetter || character.isNumber)
    }
    return parts[0].allSatisfy(isPlain) && parts[1].allSatisfy { isPlain($0) || "._-@/+:".contains($0) }
  }
}

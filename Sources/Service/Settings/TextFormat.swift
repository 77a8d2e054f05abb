internal import CallPolicy

/// The form of a text value. Every form refuses control characters and texts over its length.
enum TextFormat: Sendable, Hashable {
  /// One line of anything, not empty.
  case line
  /// Several lines are allowed: a request body.
  case block
  /// A name in Asterisk: letters, digits, `- _ . @ /`, no blanks.
  case name
  case path
  /// A URL with one of these schemes.
  case url([String])
  case hostAndPort
  case host
  case region
  case timeZone
  /// A phone number of `numbers.region` or in E.164.
  case phoneNumber
  /// `+` and the first digits.
  case numberPrefix
  /// `customer` or a phone number.
  case customerOrNumber
  /// Digits with or without `+`, as shown to a customer.
  case callerID
  case dialTemplate
  case dayRange
  case clockRange
  case dateRange
  case currency
  case email
  /// A mail address, `assignee` or `supervisor`.
  case emailOrRole
  /// A time of day: `09:00`.
  case clockTime
  /// The name of a calendar.
  case calendar

  /// Characters, at most.
  var lengthMax: Int {
    switch self {
    case .block: 16_384
    case .line, .url, .path: 1_024
    case .dialTemplate: 256
    default: 128
    }
  }

  /// For "must be …" and the reference page.
  var words: String {
    switch self {
    case .line: "a text of one line"
    case .block: "a text"
    case .name: "a name without blanks"
    case .path: "an absolute path"
    case .url(let schemes): "a URL that begins with " + schemes.map { $0 + "://" }.joined(separator: " or ")
    case .hostAndPort: "an address and port such as 127.0.0.1:8080 or [::1]:8080"
    case .host: "a host name or address"
    case .region: "a country code of two letters such as RU"
    case .timeZone: "a time zone such as Europe/Moscow"
    case .phoneNumber: "a phone number such as +74951112233"
    case .numberPrefix: "the beginning of a number such as +7809"
    case .customerOrNumber: "`customer` or a phone number"
    case .callerID: "digits with or without +"
    case .dialTemplate: "a dial string with {number} such as PJSIP/{number}@trunk"
    case .dayRange: "a weekday or a range of weekdays such as mon-fri"
    case .clockRange: "opening hours such as 09:00-18:00"
    case .dateRange: "a date such as 2027-05-01 or a range of dates such as 2027-01-01/2027-01-08"
    case .currency: "a currency code of three letters such as RUB"
    case .email: "a mail address"
    case .emailOrRole: "a mail address, `assignee` or `supervisor`"
    case .clockTime: "a time of day such as 09:00"
    case .calendar: "the name of a calendar"
    }
  }

  /// Nil where the text is of this form; otherwise what is wrong, for behind the key's name: `must be …`.
  func problem(with text: String) -> String? {
    if text.isEmpty { return "must not be empty; write \(words)" }
    if text.unicodeScalars.count > lengthMax { return "is too long; \(lengthMax) characters are the limit" }
    let allowed: Set<Unicode.Scalar> = self == .block ? ["\n", "\t", "\r"] : []
    if text.unicodeScalars.contains(where: {
      $0.properties.generalCategory == .control && !allowed.contains($0)
    }) {
      return "must not contain line breaks or other control characters"
    }
    return fits(text) ? nil : specific(text) ?? "must be \(words)"
  }

  private func fits(_ text: String) -> Bool {
    switch self {
    case .line, .block, .calendar: true
    case .name: text.unicodeScalars.allSatisfy { Self.isNameScalar($0) }
    case .path: text.hasPrefix("/")
    case .url(let schemes):
      schemes.contains { text.hasPrefix($0 + "://") && text.utf8.count > $0.utf8.count + 3 }
        && !text.contains(" ")
    case .hostAndPort: HostAndPort(text) != nil
    case .host: !text.contains(" ") && !text.contains("/")
    case .region: text.utf8.count == 2 && PhoneNumberPlan(region: text) != nil
    case .timeZone: NamedZone(text) != nil
    case .phoneNumber, .callerID:
      text.utf8.contains { (48...57).contains($0) } && text.utf8.allSatisfy { Self.phoneBytes.contains($0) }
    case .customerOrNumber: text == "customer" || TextFormat.phoneNumber.fits(text)
    case .numberPrefix:
      text.hasPrefix("+") && (2...16).contains(text.utf8.count)
        && text.utf8.dropFirst().allSatisfy { (48...57).contains($0) }
    case .dialTemplate: text.contains("{number}") && DialPlanFormat.unknownPlaceholder(in: text) == nil
    case .dayRange: Weekday.days(text) != nil
    case .clockRange: OpeningInterval(text) != nil
    case .dateRange: CivilDate.range(text) != nil
    case .currency: text.utf8.count == 3 && text.utf8.allSatisfy { (65...90).contains($0) }
    case .emailOrRole: ["assignee", "supervisor"].contains(text) || TextFormat.email.fits(text)
    case .clockTime: !text.contains("-") && OpeningInterval("00:00-\(text)") != nil || text == "00:00"
    case .email:
      text.split(separator: "@", omittingEmptySubsequences: false).count == 2 && !text.contains(" ")
        && !text.hasPrefix("@") && !text.hasSuffix("@")
    }
  }

  /// A better sentence than "must be", where there is one.
  private func specific(_ text: String) -> String? {
    switch self {
    case .timeZone:
      "names no known time zone"
        + (Nearest.word(to: text, in: NamedZone.knownNames).map { "; did you mean \"\($0)\"?" }
          ?? "; write one such as Europe/Moscow")
    case .dialTemplate:
      if let unknown = DialPlanFormat.unknownPlaceholder(in: text) {
        "must not contain \(unknown); {number} is the only placeholder"
      } else {
        "must contain {number}, such as PJSIP/{number}@trunk"
      }
    default: nil
    }
  }

  private static let phoneBytes = Set("0123456789+-(). ".utf8)

  private static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isAlphabetic || scalar.properties.numericType != nil
      || "-_.@/:+*#".unicodeScalars.contains(scalar)
  }
}

/// `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`.
struct HostAndPort: Sendable, Hashable {
  let host: String
  let port: Int

  init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (1...65_535).contains(port)
    else { return nil }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      return nil
    }
    guard !host.isEmpty, !host.contains(" "), !host.contains("/") else { return nil }
    self.host = String(host)
    self.port = port
  }
}

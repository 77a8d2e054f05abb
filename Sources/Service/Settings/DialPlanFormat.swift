public import Telephony

/// How a customer's number becomes a dial string: `dial` and `number_format` of one PBX.
public struct DialPlanFormat: Sendable, Hashable {
  /// `number_format`: what stands for `{number}`.
  public enum NumberFormat: String, Sendable, Hashable, CaseIterable {
    /// `+79161234567`
    case e164
    /// `79161234567`
    case digits
    /// `89161234567`: as dialled within the country; a number of another country cannot be dialled.
    case national
  }

  /// `PJSIP/{number}@trunk`.
  public let template: String
  public let format: NumberFormat

  /// Nil where the template lacks `{number}`, holds another `{…}` or a control character, or is over 256
  /// characters.
  public init?(template: String, format: NumberFormat) {
    guard TextFormat.dialTemplate.problem(with: template) == nil else { return nil }
    self.template = template
    self.format = format
  }

  /// The dial string for one number; nil where the number has no such form: a foreign number and `national`.
  public func endpoint(for number: PhoneNumber, plan: some NumberPlan) -> String? {
    let text: String? =
      switch format {
      case .e164: number.e164
      case .digits: String(number.digits)
      case .national: plan.national(number)
      }
    // Every form is digits and `+` by its type: nothing a caller sent can reach the dial string.
    guard let text, text.utf8.allSatisfy({ (48...57).contains($0) || $0 == UInt8(ascii: "+") }) else {
      return nil
    }
    return Self.fill(template, with: text)
  }

  private static func fill(_ template: String, with number: String) -> String {
    var out = ""
    var rest = Substring(template)
    while let open = rest.firstIndex(of: "{") {
      out += rest[..<open]
      guard let close = rest[open...].firstIndex(of: "}") else { break }
      out += number
      rest = rest[rest.index(after: close)...]
    }
    return out + rest
  }

  /// A `{word}` other than `{number}`, or a brace without its partner.
  static func unknownPlaceholder(in template: String) -> String? {
    var rest = Substring(template)
    while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
      guard rest[brace] == "{", let close = rest[brace...].firstIndex(of: "}") else {
        return String(rest[brace])
      }
      let word = rest[brace...close]
      guard word == "{number}" else { return String(word) }
      rest = rest[rest.index(after: close)...]
    }
    return nil
  }
}

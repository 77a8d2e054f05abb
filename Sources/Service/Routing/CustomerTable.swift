import CallPolicy
import Foundation
import Store
import Telephony

/// What an import of customers did.
public struct CustomerImportSummary: Sendable, Encodable {
  /// A row that was not taken.
  public struct Refusal: Sendable, Encodable {
    /// From 1, the header is 1.
    public let line: Int
    public let reason: String
  }

  /// Rows after the header.
  public internal(set) var rows = 0
  public internal(set) var taken = 0
  public internal(set) var refused = 0
  /// The first `refusalsMax` of them.
  public internal(set) var refusals: [Refusal] = []

  /// Refusals that are told; the rest is counted. Default 100.
  public static let refusalsMax = 100

  mutating func refuse(_ line: Int, _ reason: String) {
    refused += 1
    if refusals.count < Self.refusalsMax { refusals.append(Refusal(line: line, reason: reason)) }
  }
}

/// Reads customers from CSV: a header with `phone` (or `number`), and of `name`, `category`, `manager` those there are.
/// A column that is not there leaves what is known; an empty field removes it.
struct CustomerTable {
  private var columns: [String: Int] = [:]
  private let categories: Set<String>
  private let plan: PhoneNumberPlan

  static let known = ["phone", "name", "category", "manager"]

  /// Why the header will not do, in a sentence; nil where it does.
  private(set) var fault: String?

  init(header: [String], categories: Set<String>, plan: PhoneNumberPlan) {
    self.categories = categories
    self.plan = plan
    for (index, title) in header.enumerated() {
      var name = title.trimmingCharacters(in: .whitespaces).lowercased()
      if name == "number" { name = "phone" }
      if columns[name] == nil { columns[name] = index }
    }
    if columns["phone"] == nil {
      fault =
        "The header has no column phone; it needs one, and knows: \(Self.known.joined(separator: ", "))."
    }
  }

  enum Row {
    case customer(CustomerChange)
    case refused(String)
  }

  func row(_ fields: [String]) -> Row {
    func field(_ name: String) -> String? {
      columns[name].flatMap { $0 < fields.count ? fields[$0].trimmingCharacters(in: .whitespaces) : nil }
    }
    let phone = field("phone") ?? ""
    guard let number = plan.readOnce(phone).caller.e164 else {
      return .refused("\(PrintableText(String(phone.prefix(40)))) is no phone number")
    }
    if let category = field("category"), !category.isEmpty, !categories.contains(category) {
      let list = categories.sorted().joined(separator: ", ")
      return .refused(
        "routing.categories has no \(PrintableText(String(category.prefix(40)))); it has: \(list.isEmpty ? "none" : list)"
      )
    }
    if let manager = field("manager"), !manager.isEmpty,
      !DialplanText.isDialString(MemberInterface(manager))
    {
      return .refused(
        "manager \(PrintableText(String(manager.prefix(40)))) is no interface of an agent, such as PJSIP/101")
    }
    return .customer(
      CustomerChange(
        number: number, name: field("name"), category: field("category"), manager: field("manager")))
  }
}

/// The fields of one record of a CSV file, as PostgreSQL's COPY reads them.
enum CSVFields {
  static func split(_ bytes: [UInt8], at delimiter: UInt8) -> [String] {
    var (fields, field, quoted, index) = ([String](), [UInt8](), false, 0)
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if byte == 0x22 {
        // Two within quotes are one.
        if quoted, index < bytes.count, bytes[index] == 0x22 {
          field.append(byte)
          index += 1
        } else {
          quoted.toggle()
        }
      } else if byte == delimiter, !quoted {
        fields.append(String(decoding: field, as: UTF8.self))
        field = []
      } else {
        field.append(byte)
      }
    }
    return fields + [String(decoding: field, as: UTF8.self)]
  }
}

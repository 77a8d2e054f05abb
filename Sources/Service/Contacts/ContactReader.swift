import CallPolicy
import Foundation
import Store
import Telephony

/// Judges the rows of a list: numbers by the number guard, zones, moments, sizes. Each thread has a copy of its own.
struct ContactReader: Sendable {
  /// Bytes of a key, a name and of all other columns of a row, and phones of a contact, at most.
  static let keyMax = 200
  static let nameMax = 200
  static let attributesMax = 16 * 1024
  static let phonesMax = 10

  let columns: ContactColumns
  let campaign: CampaignPolicy
  let policy: CallPolicy
  let plan: PhoneNumberPlan
  let regions: RegionZones
  let now: Timestamp
  /// By place: when somebody there may be called first from now on. A list names no other moment as a rule.
  private var openings: [String: Timestamp?] = [:]

  init(
    columns: ContactColumns, campaign: CampaignPolicy, policy: CallPolicy, plan: PhoneNumberPlan,
    regions: RegionZones, now: Timestamp
  ) {
    self.columns = columns
    self.campaign = campaign
    self.policy = policy
    self.plan = plan
    self.regions = regions
    self.now = now
  }

  enum Verdict: Sendable {
    case row(ContactRow, leftOut: [ContactOutcome.Phone])
    case refused(String)
  }

  mutating func read(_ fields: [String], line: Int) -> Verdict {
    var key: String?
    var (name, zone, priority, due) = ("", String?.none, campaign.priority, "")
    var numbers: [String] = []
    var attributes: [String: String] = [:]
    for (column, raw) in zip(columns.columns, fields) {
      let text = Self.harmless(raw).trimmingASCIISpace()
      switch column {
      case .ignored: continue
      case _ where text.isEmpty: continue
      case .key: key = text
      case .name: name = text
      case .zone: zone = text
      case .due: due = text
      case .phone: numbers.append(text)
      case .phones:
        numbers += text.split(separator: ";").map { String($0).trimmingASCIISpace() }.filter { !$0.isEmpty }
      case .attribute(let attribute): attributes[attribute] = text
      case .priority:
        guard let number = Int(text), -1_000...1_000 ~= number else {
          return .refused("priority \(Self.quoted(text)) is no whole number from -1000 to 1000")
        }
        priority = number
      }
    }
    if let key, key.utf8.count > Self.keyMax {
      return .refused("its key is longer than \(Self.keyMax) bytes")
    }
    if name.utf8.count > Self.nameMax { return .refused("its name is longer than \(Self.nameMax) bytes") }
    if let zone, NamedZones.shared[zone] == nil {
      return .refused("there is no time zone \(Self.quoted(zone)); write it as Europe/Moscow")
    }
    if numbers.isEmpty { return .refused("it has no phone") }
    guard numbers.count <= Self.phonesMax else {
      return .refused("it has \(numbers.count) phones, and \(Self.phonesMax) are the most")
    }
    guard let json = Self.json(attributes) else {
      return .refused("its other columns hold more than \(Self.attributesMax) bytes")
    }
    let now = now
    return phones(numbers, zone: zone, due: due, line: line) { phones in
      var random = SystemRandomNumberGenerator()
      // In the order of the file: so they come out again, and an index takes at its end what it gets in order.
      let moment = now + .milliseconds(line)
      return ContactRow(
        line: line, key: key, name: name, zone: zone, attributes: json, priority: priority,
        dueIsGiven: !due.isEmpty, phones: phones, newID: ContactID(UniqueID(at: moment, using: &random)),
        newJob: JobID(UniqueID(at: moment, using: &random)))
    }
  }

  private mutating func phones(
    _ numbers: [String], zone: String?, due: String, line: Int, row: ([ContactRow.Phone]) -> ContactRow
  ) -> Verdict {
    var kept: [ContactRow.Phone] = []
    var leftOut: [ContactOutcome.Phone] = []
    for text in numbers {
      let (caller, region) = plan.readOnce(text)
      guard case .number(let number, let kind) = caller, refusal(caller, kind) == nil else {
        let reason = refusal(caller, .other) ?? "it cannot be read as a phone number"
        leftOut.append(.init(line: line, number: String(text.prefix(40)), reason: reason))
        continue
      }
      if kept.contains(where: { $0.number == number }) { continue }
      let place = zone ?? regions.zone(of: region)
      var moment = now
      if !due.isEmpty {
        let offset = place.flatMap { NamedZones.shared[$0] } ?? policy.settings.calendar(of: campaign)?.zone
        guard let wanted = ListMoment.read(due, in: offset ?? UTCZone()) else {
          return .refused("due \(Self.quoted(due)) is no moment; write it as 2026-11-23 09:00")
        }
        moment = max(now, wanted)
      }
      guard let opening = opening(atOrAfter: moment, in: place) else {
        return .refused("the calendar of the campaign never opens")
      }
      kept.append(.init(number: number, kind: kind, zone: place ?? "", dueAt: opening))
    }
    guard !kept.isEmpty else {
      let why = leftOut.map { "\(Self.quoted($0.number)): \($0.reason)" }.joined(separator: "; ")
      return .refused("no phone of it can be dialled: \(why)")
    }
    return .row(row(kept), leftOut: leftOut)
  }

  private mutating func opening(atOrAfter moment: Timestamp, in place: String?) -> Timestamp? {
    guard moment == now else { return policy.opening(of: campaign, atOrAfter: moment, zone: place) }
    if let known = openings[place ?? ""] { return known }
    let opening = policy.opening(of: campaign, atOrAfter: moment, zone: place)
    openings[place ?? ""] = .some(opening)
    return opening
  }

  /// The number guard, as for every job, and the campaign's own kinds.
  private func refusal(_ caller: CallerNumber, _ kind: PhoneNumberKind) -> String? {
    switch caller {
    case .hidden: return "it is no number"
    case .unreadable: return "it cannot be read as a phone number"
    case .number(_, let read):
      if let why = policy.refusal(of: caller, doNotCall: false) { return why }
      return campaign.dials(read)
        ? nil : "the campaign does not dial numbers of this kind (\(read.rawValue), number_kinds)"
    }
  }

  /// What `CSVEncoder` put before a cell that would begin a formula is taken away again.
  static func harmless(_ cell: String) -> String {
    guard cell.utf8.first == UInt8(ascii: "'"),
      let second = cell.utf8.dropFirst().first(where: { $0 != 0x20 }),
      CSVEncoder.formulaBytes.contains(second)
    else { return cell }
    return String(cell.dropFirst())
  }

  private static func quoted(_ text: String) -> String { "\"\(PrintableText(text, limit: 60))\"" }

  /// Nil where it is too long.
  private static func json(_ attributes: [String: String]) -> String? {
    if attributes.isEmpty { return "{}" }
    var json: [UInt8] = []
    for (name, value) in attributes {
      json.append(UInt8(ascii: json.isEmpty ? "{" : ","))
      quote(name, into: &json)
      json.append(UInt8(ascii: ":"))
      quote(value, into: &json)
      if json.count >= attributesMax { return nil }
    }
    return String(decoding: json + [UInt8(ascii: "}")], as: UTF8.self)
  }

  /// A JSON string (RFC 8259, section 7), for each of a million rows.
  private static func quote(_ text: String, into json: inout [UInt8]) {
    json.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): json += [UInt8(ascii: "\\"), byte]
      case ..<0x20: json += Array("\\u00".utf8) + [hex(byte >> 4), hex(byte & 15)]
      default: json.append(byte)
      }
    }
    json.append(UInt8(ascii: "\""))
  }

  private static func hex(_ digit: UInt8) -> UInt8 {
    digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
  }
}

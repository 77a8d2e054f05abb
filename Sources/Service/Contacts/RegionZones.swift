import Foundation
import Telephony

/// The time zone of a country, where it has one: from tzdata's `zone.tab`, in which a country's most populous zones
/// come first. A country whose zones lie more than an hour apart (RU, US) has none: there the calendar's is taken.
struct RegionZones: Sendable {
  private let zones: [String: String]

  /// Empty where the file is not there.
  init(file: String = "/usr/share/zoneinfo/zone.tab", now: Timestamp) {
    let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
    var lists: [String: [String]] = [:]
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let words = line.split(separator: "\t")
      guard words.count >= 3 else { continue }
      lists[String(words[0]), default: []].append(String(words[2]))
    }
    let halfYear = Duration.seconds(182 * 86_400)
    zones = lists.compactMapValues { names in
      let known = names.compactMap { NamedZones.shared[$0] }
      guard let first = known.first else { return nil }
      for moment in [now, now + halfYear] {
        let offsets = known.map { $0.secondsFromUTC(at: moment) }
        guard let low = offsets.min(), let high = offsets.max(), high - low <= 3_600 else { return nil }
      }
      return first.name
    }
  }

  /// By ISO 3166-1 code; nil where the country is unknown or too wide.
  func zone(of region: String) -> String? { zones[region] }
}

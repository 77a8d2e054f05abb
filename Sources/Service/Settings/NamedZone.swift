public import CallPolicy
internal import Foundation
internal import Synchronization
public import Telephony

/// A time zone by its name in the IANA database, as Foundation knows it.
///
/// Foundation keeps the switches of a zone it has made: a question costs about 55 ns, so nothing is kept
/// here.
public struct NamedZone: ZoneOffsets, Hashable {
  public let name: String
  private let zone: TimeZone

  /// Nil where Foundation knows no zone of this name: `Europe/Moscow`, `UTC`. Capitals matter; abbreviations
  /// such as `MSK` are no names.
  public init?(_ name: String) {
    guard !name.isEmpty, name.utf8.count <= 64, let zone = TimeZone(identifier: name) else { return nil }
    self.name = name
    self.zone = zone
  }

  /// The zone this host is set to; UTC where it has no name.
  static var ofThisHost: NamedZone {
    NamedZone(TimeZone.current.identifier) ?? NamedZone(name: "UTC", zone: .gmt)
  }

  private init(name: String, zone: TimeZone) {
    self.name = name
    self.zone = zone
  }

  public func secondsFromUTC(at moment: Timestamp) -> Int {
    zone.secondsFromGMT(for: Date(timeIntervalSince1970: moment.seconds.rounded(.down)))
  }

  /// For suggestions: one name of every zone. Some have others beside it (`Asia/Calcutta`, `Asia/Kolkata`).
  static let knownNames: [String] = TimeZone.knownTimeZoneIdentifiers.sorted() + ["UTC"]
}

/// Zones by name, each made once: a list of a million contacts names a few of them again and again.
final class NamedZones: Sendable {
  static let shared = NamedZones()
  /// Names kept, at most, unknown ones among them: about as many as there are.
  static let kept = 1_000
  private let zones = Mutex<[String: NamedZone?]>([:])

  /// Nil where there is no zone of this name.
  subscript(_ name: String) -> NamedZone? {
    zones.withLock { zones in
      if let known = zones[name] { return known }
      if zones.count >= Self.kept { zones.removeAll(keepingCapacity: true) }
      let zone = NamedZone(name)
      zones[name] = .some(zone)
      return zone
    }
  }
}

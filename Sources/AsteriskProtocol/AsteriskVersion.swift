/// An Asterisk version as CoreSettings and ARI's `/asterisk/info` tell it, and what follows from it.
public struct AsteriskVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let major: Int
  public let minor: Int
  public let patch: Int

  public init(major: Int, minor: Int, patch: Int) {
    self.major = major
    self.minor = minor
    self.patch = patch
  }

  /// Reads `22.10.1`, `Asterisk 22.10.1+dfsg+~cs6.17.60671434-1`, `certified/18.9-cert5`: the first number
  /// with a dot and what follows it. Nil where there is none (a build from git without a tag).
  public init?(_ text: String) {
    var numbers: [Int] = []
    var current: Int?
    func finish(_ numbers: inout [Int], _ current: inout Int?) {
      if let value = current { numbers.append(value) }
      current = nil
    }
    scan: for byte in text.utf8.prefix(Self.textBytesMax) {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        let digit = Int(byte - UInt8(ascii: "0"))
        guard (current ?? 0) < 100_000 else { return nil }
        current = (current ?? 0) * 10 + digit
      case UInt8(ascii: ".") where current != nil:
        finish(&numbers, &current)
        if numbers.count == 3 { break scan }
      default:
        // A number without a dot behind it is a name's: `GIT-18-…`.
        if !numbers.isEmpty { break scan }
        current = nil
      }
    }
    finish(&numbers, &current)
    guard numbers.count >= 2 else { return nil }
    self.init(major: numbers[0], minor: numbers[1], patch: numbers.count > 2 ? numbers[2] : 0)
  }

  /// Longer texts are cut before reading.
  public static let textBytesMax = 128

  public var description: String { "\(major).\(minor).\(patch)" }

  public static func < (a: AsteriskVersion, b: AsteriskVersion) -> Bool {
    (a.major, a.minor, a.patch) < (b.major, b.minor, b.patch)
  }

  /// What to think of this version's age.
  public enum Support: Sendable, Hashable {
    case supported
    /// Has open advisories in ARI and CEL: at least this one is wanted.
    case belowSecurityFloor(AsteriskVersion)
    /// Gets no fixes any more; works as found.
    case unmaintained
  }

  public var support: Support {
    switch major {
    case 20: self < Self.floor20 ? .belowSecurityFloor(Self.floor20) : .supported
    case 22: self < Self.floor22 ? .belowSecurityFloor(Self.floor22) : .supported
    case ..<20, 21: .unmaintained
    default: .supported
    }
  }

  static let floor20 = AsteriskVersion(major: 20, minor: 20, patch: 1)
  static let floor22 = AsteriskVersion(major: 22, minor: 10, patch: 1)

  /// ARI REST requests over the websocket: from 20.14 and 22.4.
  public var supportsRESTOverWebSocket: Bool { isAtLeast(on20: (14, 0), on22: (4, 0)) }

  /// `eventfilter(name(…))` in manager.conf: from 20.11 and 22.1.
  public var supportsEventFilterByName: Bool { isAtLeast(on20: (11, 0), on22: (1, 0)) }

  /// A channel in Stasis() that gets no frame looks for commands every 200 ms: until 18.21, 20.6 and 21.1, which signal
  /// it (res/stasis/control.c).
  public var sleepsInStasis: Bool {
    switch major {
    case 18: minor < 21
    case 20: minor < 6
    case 21: minor < 1
    default: major < 22
    }
  }

  /// The oldest Asterisk this project is tried on.
  public var isTooOld: Bool { major < 16 }

  private func isAtLeast(on20: (Int, Int), on22: (Int, Int)) -> Bool {
    switch major {
    case ..<20: false
    case 20: (minor, patch) >= on20
    case 21: false
    case 22: (minor, patch) >= on22
    default: true
    }
  }
}

/// A name or identifier that is text on the wire. One type per meaning, so that they cannot be mixed up.
public protocol TextIdentifier: RawRepresentable, Hashable, Sendable, Codable, Comparable,
  ExpressibleByStringLiteral, CustomStringConvertible
where RawValue == String {
  init(rawValue: String)
}

extension TextIdentifier {
  public init(_ text: String) { self.init(rawValue: text) }
  public init(stringLiteral value: String) { self.init(rawValue: value) }
  public var description: String { rawValue }
  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
  public init(from decoder: any Decoder) throws {
    self.init(rawValue: try decoder.singleValueContainer().decode(String.self))
  }
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rawValue)
  }
}

/// One Asterisk, by its `name` in the configuration. Should equal `systemname` in asterisk.conf.
public struct PBXName: TextIdentifier {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
}

/// `Uniqueid` of a channel. Unique within one PBX only, unless `systemname` is set in asterisk.conf.
public struct ChannelID: TextIdentifier {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
}

/// `Linkedid`: what joins the channels of one call. Changes when calls are merged by transfer or pick-up.
public struct LinkedID: TextIdentifier {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
}

/// `BridgeUniqueid` of a bridge.
public struct BridgeID: TextIdentifier {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
}

/// A queue by its section name in queues.conf.
public struct QueueName: TextIdentifier {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
}

/// An agent's seat in a queue, as app_queue dials it: `PJSIP/101` or `Local/101@agents`.
public struct MemberInterface: TextIdentifier {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
}

/// A campaign by its `name` in the configuration.
public struct CampaignName: TextIdentifier {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
}

/// One running Perezvon, by `instance` in the configuration.
public struct InstanceName: TextIdentifier {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
}

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
import Telephony

/// Reads what ARI says: websocket text frames and the bodies of REST answers.
///
/// Shapes: `rest-api/api-docs/events.json` and `channels.json`, Asterisk 16 to 22. Bytes that are not UTF-8
/// are repaired to U+FFFD. Never traps on input.
public struct ARIDecoder: Sendable {
  /// A longer frame or body is not read. Bytes, 4 MiB: an application with thousands of channels fits.
  public static let frameBytesMax = 4_194_304

  /// Counts since it was made.
  public private(set) var statistics = ARIStatistics()

  public init() {}

  /// Reads one text frame of the websocket.
  public mutating func decode(_ frame: [UInt8]) -> ARIMessage {
    guard frame.count <= Self.frameBytesMax else {
      statistics.oversized += 1
      return .malformed("a frame of \(frame.count) bytes")
    }
    let message = Self.message(frame)
    switch message {
    case .event: statistics.events += 1
    case .ignored: statistics.ignored += 1
    case .malformed: statistics.malformed += 1
    }
    return message
  }

  /// The body of `GET /channels`; nil where it is not one. Channels without an id are left out.
  public static func channels(_ body: [UInt8]) -> [ARIChannel]? {
    read([JSONChannel].self, body)?.compactMap(channel)
  }

  /// The body of `GET /channels/{id}`.
  public static func channel(_ body: [UInt8]) -> ARIChannel? {
    read(JSONChannel.self, body).flatMap(channel)
  }

  /// The body of `GET /applications/{app}`.
  public static func application(_ body: [UInt8]) -> ARIApplication? {
    guard let read = read(JSONApplication.self, body) else { return nil }
    return ARIApplication(
      name: read.name, channels: (read.channel_ids ?? []).map { ChannelID($0) },
      bridges: (read.bridge_ids ?? []).map { BridgeID($0) })
  }

  /// The body of `GET /channels/{id}/variable`.
  public static func variable(_ body: [UInt8]) -> String? { read(JSONVariable.self, body)?.value }

  /// The body of `GET /asterisk/info`.
  public static func info(_ body: [UInt8]) -> ARIInfo? {
    guard let read = read(JSONInfo.self, body) else { return nil }
    return ARIInfo(
      version: read.system?.version ?? "", systemName: read.config?.name ?? "",
      startedAt: read.status?.startup_time.flatMap { CivilTime.timestamp(iso: $0) })
  }

  /// `message` of an error's body; nil where there is none.
  static func errorMessage(_ body: [UInt8]) -> String? {
    read(JSONError.self, body).flatMap { $0.message ?? $0.error }
  }

  private static func read<Shape: Decodable>(_ shape: Shape.Type, _ bytes: [UInt8]) -> Shape? {
    guard bytes.count <= frameBytesMax else { return nil }
    // Repaired first: the reader refuses a document for one bad byte in a caller's name.
    let repaired = String(decoding: bytes, as: UTF8.self)
    return try? JSONDecoder().decode(shape, from: Data(repaired.utf8))
  }

  private static func message(_ frame: [UInt8]) -> ARIMessage {
    guard let read = read(JSONEvent.self, frame) else { return .malformed("no JSON event") }
    let at = read.timestamp.flatMap { CivilTime.timestamp(iso: $0) }
    switch event(read) {
    case .some(.some(let event)): return .event(event, at: at)
    case .some(.none): return .malformed("\(kind(read)) without what it needs")
    case .none: return .ignored(type: kind(read))
    }
  }

  /// Types go into counters and logs: not longer than the longest real one.
  private static func kind(_ read: JSONEvent) -> String { String(read.type.prefix(40)) }

  /// Nil for a type nobody wants; `.some(nil)` for one that lacks what it needs.
  private static func event(_ read: JSONEvent) -> PBXEvent?? {
    let channel = read.channel.flatMap(snapshot)
    let application = read.application ?? ""
    switch read.type {
    case "StasisStart":
      return .some(channel.map { .stasisStarted($0, application: application, arguments: read.args ?? []) })
    case "StasisEnd": return .some(channel.map { .stasisEnded($0, application: application) })
    case "ChannelDtmfReceived":
      guard let channel, let digit = read.digit else { return .some(nil) }
      return .some(.dtmf(channel.id, digit: digit))
    case "ChannelDestroyed":
      return .some(channel.map { .channelDestroyed($0, HangupCause(rawValue: read.cause ?? 0)) })
    case "ChannelStateChange": return .some(channel.map { .channelState($0) })
    case "Dial":
      guard let peer = read.peer.flatMap(snapshot) else { return .some(nil) }
      return .some(.dialProgress(peer.id, DialStatus(word: read.dialstatus ?? "")))
    case "PlaybackFinished":
      return .some((read.playback?.id).map { .playbackFinished(id: $0) })
    case "ApplicationReplaced": return .some(.applicationReplaced(application: application))
    default: return nil
    }
  }

  private static func channel(_ read: JSONChannel) -> ARIChannel? {
    guard let snapshot = snapshot(read) else { return nil }
    return ARIChannel(
      channel: snapshot, application: read.dialplan?.app_name ?? "",
      createdAt: read.creationtime.flatMap { CivilTime.timestamp(iso: $0) })
  }

  private static func snapshot(_ read: JSONChannel) -> ChannelSnapshot? {
    guard !read.id.isEmpty else { return nil }
    return ChannelSnapshot(
      id: ChannelID(read.id), linkedID: LinkedID(read.linkedid ?? read.id), name: read.name ?? "",
      state: state(read.state ?? ""), callerNumber: known(read.caller?.number),
      callerName: known(read.caller?.name), connectedNumber: known(read.connected?.number),
      context: read.dialplan?.context ?? "", exten: read.dialplan?.exten ?? "")
  }

  private static func known(_ text: String?) -> String {
    guard let text, text != "<unknown>" else { return "" }
    return text
  }

  /// The words of `main/channel.c`, `ast_state2str`.
  private static func state(_ word: String) -> ChannelState {
    switch word {
    case "Down": .down
    case "Rsrvd": .reserved
    case "OffHook": .offHook
    case "Dialing": .dialing
    case "Ring": .ring
    case "Ringing": .ringing
    case "Up": .up
    case "Busy": .busy
    case "Dialing Offhook": .dialingOffHook
    case "Pre-ring": .preRing
    case "Mute": .muted
    default: .unknown
    }
  }
}

// The JSON as it stands; names as Asterisk spells them.
private struct JSONEvent: Decodable {
  var type: String
  var timestamp: String?
  var application: String?
  var args: [String]?
  var channel: JSONChannel?
  var peer: JSONChannel?
  var playback: JSONPlayback?
  var digit: String?
  var dialstatus: String?
  var cause: Int?
}

private struct JSONPlayback: Decodable {
  var id: String?
}

private struct JSONChannel: Decodable {
  var id: String
  var linkedid: String?
  var name: String?
  var state: String?
  var caller: JSONParty?
  var connected: JSONParty?
  var dialplan: JSONDialplan?
  var creationtime: String?
}

private struct JSONParty: Decodable {
  var name: String?
  var number: String?
}

private struct JSONDialplan: Decodable {
  var context: String?
  var exten: String?
  var app_name: String?
}

private struct JSONApplication: Decodable {
  var name: String
  var channel_ids: [String]?
  var bridge_ids: [String]?
}

private struct JSONInfo: Decodable {
  struct System: Decodable { var version: String? }
  struct Config: Decodable { var name: String? }
  struct Status: Decodable { var startup_time: String? }
  var system: System?
  var config: Config?
  var status: Status?
}

private struct JSONVariable: Decodable {
  var value: String?
}

private struct JSONError: Decodable {
  var message: String?
  var error: String?
}

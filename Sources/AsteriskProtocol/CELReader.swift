#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
public import Telephony

/// Reads the lines of the file that `cel_custom` writes by asterisk-conf/cel_custom.d/perezvon.conf: thirteen fields,
/// each in quotes, quotes within doubled (`funcs/func_strings.c`, CSV_QUOTE; RFC 4180).
///
/// A caller's name and number stand there as they came: a field ends only at its closing quote, a line at its end,
/// and a line that is none is counted and passed over.
public struct CELReader: LogLineReader, Sendable {
  /// Bytes of one line without its end, at most: `cel_custom` builds it in a buffer of this size.
  public static let lineBytesMax = 16_384
  static let fields = 13

  public private(set) var malformed = 0
  /// Lines of events that are no business of ours.
  public private(set) var passedOver = 0

  public init() {}

  public mutating func read(
    _ bytes: UnsafeRawBufferPointer, _ body: (CELLine, _ offset: Int) -> Void
  ) -> Int {
    guard let base = bytes.baseAddress else { return 0 }
    var at = 0
    while let end = ByteScan.lineFeed(base, from: at, end: bytes.count) {
      if let line = line(UnsafeRawBufferPointer(rebasing: bytes[at..<end])) { body(line, at) }
      at = end + 1
    }
    return at
  }

  /// Reads one line given without its end; nil where it is none, or none of ours.
  public mutating func line(_ bytes: UnsafeRawBufferPointer) -> CELLine? {
    guard bytes.count <= Self.lineBytesMax, let texts = Self.split(bytes), texts.count == Self.fields,
      let at = Self.time(texts[1]), !texts[0].isEmpty, !texts[3].isEmpty, !texts[4].isEmpty
    else {
      malformed += 1
      return nil
    }
    guard let event = CELLine.Event(rawValue: texts[0]) else {
      passedOver += 1
      return nil
    }
    return CELLine(
      at: at, event: event,
      channel: ChannelSnapshot(
        id: ChannelID(texts[3]), linkedID: LinkedID(texts[4]), name: texts[2], state: .unknown,
        callerNumber: texts[5], callerName: texts[6], context: texts[8], exten: texts[7]),
      application: texts[9], applicationData: texts[10], extra: Self.extra(texts[12]))
  }

  /// Nil where something stands outside of quotes, or a quote is not closed.
  private static func split(_ bytes: UnsafeRawBufferPointer) -> [String]? {
    let quote = UInt8(ascii: "\"")
    var end = bytes.count
    if end > 0, bytes[end - 1] == ByteScan.carriageReturn { end -= 1 }
    var texts: [String] = []
    texts.reserveCapacity(fields)
    var at = 0
    while at < end {
      guard bytes[at] == quote, texts.count < fields else { return nil }
      at += 1
      var field: [UInt8] = []
      while true {
        guard at < end else { return nil }
        if bytes[at] != quote {
          field.append(bytes[at])
        } else if at + 1 < end, bytes[at + 1] == quote {
          field.append(quote)
          at += 1
        } else {
          at += 1
          break
        }
        at += 1
      }
      texts.append(String(decoding: field, as: UTF8.self))
      if at == end { return texts }
      guard bytes[at] == UInt8(ascii: ",") else { return nil }
      at += 1
    }
    return nil
  }

  /// `1795381057.407205`: seconds since 1970, microseconds.
  private static func time(_ text: String) -> Timestamp? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[1].utf8.count == 6, let seconds = Int64(parts[0]),
      let micros = Int64(parts[1]),
      seconds >= 915_148_800, seconds <= 253_402_300_799, micros >= 0
    else { return nil }
    return Timestamp(microseconds: seconds * 1_000_000 + micros)
  }

  private static func extra(_ text: String) -> CELExtra {
    var extra = CELExtra()
    guard !text.isEmpty, let told = try? JSONDecoder().decode(Told.self, from: Data(text.utf8)) else {
      return extra
    }
    extra.bridge = (told.bridge_id ?? told.bridge1_id).map { BridgeID($0) }
    extra.hangupCause = told.hangupcause
    extra.hangupSource = told.hangupsource ?? ""
    extra.dialStatus = told.dialstatus ?? ""
    extra.pickedUpBy = told.pickup_channel_uniqueid.map { ChannelID($0) }
    extra.transferee = told.transferee_channel_uniqueid.map { ChannelID($0) }
    extra.transferTarget = told.transfer_target_channel_uniqueid.map { ChannelID($0) }
    extra.context = told.context ?? ""
    extra.exten = told.extension ?? ""
    return extra
  }

  /// Under Asterisk's own names.
  private struct Told: Decodable {
    var bridge_id: String?
    var bridge1_id: String?
    var hangupcause: Int?
    var hangupsource: String?
    var dialstatus: String?
    var pickup_channel_uniqueid: String?
    var transferee_channel_uniqueid: String?
    var transfer_target_channel_uniqueid: String?
    var context: String?
    var `extension`: String?
  }
}

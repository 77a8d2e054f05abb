import Foundation
import Telephony
import Testing

@testable import AsteriskProtocol

/// Values a stranger may bring into a field: each byte as a character of its own, inside, in front and behind,
/// and what Swift counts otherwise than a reader of bytes does.
let hostileValues: [String] =
  (UInt8.min...UInt8.max).flatMap { byte -> [String] in
    let text = String(Unicode.Scalar(byte))
    return ["a\(text)b", "\(text)b", "a\(text)"]
  } + [
    "\r\n", "a\r\nAction: Originate\r\n\r\nb", "\u{85}", "a\u{2028}b", "\u{202E}b", "漢字🙂", "e\u{301}",
    "/\u{301}x", ",\u{301}", "\"\u{301}", "\\\u{301}", "=\u{301}", "%0D%0A", "%2f", "a&b=c", "a?b#c", "a+b",
    ".", "..",
    "${SHELL(id)}", "a,b=c", "\"x\" <1>", "<>", "a;b", "\u{FFFD}", "\u{0}",
  ]

/// Reads actions as `main/manager.c` does: a line ends at LF, a CR before it goes; a name ends at the first
/// colon; blanks behind it are skipped; an empty line ends the action.
private func actions(in bytes: [UInt8]) -> [[(name: String, value: String)]] {
  var all: [[(name: String, value: String)]] = []
  var headers: [(name: String, value: String)] = []
  for part in bytes.split(separator: 10, omittingEmptySubsequences: false).dropLast() {
    let line = part.last == 13 ? part.dropLast() : part
    if line.isEmpty {
      all.append(headers)
      headers = []
      continue
    }
    let colon = line.firstIndex(of: 58) ?? line.endIndex
    let value = line[colon...].dropFirst().drop { $0 <= 32 }
    headers.append((String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self)))
  }
  return headers.isEmpty ? all : all + [headers]
}

@Suite struct `Any byte in any field` {
  /// Every action the service sends, with the value in one field, and the header it must come back in.
  func actions(with value: String) -> [(AMIAction, header: String)] {
    [
      (.login(.init(username: value, proof: .plain(secret: "s"), events: .on)), "Username"),
      (.login(.init(username: "u", proof: .plain(secret: value), events: .on)), "Secret"),
      (.login(.init(username: "u", proof: .plain(secret: "s"), events: .classes([value]))), "Events"),
      (.queueStatus(QueueName(value)), "Queue"),
      (.queuePause(MemberInterface(value), queue: nil, paused: true, reason: "r"), "Interface"),
      (.queuePause("i", queue: QueueName(value), paused: true, reason: "r"), "Queue"),
      (.queuePause("i", queue: nil, paused: true, reason: value), "Reason"),
      (.queueChangePriorityCaller(queue: QueueName(value), caller: "c", priority: 1), "Queue"),
      (.queueChangePriorityCaller(queue: "q", caller: value, priority: 1), "Caller"),
      (.setvar(channel: value, name: "n", value: "v"), "Channel"),
      (.setvar(channel: "c", name: value, value: "v"), "Variable"),
      (.setvar(channel: "c", name: "n", value: value), "Value"),
      (.getvar(name: value), "Variable"), (.hangup(channel: value, cause: .normalClearing), "Channel"),
    ]
  }

  @Test func `of AMI is refused with a sentence, or read by Asterisk as one action with that very value`() {
    var sent = 0
    for value in hostileValues {
      for ((action, header), (plain, _)) in zip(actions(with: value), actions(with: "x")) {
        do throws(EncodingError) {
          let read = AsteriskProtocolTests.actions(in: try action.encoded(actionID: "7"))
          let usual = AsteriskProtocolTests.actions(in: try plain.encoded(actionID: "7"))
          #expect(read.count == 1, "\(action) \(header) \(value.debugDescription)")
          #expect(read.first?.map(\.name) == usual.first?.map(\.name), "\(value.debugDescription)")
          #expect(
            read.first?.contains { $0.name == header && Array($0.value.utf8) == Array(value.utf8) } == true,
            "\(action) \(header) \(value.debugDescription)")
          if case .hangup = action { #expect(value.utf8.first != 47) }
          if case .setvar = action, header == "Variable" {
            #expect(value.utf8.allSatisfy { $0 != 40 && $0 != 36 && $0 != 44 })
          }
          sent += 1
        } catch {
          #expect(error.description.utf8.count > 10)
          #expect(!error.description.utf8.contains { $0 < 32 }, "the sentence repeats the value")
        }
      }
    }
    // Most values may be sent: nothing is refused out of fear.
    #expect(sent > 5_000)
  }

  let leg = PBXCommand.Originate(
    channel: "pz-1-a", endpoint: "PJSIP/101", arguments: ["agent"], callerNumber: "+7495", callerName: "Jo",
    timeout: .seconds(20), variables: ["A": "1"])

  /// Every ARI command, with the value in one field.
  func commands(with value: String) -> [PBXCommand] {
    var legs = [PBXCommand.Originate](repeating: leg, count: 6)
    legs[0].channel = ChannelID(value)
    legs[1].endpoint = value
    legs[2].arguments = [value]
    legs[3].originator = ChannelID(value)
    legs[4].variables = [value: "1"]
    legs[5].variables = ["A": value]
    let id = ChannelID(value)
    return legs.map(PBXCommand.originate) + [
      .hangUp(id, .normalClearing), .answer(id), .indicateRinging(id), .stopRinging(id),
      .play(id, playback: "p", media: ["m"]), .play("c", playback: value, media: ["m"]),
      .play("c", playback: "p", media: [value]), .stopPlayback(value),
      .setVariable(id, name: "n", value: "v"), .setVariable("c", name: value, value: "v"),
      .setVariable("c", name: "n", value: value), .resumeDialplan(id),
      .continueInDialplan(id, context: "c", exten: "s", priority: 1),
      .continueInDialplan("c", context: value, exten: "s", priority: 1),
      .continueInDialplan("c", context: "c", exten: value, priority: 1),
    ]
  }

  /// Path segments, query names, and all values, decoded; nil where the target is no clean one.
  func taken(apart request: ARIRequest) -> (segments: Int, names: [String], values: [[UInt8]])? {
    guard request.target.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != 35 }) else { return nil }
    let halves = request.target.split(separator: "?", omittingEmptySubsequences: false)
    guard halves.count <= 2 else { return nil }
    let segments = halves[0].split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    // A client may take these for directories.
    guard !segments.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else { return nil }
    let pairs = halves.count == 2 ? halves[1].split(separator: "&", omittingEmptySubsequences: false) : []
    var values = segments.map { decoded($0) }
    var names: [String] = []
    for pair in pairs {
      let parts = pair.split(separator: "=", omittingEmptySubsequences: false)
      guard parts.count == 2 else { return nil }
      names.append(String(parts[0]))
      values.append(decoded(parts[1]))
    }
    if !request.body.isEmpty {
      guard
        let json = try? JSONSerialization.jsonObject(with: Data(request.body)) as? [String: [String: String]]
      else { return nil }
      for (name, value) in json["variables"] ?? [:] { values += [Array(name.utf8), Array(value.utf8)] }
    }
    return (segments.count, names, values)
  }

  private func decoded(_ text: Substring) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == 37 else {
        bytes.append(byte)
        continue
      }
      bytes.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
      rest = rest.dropFirst(2)
    }
    return bytes
  }

  @Test func `of ARI is refused with a sentence, or read as one request with that very value`() throws {
    var sent = 0
    for value in hostileValues {
      for (command, plain) in zip(commands(with: value), commands(with: "x")) {
        do throws(EncodingError) {
          guard case .ari(let request) = try CommandRoute(command, application: "p"),
            case .ari(let usual) = try CommandRoute(plain, application: "p")
          else { continue }
          let read = taken(apart: request)
          let expected = taken(apart: usual)
          #expect(request.method == usual.method)
          #expect(read?.segments == expected?.segments, "\(request.target)")
          #expect(read?.names == expected?.names, "\(request.target)")
          #expect(read?.values.contains(Array(value.utf8)) == true, "\(request.target)")
          sent += 1
        } catch {
          #expect(!error.description.utf8.contains { $0 < 32 })
        }
      }
    }
    #expect(sent > 8_000)
  }

  @Test func `in a caller's name or number cannot end the one or begin the other`() throws {
    for value in hostileValues {
      var named = leg
      named.callerName = value
      var numbered = leg
      numbered.callerNumber = value
      for (leg, isName) in [(named, true), (numbered, false)] {
        guard case .ari(let request)? = try? CommandRoute(.originate(leg), application: "p"),
          let values = taken(apart: request)?.values
        else { continue }
        let shown = isName ? quoted(value) + " <+7495>" : "\"Jo\" <\(value)>"
        #expect(values.contains(Array(shown.utf8)), "\(value.debugDescription)")
        if !isName { #expect(!value.utf8.contains { $0 == 34 || $0 == 60 || $0 == 62 }) }
      }
    }
  }

  private func quoted(_ name: String) -> String {
    var bytes: [UInt8] = [34]
    for byte in name.utf8 {
      if byte == 34 || byte == 92 { bytes.append(92) }
      bytes.append(byte)
    }
    return String(decoding: bytes + [34], as: UTF8.self)
  }

  @Test func `names of functions that act on the machine are not variables`() {
    for name in [
      "SHELL(id)", "FILE(/etc/passwd)", "DB(a/b)", "CALLERID(num)", "__A", "A B", "A=B", "${A}", "A,B",
    ] {
      let command = PBXCommand.setVariable("c", name: name, value: "v")
      let isPlain = name == "__A"
      #expect(((try? CommandRoute(command, application: "p")) != nil) == isPlain, "\(name)")
    }
    #expect(throws: Never.self) { try CommandRoute(.limitLife("c", .seconds(5)), application: "p") }
  }
}

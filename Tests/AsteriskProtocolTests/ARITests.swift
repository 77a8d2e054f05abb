import Telephony
import Testing

@testable import AsteriskProtocol

/// A channel as `main/stasis_channels.c`, `ast_channel_snapshot_to_json` writes it.
private func channelJSON(_ id: String, state: String = "Up") -> String {
  """
  {"id":"\(id)","name":"PJSIP/101-0000001b","state":"\(state)","protocol_id":"x@y",
   "caller":{"name":"Anna","number":"101"},"connected":{"name":"","number":"79161234567"},"accountcode":"",
   "dialplan":{"context":"agents","exten":"101","priority":1,"app_name":"Stasis","app_data":"perezvon"},
   "creationtime":"2026-11-22T16:44:49.123+0300","language":"en"}
  """
}

private func event(_ type: String, _ rest: String) -> [UInt8] {
  let head = #"{"type":"\#(type)","timestamp":"2026-11-22T16:44:49.123+0000","#
  let tail = #","asterisk_id":"a","application":"perezvon"}"#
  return Array((head + rest + tail).utf8)
}

@Suite struct `An ARI event` {
  let channel = ChannelSnapshot(
    id: "pz-1-a", linkedID: "pz-1-a", name: "PJSIP/101-0000001b", state: .up, callerNumber: "101",
    callerName: "Anna", connectedNumber: "79161234567", context: "agents", exten: "101")
  let at = Timestamp(microseconds: 1_795_365_889_123_000)

  @Test func `of ours is told with its time`() {
    var decoder = ARIDecoder()
    let json = channelJSON("pz-1-a")
    let cases: [([UInt8], PBXEvent)] = [
      (
        event("StasisStart", "\"args\":[\"agent\",\"x\"],\"channel\":\(json)"),
        .stasisStarted(channel, application: "perezvon", arguments: ["agent", "x"])
      ),
      (event("StasisEnd", "\"channel\":\(json)"), .stasisEnded(channel, application: "perezvon")),
      (
        event("ChannelDtmfReceived", "\"digit\":\"1\",\"duration_ms\":100,\"channel\":\(json)"),
        .dtmf("pz-1-a", digit: "1")
      ),
      (
        event("ChannelDestroyed", "\"cause\":17,\"cause_txt\":\"User busy\",\"channel\":\(json)"),
        .channelDestroyed(channel, .userBusy)
      ),
      (event("ChannelStateChange", "\"channel\":\(json)"), .channelState(channel)),
      (
        event("Dial", "\"dialstatus\":\"RINGING\",\"forward\":\"\",\"dialstring\":\"101\",\"peer\":\(json)"),
        .dialProgress("pz-1-a", .inProgress)
      ),
      (
        event("Dial", "\"dialstatus\":\"CHANUNAVAIL\",\"peer\":\(json)"),
        .dialProgress("pz-1-a", .channelUnavailable)
      ),
      (
        event(
          "PlaybackFinished", "\"playback\":{\"id\":\"p1\",\"media_uri\":\"sound:x\",\"state\":\"done\"}"),
        .playbackFinished(id: "p1")
      ),
      (event("ApplicationReplaced", "\"x\":1"), .applicationReplaced(application: "perezvon")),
    ]
    for (bytes, expected) in cases { #expect(decoder.decode(bytes) == .event(expected, at: at)) }
    #expect(decoder.statistics.events == cases.count)
  }

  @Test func `of another type is ignored, and a damaged one malformed`() {
    var decoder = ARIDecoder()
    let other = event("ChannelHangupRequest", "\"channel\":\(channelJSON("1.1"))")
    #expect(decoder.decode(other) == .ignored(type: "ChannelHangupRequest"))
    for bad in [
      "", "{", "[]", "{\"type\":1}", "\u{0}", "{\"type\":\"StasisStart\"}",
      String(repeating: "[", count: 100_000),
    ] {
      guard case .malformed = decoder.decode(Array(bad.utf8)) else {
        Issue.record("read: \(bad.prefix(20))")
        continue
      }
    }
    #expect(decoder.statistics.malformed == 7)
    _ = decoder.decode([UInt8](repeating: 32, count: ARIDecoder.frameBytesMax + 1))
    #expect(decoder.statistics.oversized == 1)
  }

  @Test func `with a byte that is not UTF-8 is repaired`() {
    var decoder = ARIDecoder()
    var bytes = event("ChannelStateChange", "\"channel\":\(channelJSON("1.1"))")
    let place = bytes.indices.first { bytes[$0...].starts(with: Array("Anna".utf8)) }!
    bytes[place] = 0xE9
    guard case .event(.channelState(let channel), _) = decoder.decode(bytes) else {
      Issue.record("no event")
      return
    }
    #expect(channel.callerName == "\u{FFFD}nna")
  }

  @Test func `cut anywhere is never read as whole`() {
    let bytes = event("StasisEnd", "\"channel\":\(channelJSON("1.1"))")
    for end in 0..<bytes.count {
      var decoder = ARIDecoder()
      guard case .malformed = decoder.decode(Array(bytes[..<end])) else {
        Issue.record("read at \(end)")
        continue
      }
    }
  }
}

@Suite struct `An ARI answer` {
  @Test func `lists channels, an application, the PBX`() {
    let list = ARIDecoder.channels(Array("[\(channelJSON("1.1", state: "Ring")),\(channelJSON(""))]".utf8))
    #expect(list?.count == 1)
    #expect(list?.first?.application == "Stasis")
    #expect(list?.first?.channel.state == .ring)
    #expect(list?.first?.createdAt == Timestamp(microseconds: 1_795_355_089_123_000))
    #expect(ARIDecoder.channels([]) == nil)
    let application = Array(
      #"{"name":"perezvon","channel_ids":["1.1"],"bridge_ids":[],"endpoint_ids":[],"device_names":[]}"#
        .utf8)
    #expect(
      ARIDecoder.application(application) == ARIApplication(name: "perezvon", channels: ["1.1"], bridges: []))
    let info = Array(
      (#"{"system":{"version":"22.10.1"},"config":{"name":"pbx1"},"#
        + #""status":{"startup_time":"2026-11-22T16:44:49.000+0000"}}"#)
        .utf8)
    #expect(
      ARIDecoder.info(info)
        == ARIInfo(
          version: "22.10.1", systemName: "pbx1",
          startedAt: Timestamp(microseconds: 1_795_365_889_000_000)))
  }

  @Test func `tells a variable, or a function of a channel`() {
    let request = ARIRequest.variable("CHANNEL(rtcp,rxcount)", of: "pz-1-c")
    #expect(request.method == .get)
    #expect(request.target == "/channels/pz-1-c/variable?variable=CHANNEL%28rtcp%2Crxcount%29")
    #expect(ARIDecoder.variable(Array(#"{"value":"1106"}"#.utf8)) == "1106")
    #expect(ARIDecoder.variable(Array(#"{"message":"Provided variable was not found"}"#.utf8)) == nil)
  }

  @Test func `says what became of a command`() {
    let leg = PBXCommand.Originate(
      channel: "pz-1-a", endpoint: "PJSIP/101", arguments: [], callerNumber: "", callerName: "",
      timeout: .seconds(20), variables: [:])
    func outcome(_ command: PBXCommand, _ status: Int, _ body: String = "") -> CommandOutcome {
      ARIRequest.outcome(of: command, status: status, body: Array(body.utf8))
    }
    #expect(outcome(.originate(leg), 200, channelJSON("x")) == .done)
    #expect(outcome(.answer("1.1"), 204) == .done)
    #expect(outcome(.originate(leg), 409) == .alreadyLive)
    #expect(
      outcome(.answer("1.1"), 409, "{\"message\":\"Channel not in Stasis application\"}")
        == .refused("Channel not in Stasis application"))
    #expect(outcome(.answer("1.1"), 404, "{\"message\":\"Channel not found\"}") == .notFound)
    guard case .refused = outcome(.answer("1.1"), 404, "<html>Not Found</html>") else {
      Issue.record("a missing ARI was taken for a missing channel")
      return
    }
    #expect(outcome(.originate(leg), 404, "{\"message\":\"Invalid\"}") == .refused("Invalid"))
    #expect(
      outcome(.originate(leg), 500, "{\"error\":\"Allocation failed\"}") == .refused("Allocation failed"))
    #expect(outcome(.originate(leg), 500, "x") == .unknown("x"))
    #expect(outcome(.originate(leg), 503) == .unknown("HTTP 503"))
    #expect(
      outcome(.originate(leg), 400, "{\"message\":\"Endpoint not found\"}") == .refused("Endpoint not found"))
  }
}

@Suite struct `A command` {
  let leg = PBXCommand.Originate(
    channel: "pz-1-a", endpoint: "PJSIP/+7916@trunk", arguments: ["agent", "1"], callerNumber: "+7495",
    callerName: "A \"B\"", timeout: .milliseconds(1_500), variables: ["PEREZVON_JOB": "j\"1", "A": "ж\\"],
    originator: "1.1")

  func target(_ command: PBXCommand) throws -> String {
    guard case .ari(let request) = try CommandRoute(command, application: "perezvon") else { return "" }
    return "\(request.method.rawValue) \(request.target)"
  }

  @Test func `to originate goes by ARI, its variables in the body`() throws {
    guard case .ari(let request) = try CommandRoute(.originate(leg), application: "perezvon") else {
      Issue.record("not by ARI")
      return
    }
    #expect(request.method == .post)
    #expect(
      request.target == "/channels?endpoint=PJSIP%2F%2B7916%40trunk&app=perezvon&channelId=pz-1-a&timeout=2"
        + "&appArgs=agent%2C1&callerId=%22A%20%5C%22B%5C%22%22%20%3C%2B7495%3E&originator=1.1")
    #expect(
      String(decoding: request.body, as: UTF8.self)
        == #"{"variables":{"A":"ж\\","PEREZVON_JOB":"j\"1"}}"#)
  }

  @Test func `about a leg goes by ARI`() throws {
    #expect(try target(.hangUp("1.1", .userBusy)) == "DELETE /channels/1.1?reason=busy")
    #expect(try target(.hangUp("a;2", .unknown)) == "DELETE /channels/a%3B2?reason=normal")
    #expect(try target(.hangUp("1.1", .temporaryFailure)) == "DELETE /channels/1.1?reason_code=41")
    #expect(try target(.answer("1.1")) == "POST /channels/1.1/answer")
    #expect(try target(.indicateRinging("1.1")) == "POST /channels/1.1/ring")
    #expect(try target(.stopRinging("1.1")) == "DELETE /channels/1.1/ring")
    #expect(
      try target(.play("1.1", playback: "p/1", media: ["sound:a", "sound:b"]))
        == "POST /channels/1.1/play/p%2F1?media=sound%3Aa%2Csound%3Ab")
    #expect(try target(.stopPlayback("p1")) == "DELETE /playbacks/p1")
    #expect(
      try target(.setVariable("1.1", name: "PEREZVON_PEER", value: "PJSIP/1-2&x=1"))
        == "POST /channels/1.1/variable?variable=PEREZVON_PEER&value=PJSIP%2F1-2%26x%3D1")
    #expect(
      try target(.continueInDialplan("1.1", context: "c", exten: "s", priority: 1))
        == "POST /channels/1.1/continue?context=c&extension=s&priority=1")
  }

  @Test func `about members and queues goes by AMI`() throws {
    #expect(
      try CommandRoute(.pauseMember("PJSIP/1", queue: "q", paused: false, reason: "r"), application: "p")
        == .ami(.queuePause("PJSIP/1", queue: "q", paused: false, reason: "r")))
    #expect(
      try CommandRoute(.changeCallerPriority(queue: "q", channelName: "c", priority: 5), application: "p")
        == .ami(.queueChangePriorityCaller(queue: "q", caller: "c", priority: 5)))
    #expect(
      try CommandRoute(.limitLife("1.1", .milliseconds(1_001)), application: "p")
        == .ami(.setvar(channel: "1.1", name: "TIMEOUT(absolute)", value: "2")))
    for (limit, value) in [(Duration.zero, "0.000"), (.milliseconds(61_007), "61.007")] {
      #expect(
        try CommandRoute(.wake("1.1", limit: limit), application: "p")
          == .ami(.setvar(channel: "1.1", name: "TIMEOUT(absolute)", value: value)))
    }
  }

  func refusal(_ command: PBXCommand) -> EncodingError.Code? {
    do throws(EncodingError) {
      _ = try CommandRoute(command, application: "perezvon")
      return nil
    } catch {
      return error.code
    }
  }

  @Test func `with a control character anywhere is refused, and no byte ends its place`() throws {
    for byte in UInt8.min...UInt8.max {
      let value = "a" + String(Unicode.Scalar(byte)) + "b"
      var legs = [leg, leg, leg, leg, leg, leg, leg, leg]
      legs[0].channel = ChannelID(value)
      legs[1].endpoint = value
      legs[2].arguments = [value]
      legs[3].callerNumber = value
      legs[4].callerName = value
      legs[5].variables = [value: "x"]
      legs[6].variables = ["x": value]
      legs[7].originator = ChannelID(value)
      let commands: [PBXCommand] =
        legs.map(PBXCommand.originate) + [
          .hangUp(ChannelID(value), .normalClearing), .answer(ChannelID(value)),
          .indicateRinging(ChannelID(value)), .stopRinging(ChannelID(value)),
          .play(ChannelID(value), playback: "p", media: ["m"]), .play("c", playback: value, media: ["m"]),
          .play("c", playback: "p", media: [value]), .stopPlayback(value),
          .setVariable(ChannelID(value), name: "n", value: "v"), .setVariable("c", name: value, value: "v"),
          .setVariable("c", name: "n", value: value),
          .continueInDialplan(ChannelID(value), context: "c", exten: "s", priority: 1),
          .continueInDialplan("c", context: value, exten: "s", priority: 1),
          .continueInDialplan("c", context: "c", exten: value, priority: 1),
        ]
      for command in commands {
        if byte < 0x20 || byte == 0x7F {
          #expect(refusal(command) == .controlCharacter, "byte \(byte)")
        } else if case .ari(let request) = try? CommandRoute(command, application: "p") {
          let allowed = request.target.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
          #expect(allowed)
          #expect(request.target.split(separator: "?", omittingEmptySubsequences: false).count <= 2)
          #expect(!request.target.contains(" ") && !request.target.contains("\""))
        }
      }
    }
  }

  @Test func `out of range is refused`() {
    var long = leg
    long.timeout = .seconds(301)
    #expect(refusal(.originate(long)) == .outOfRange)
    long.timeout = .zero
    #expect(refusal(.originate(long)) == .outOfRange)
    long = leg
    long.arguments = ["a,b"]
    #expect(refusal(.originate(long)) == .separator)
    #expect(refusal(.play("c", playback: "p", media: [])) == .empty)
    #expect(refusal(.limitLife("c", .zero)) == .outOfRange)
    #expect(refusal(.wake("c", limit: .seconds(-1))) == .outOfRange)
    #expect(refusal(.continueInDialplan("c", context: "x", exten: "s", priority: 0)) == .outOfRange)
  }
}

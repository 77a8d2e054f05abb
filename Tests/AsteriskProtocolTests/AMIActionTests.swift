import Telephony
import Testing

@testable import AsteriskProtocol

func text(_ action: AMIAction, id: String = "7") throws -> String {
  String(decoding: try action.encoded(actionID: id), as: UTF8.self)
}

func code(_ action: AMIAction, id: String = "7") -> EncodingError.Code? {
  do throws(EncodingError) {
    _ = try action.encoded(actionID: id)
    return nil
  } catch {
    return error.code
  }
}

@Suite struct `An AMI action` {
  @Test func `is written line by line`() throws {
    #expect(try text(.ping) == "Action: Ping\r\nActionID: 7\r\n\r\n")
    #expect(
      try text(.queuePause("PJSIP/101", queue: "sales", paused: true, reason: "pz:1"))
        == "Action: QueuePause\r\nActionID: 7\r\nQueue: sales\r\nInterface: PJSIP/101\r\n"
        + "Paused: true\r\nReason: pz:1\r\n\r\n"
    )
    #expect(
      try text(.queueChangePriorityCaller(queue: "q", caller: "PJSIP/t-1", priority: 10))
        == "Action: QueueChangePriorityCaller\r\nActionID: 7\r\nQueue: q\r\nCaller: PJSIP/t-1\r\n"
        + "Priority: 10\r\nImmediate: yes\r\n\r\n"
    )
    #expect(
      try text(.setvar(channel: "1.1", name: "TIMEOUT(absolute)", value: "60"))
        == "Action: Setvar\r\nActionID: 7\r\nChannel: 1.1\r\nVariable: TIMEOUT(absolute)\r\nValue: 60\r\n\r\n"
    )
    #expect(
      try text(.hangup(channel: "1.1", cause: .normalClearing))
        == "Action: Hangup\r\nActionID: 7\r\nChannel: 1.1\r\nCause: 16\r\n\r\n")
    #expect(
      try text(.getvar(name: "PEREZVON_TALK_PJSIP101"))
        == "Action: Getvar\r\nActionID: 7\r\nVariable: PEREZVON_TALK_PJSIP101\r\n\r\n")
    #expect(
      try text(.dialplanHas(context: "perezvon-bridge", exten: "s"))
        == "Action: Getvar\r\nActionID: 7\r\nVariable: DIALPLAN_EXISTS(perezvon-bridge,s,1)\r\n\r\n")
    for hostile in ["", "a,b", "a)", "SHELL(x", "a b", "${X}", "TIMEOUT(absolute)", "a\r\n"] {
      #expect(throws: EncodingError.self) { try text(.dialplanHas(context: hostile, exten: "s")) }
      #expect(throws: EncodingError.self) { try text(.dialplanHas(context: "c", exten: hostile)) }
    }
    #expect(try text(.queueStatus("q")) == "Action: QueueStatus\r\nActionID: 7\r\nQueue: q\r\n\r\n")
  }

  @Test func `that logs in proves the secret by MD5 of challenge and secret`() throws {
    #expect(try text(.challenge) == "Action: Challenge\r\nActionID: 7\r\nAuthType: MD5\r\n\r\n")
    let login = AMIAction.Login(
      username: "u", proof: .md5(challenge: "840415273", secret: "secret"),
      events: .classes(["call", "agent"]))
    #expect(
      try text(.login(login))
        == "Action: Login\r\nActionID: 7\r\nAuthType: MD5\r\nUsername: u\r\n"
        + "Key: \(MD5.hex("840415273secret"))\r\nEvents: call,agent\r\n\r\n"
    )
    let plain = AMIAction.Login(username: "u", proof: .plain(secret: "s"), events: .off)
    #expect(
      try text(.login(plain))
        == "Action: Login\r\nActionID: 7\r\nUsername: u\r\nSecret: s\r\nEvents: off\r\n\r\n")
  }

  @Test func `shows its name only where it is printed`() {
    let login = AMIAction.login(.init(username: "u", proof: .plain(secret: "hush"), events: .on))
    var dumped = ""
    dump(login, to: &dumped)
    #expect("\(login)" == "Login")
    #expect(!String(reflecting: login).contains("hush"))
    #expect(!dumped.contains("hush"))
  }

  /// Every text of every action, one at a time.
  func withField(_ value: String) -> [AMIAction] {
    return [
      .login(.init(username: value, proof: .plain(secret: "s"), events: .on)),
      .login(.init(username: "u", proof: .plain(secret: value), events: .on)),
      .login(.init(username: "u", proof: .plain(secret: "s"), events: .classes([value]))),
      .queueStatus(QueueName(value)),
      .queuePause(MemberInterface(value), queue: nil, paused: true, reason: "r"),
      .queuePause("i", queue: QueueName(value), paused: true, reason: "r"),
      .queuePause("i", queue: nil, paused: true, reason: value),
      .queueChangePriorityCaller(queue: QueueName(value), caller: "c", priority: 1),
      .queueChangePriorityCaller(queue: "q", caller: value, priority: 1),
      .setvar(channel: value, name: "n", value: "v"), .setvar(channel: "c", name: value, value: "v"),
      .setvar(channel: "c", name: "n", value: value), .hangup(channel: value, cause: .normalClearing),
    ]
  }

  @Test func `refuses every control character in every field, and lets nothing begin a new line`() throws {
    for byte in UInt8.min...UInt8.max {
      // Bytes above 0x7F are parts of UTF-8 here, as two bytes.
      let value = "a" + String(Unicode.Scalar(byte)) + "b"
      for action in withField(value) {
        if byte < 0x20 || byte == 0x7F {
          #expect(code(action) == .controlCharacter, "\(action), byte \(byte)")
          continue
        }
        guard let bytes = try? action.encoded(actionID: "7") else { continue }
        let lines = String(decoding: bytes, as: UTF8.self).split(
          separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines.suffix(2) == ["", ""])
        #expect(lines.dropLast(2).allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { $0 >= 0x20 } })
        #expect(lines.first == "Action: \(action.name)")
      }
      if byte < 0x20 || byte == 0x7F { #expect(code(.ping, id: value) == .controlCharacter) }
    }
  }

  @Test func `refuses what is too long, too much, empty or a regular expression`() {
    #expect(code(.hangup(channel: "/^PJSIP/", cause: .normalClearing)) == .regularExpression)
    #expect(code(.hangup(channel: "", cause: .normalClearing)) == .empty)
    #expect(
      code(.setvar(channel: "c", name: "n", value: String(repeating: "v", count: 1_017))) == .lineTooLong)
    #expect(code(.setvar(channel: "c", name: "n", value: String(repeating: "v", count: 1_014))) == nil)
    #expect(code(.setvar(channel: "c", name: "a=b", value: "v")) == .separator)
  }
}

@Suite struct `An MD5 digest` {
  @Test func `is the one of RFC 1321`() {
    let vectors = [
      ("", "d41d8cd98f00b204e9800998ecf8427e"), ("a", "0cc175b9c0f1b6a831c399e269772661"),
      ("abc", "900150983cd24fb0d6963f7d28e17f72"), ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
      ("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
      (
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        "d174ab98d277d9f5a5611c2c9f419d9f"
      ),
      (
        "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
        "57edf4a22be3c955ac49da2e2107b67a"
      ),
    ]
    for (text, digest) in vectors { #expect(MD5.hex(text) == digest) }
  }
}

import Foundation
import Testing

@testable import Service

/// What a wrong configuration says.
@Suite struct `A mistake` {
  @Test func `does not hide the others: five at once, in order, at their places`() {
    let yaml = """
      database:
        url: mysql://db
        spool: /var/spool/perezvon
      pbx:
        - name: pbx1
          ami: {host: 127.0.0.1, port: 99999, username: perezvon, secret: hush}
          ari: {username: perezvon, password: hush}
          inbound_contexts: [from-trunk]
          dial: PJSIP/number@trunk
      numbers: {region: RU, allow: ["+7"]}
      calendars:
        office: {timezone: Europe/Moscow, open: {mon-fri: "09:00-18:00"}}
      campaigns:
        - name: sales
          min_wiat: 5s
          queues: [sales]
          calendar: ofice
      """
    #expect(
      mistakes(yaml) == [
        "2:8: database.url must be a URL that begins with postgresql:// or postgres://",
        "6:34: pbx[0].ami.port must be a whole number from 1 to 65535; this is \"99999\"",
        "9:11: pbx[0].dial must contain {number}, such as PJSIP/{number}@trunk; "
          + "this is \"PJSIP/number@trunk\"",
        "15:5: unknown key \"min_wiat\" in campaigns[0]; did you mean \"min_wait\"?",
        "17:15: campaigns[0].calendar names \"ofice\", which is no calendar; did you mean \"office\"?",
      ])
  }

  @Test func `begins with the file's name`() {
    #expect {
      try read(least(campaign: "    min_wiat: 5s"))
    } throws: { error in
      "\(error)" == "/etc/perezvon/perezvon.yaml:15:5: unknown key \"min_wiat\" in campaigns[0]; "
        + "did you mean \"min_wait\"?"
    }
  }

  /// One mistake in one line of the least configuration, and the sentence it gives.
  @Test(arguments: [
    // Wrong types.
    ("    queues: sales", #"campaigns[0].queues must be a list; write [sales]"#),
    ("    ring: [25s]", "campaigns[0].ring must be a duration from 1s to 5m, not a list"),
    ("    agents: sales", "campaigns[0].agents must be a map of keys and values"),
    (
      "    agents: {confirm: perhaps}",
      #"campaigns[0].agents.confirm must be true or false; this is "perhaps""#
    ),
    (
      "    max_attempts: four",
      #"campaigns[0].max_attempts must be a whole number from 1 to 50; this is "four""#
    ),
    ("    ring: soon", #"campaigns[0].ring must be a duration from 1s to 5m; this is "soon""#),
    ("    hold_out: 3", #"campaigns[0].hold_out must be a percentage from 0% to 100%; this is "3""#),
    ("    ring:", "campaigns[0].ring has no value; write a duration from 1s to 5m, or take the key out"),
    ("    ring: ~", "campaigns[0].ring has no value; write a duration from 1s to 5m, or take the key out"),
    // Out of range.
    (
      "    ring: 25",
      "campaigns[0].ring must be a duration from 1s to 5m; "
        + #"this is "25"; a unit is missing, such as 25s or 25m"#
    ),
    ("    ring: 6m", #"campaigns[0].ring must be a duration from 1s to 5m; this is "6m""#),
    ("    max_attempts: 0", #"campaigns[0].max_attempts must be a whole number from 1 to 50; this is "0""#),
    ("    hold_out: 101%", #"campaigns[0].hold_out must be a percentage from 0% to 100%; this is "101%""#),
    (
      "    retry: {busy: [40d]}",
      #"campaigns[0].retry.busy[0] must be a duration from 0s to 30d; this is "40d""#
    ),
    // Choices.
    (
      "    mode: agent_frist",
      "campaigns[0].mode must be one of agent_first, client_first, preview, progressive, predictive, "
        + #"message, observe; this is "agent_frist"; did you mean "agent_first"?"#
    ),
    ("    otherwise: ring", #"campaigns[0].otherwise must be one of task, ignore; this is "ring""#),
    // Keys that need each other.
    (
      "    mode: client_first",
      #"mode client_first needs "connect" in campaigns[0]; add where an answered customer goes"#
    ),
    (
      "    mode: message\n    legal: none",
      #"mode message needs "message" in campaigns[0]; add what an answered customer hears"#
    ),
    (
      "    start_after: 24h",
      "start_after in campaigns[0] must be less than expire_after, or every job expires before its first dial"
    ),
    (
      "    connect: {exten: s}",
      #""context" is missing in campaigns[0].connect; add it, such as `context: perezvon-connect`"#
    ),
    // Keys.
    ("    retry: {bussy: [5m]}", #"unknown key "bussy" in campaigns[0].retry; did you mean "busy"?"#),
    (
      "    retry: {xyzzy: [5m]}",
      #"unknown key "xyzzy" in campaigns[0].retry; the keys here are busy, no_answer, congestion, machine, "#
        + "agent_missed, dropped"
    ),
    ("    xyzzy: 1", #"unknown key "xyzzy" in campaigns[0]; docs/configuration.md lists the keys"#),
    ("    name: twice", #"key "name" in campaigns[0] is given twice, first in line 12; keep one of them"#),
    (
      "    caller_id: \"a\\nb\"",
      #"campaigns[0].caller_id must not contain line breaks or other control characters; this is "a?b""#
    ),
    ("    caller_id: anna", #"campaigns[0].caller_id must be digits with or without +; this is "anna""#),
  ])
  func `in a campaign is one sentence that says what to do`(line: String, sentence: String) {
    var yaml = least(campaign: line)
    if line.hasPrefix("    queues") {
      yaml = yaml.replacingOccurrences(of: "    queues: [sales]\n", with: "")
    }
    let found = mistakes(yaml).map { String($0.drop { $0 != " " }.dropFirst()) }
    if line.hasPrefix("    queues") {
      // Without a list of queues there is no queue to take agents from, either.
      #expect(found.contains(sentence))
    } else {
      #expect(found == [sentence])
    }
  }

  @Test(arguments: [
    (
      "region: RU", "region: XX",
      #"numbers.region must be a country code of two letters such as RU; this is "XX""#
    ),
    (
      "Europe/Moscow", "Europe/Mosscow",
      #"calendars.office.timezone "Europe/Mosscow" names no known time zone; did you mean "Europe/Moscow"?"#
    ),
    (
      "\"09:00-18:00\"", "9-18",
      #"calendars.office.open.mon-fri must be opening hours such as 09:00-18:00; this is "9-18""#
    ),
    (
      "mon-fri", "mon-fry",
      #"key "mon-fry" in calendars.office.open must be a weekday or a range of weekdays such as mon-fri"#
    ),
    ("\"+7\"", "\"7\"", #"numbers.allow[0] must be the beginning of a number such as +7809; this is "7""#),
    (
      "allow: [\"+7\"]", "allow: []",
      "numbers.allow must not be empty; add the beginning of a number such as +7809"
    ),
    (
      "PJSIP/{number}@trunk", "PJSIP/{nummer}@trunk",
      "pbx[0].dial must not contain {nummer}; {number} is the only placeholder; "
        + #"this is "PJSIP/{nummer}@trunk""#
    ),
    (
      "postgresql://perezvon@127.0.0.1/perezvon", "",
      "database.url must not be empty; write a URL that begins with postgresql:// or postgres://"
    ),
    ("secret: hush", "secrt: hush", #"unknown key "secrt" in pbx[0].ami; did you mean "secret"?"#),
    (
      "username: perezvon, secret", "secret",
      #""username" is missing in pbx[0].ami; add it, such as `username: perezvon`"#
    ),
    (
      "queues: [sales]", "queues: [none]",
      "agents.queue is missing in campaigns[0]; name the queue whose members call back"
    ),
  ])
  func `elsewhere is one sentence that says what to do`(old: String, new: String, sentence: String) {
    let found = mistakes(least().replacingOccurrences(of: old, with: new))
      .map { String($0.drop { $0 != " " }.dropFirst()) }
    #expect(found.contains(sentence), "\(found)")
  }

  @Test func `of required keys names each and where it belongs`() {
    #expect(
      mistakes("").map { $0.prefix { $0 != ";" } } == [
        "1:1: \"database\" is missing", "1:1: \"numbers\" is missing", "1:1: \"pbx\" is missing",
      ])
  }

  @Test func `of names that are the same points at both`() {
    let yaml = least(campaign: "  - name: sales\n    queues: [sales]\n    calendar: office\n")
    #expect(
      mistakes(yaml) == [
        "15:11: another campaign is called \"sales\" in line 12; rename one of them"
      ])
  }

  @Test func `of keys given twice is found wherever they are, together with others`() {
    let yaml = least(
      campaign: "    ring: 25s\n    ring: 30s\n    ring: 31s\n    \"queues\": [sales]\n    max_atempts: 1")
    #expect(
      mistakes(yaml) == [
        "17:5: key \"ring\" in campaigns[0] is given twice, first in line 15; keep one of them",
        "17:5: key \"ring\" in campaigns[0] is given twice, first in line 16; keep one of them",
        "18:5: key \"queues\" in campaigns[0] is given twice, first in line 13; keep one of them",
        "19:5: unknown key \"max_atempts\" in campaigns[0]; did you mean \"max_attempts\"?",
      ])
  }

  @Test func `in YAML itself is told with its line`() {
    #expect(mistakes("a: [1, 2\nb: 3").first?.hasPrefix("2:2: this is not YAML: ") == true)
    #expect(mistakes("a: *nothing").first?.hasPrefix("1:4: this is not YAML: ") == true)
    #expect(mistakes("- a").first == "1:1: the file must be a map of keys and values")
    #expect(mistakes("a: 1\n---\nb: 2").count == 1)
    #expect(mistakes("a: 1\nb: \u{1}").first?.hasPrefix("2:1: this line is not readable text") == true)
  }

  @Test func `of depth or size is refused before it costs anything`() {
    #expect(mistakes(String(repeating: "[", count: 100_000)).first?.contains("nested too deeply") == true)
    #expect(mistakes(String(repeating: "- ", count: 100_000)).first?.contains("nested too deeply") == true)
    #expect(mistakes(String(repeating: "#", count: 2 << 20)).first?.contains("larger than 1 MiB") == true)
    #expect(mistakes("# " + String(repeating: "-", count: 500) + "\n" + least()) == [])
  }

  @Test func `made a thousand times is reported a hundred times and counted`() {
    let yaml = least(top: (0..<1_000).map { "nonsense-\($0): 1" }.joined(separator: "\n"))
    #expect {
      try read(yaml)
    } throws: { error in
      let lines = "\(error)".split(separator: "\n")
      return lines.count == 101 && lines[100].hasSuffix("and 900 more mistakes")
    }
  }

  @Test func `in a rule of notify is found without the rest of notify`() {
    let yaml = least(
      top: """
        notify:
          rules:
            - {on: missed_call}
            - {on: digest, email: [a@example.org]}
            - {on: job_closed, sms_to: "12"}
        """)
    #expect(
      mistakes(yaml) == [
        "18:7: notify.rules[0] tells nobody; add \"email\", \"sms_to\" or \"webhook\"",
        "19:7: notify.rules[1] is a digest without \"every\" or \"at\"; add how often, such as `every: 15m`",
        "19:28: notify.rules[1] sends mail, but notify.smtp is missing; add it",
        "20:32: notify.rules[2] sends a text message without \"text\"; add what it says",
        "20:32: notify.rules[2] sends a text message, but notify.sms is missing; add it",
        "20:32: notify.rules[2].sms_to is no phone number of RU or of the world: \"12\"; "
          + "write it with + and country code",
      ])
  }

  @Test func `of the company's own numbers is not passed over`() {
    #expect(
      mistakes(least(pbx: "    own_numbers: [\"8 495 111-22-33\", \"101\"]")) == [
        "8:38: pbx[0].own_numbers[1] is no phone number of RU or of the world: \"101\"; "
          + "write it with + and country code"
      ])
  }
}

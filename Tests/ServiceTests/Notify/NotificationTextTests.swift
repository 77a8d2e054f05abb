import CallPolicy
import Foundation
import Mustache
import Telephony
import Testing

@testable import Service
@testable import Store

/// An event as the books tell it, to be changed by a test.
func missedCall(number: String = "+79161234567", name: String = "Ганна Їжакевич", job: JobID? = nil)
  -> BookedEvent
{
  let at = Timestamp(microseconds: 1_795_363_200_000_000)
  var event = BookedEvent(id: 1, at: at, kind: "missed_call", pbx: "pbx1", details: "{}")
  event.call = BookedEvent.Call(
    pbx: "pbx1", linkedID: "1.1", at: at, number: number, kind: .mobile, name: name, did: "+74951112233",
    queue: "sales", wait: .seconds(80), lostAt: .queue, ending: .callerHungUp,
    membersRung: ["PJSIP/101", "PJSIP/102"], short: false, job: job,
    noJobReason: job == nil ? "no campaign" : nil)
  event.history = [
    BookedEvent.Past(
      at: at - .seconds(86_400), answered: true, who: "PJSIP/101", lostAt: nil, queue: "sales",
      talk: .seconds(65)),
    BookedEvent.Past(
      at: at - .seconds(90_000), answered: false, who: nil, lostAt: .ivr, queue: nil, talk: .zero),
  ]
  return event
}

@Suite struct `A notification` {
  let templates = NotificationTemplates(directory: nil)
  let clock = LocalClock(NamedZone("Europe/Moscow") ?? UTCZone())

  func mail(_ event: BookedEvent, _ language: NotifySettings.Language) throws -> NotificationTemplates.Mail {
    let facts = try #require(NotificationFacts(event, linkBase: "https://pz.example.org"))
    return templates.mail(
      .notification, language, facts.context(NotificationWords(language: language), clock))
  }

  @Test func `says who called, how long he waited, who was rung, where he was lost and what was before`()
    throws
  {
    let english = try mail(missedCall(name: "Anna"), .en)
    #expect(english.subject == "Missed call: +79161234567 (Anna), sales, waited 1 min 20 s")
    for line in [
      "Number: +79161234567", "Name: Anna", "Time: 2026-11-22 19:00", "Waited: 1 min 20 s", "Lost at: queue",
      "Rang: PJSIP/101, PJSIP/102", "Dialled: +74951112233",
      "2026-11-21 19:00  talked to PJSIP/101, 1 min 5 s",
      "2026-11-21 18:00  missed, voice menu", "Card: https://pz.example.org/numbers/%2B79161234567",
    ] {
      #expect(english.text.contains(line), "\(line) in \(english.text)")
    }
    #expect(english.html.contains("<td style=\"padding:2px 0\">PJSIP/101, PJSIP/102</td>"))
    #expect(!english.text.contains("{{") && !english.html.contains("{{"))
  }

  @Test func `speaks Russian and Ukrainian`() throws {
    let russian = try mail(missedCall(), .ru)
    #expect(russian.subject == "Пропущенный звонок: +79161234567 (Ганна Їжакевич), sales, ждал 1 мин 20 с")
    #expect(russian.text.contains("Звонили: PJSIP/101, PJSIP/102"))
    #expect(russian.text.contains("Время: 22.11.2026 19:00"))
    #expect(russian.html.contains("lang=\"ru\""))
    let ukrainian = try mail(missedCall(), .uk)
    #expect(ukrainian.subject == "Пропущений дзвінок: +79161234567 (Ганна Їжакевич), sales, чекав 1 хв 20 с")
    #expect(ukrainian.text.contains("Ім’я: Ганна Їжакевич"))
    #expect(ukrainian.text.contains("Втрачено: черга"))
  }

  @Test func `has words for every event in every language`() throws {
    for language in NotifySettings.Language.allCases {
      let words = NotificationWords(language: language)
      let titles = NotifySettings.Event.allCases.filter { $0 != .any }.map(words.title)
      #expect(Set(titles).count == titles.count)
      for event in NotifySettings.Event.allCases where event != .any && event != .digest {
        var booked = missedCall()
        booked.kind = event.rawValue
        booked.details = #"{"state":"raised","subject":"pbx1","count":9,"usual":2,"minutes":30,"percent":60}"#
        let mail = try mail(booked, language)
        #expect(mail.subject.contains(words.title(event)), "\(event)")
      }
    }
  }

  static let hostile = [
    #"<script>alert(1)</script>"#, #"" onmouseover="x"#, "a\r\nBcc: spy@example.org", "<\u{301}img src=x>",
    "\"\u{301} onload=\"x", #"\", "admin": true, "x": ""#, "{{number}}{{{text}}}", "\u{202E}gpj.exe",
    "a\u{0}b\u{1B}[2J",
    "&lt;b&gt;", "%0d%0a", "'; DROP TABLE jobs; --", "]]></a>",
  ]

  @Test(arguments: hostile) func `keeps a hostile name harmless in mail and HTML`(_ name: String) throws {
    let mail = try mail(missedCall(name: name), .en)
    let message = MailMessage(
      from: "pbx@example.org", to: ["lead@example.org"], subject: mail.subject, text: mail.text,
      html: mail.html,
      date: missedCall().at, key: UniqueID(high: 1, low: 2))
    let text = String(decoding: message.bytes, as: UTF8.self)
    let header = try #require(text.firstRange(of: "\r\n\r\n").map { text[..<$0.lowerBound] })
    let names = header.replacing("\r\n ", with: " ").split(separator: "\r\n").map { $0.prefix { $0 != ":" } }
    #expect(
      names == [
        "Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "X-Perezvon-Key", "MIME-Version",
        "Content-Type",
      ])
    #expect(message.bytes.allSatisfy { $0 == 13 || $0 == 10 || (32..<127).contains($0) })
    // Of the template's own: nothing in the name opened or closed an element or an attribute.
    let plain = try self.mail(missedCall(name: "Anna"), .en)
    for mark: Unicode.Scalar in ["<", ">", "\""] {
      #expect(
        mail.html.unicodeScalars.count { $0 == mark } == plain.html.unicodeScalars.count { $0 == mark },
        "\(mark)")
    }
    #expect(!mail.text.unicodeScalars.contains { $0.value < 32 && $0 != "\n" })
    #expect(!mail.html.unicodeScalars.contains("\u{202E}"))
    #expect(mail.text.split(separator: "\n").count == plain.text.split(separator: "\n").count)
  }

  @Test(arguments: hostile) func `keeps a hostile name harmless in JSON, forms and text messages`(
    _ name: String
  ) throws {
    let facts = try #require(NotificationFacts(missedCall(name: name), linkBase: nil))
    let context = facts.context(NotificationWords(language: .en), clock)
    let body = try ContentEscape.json.template(#"{"title":"{{name}}","n":"{{number}}"}"#).render(context)
    let read = try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: String])
    #expect(read == ["title": name, "n": "+79161234567"])
    let document = WebhookDocument(
      facts, key: UniqueID(high: 1, low: 2), words: NotificationWords(language: .en))
    let whole = try #require(
      try JSONSerialization.jsonObject(with: Data(document.json.utf8)) as? [String: Any])
    #expect(whole["name"] as? String == name)
    let form = try ContentEscape.form.template("to={{number}}&text={{name}}").render(context)
    #expect(form.split(separator: "&", omittingEmptySubsequences: false).count == 2)
    #expect(form.hasPrefix("to=%2B79161234567&text="))
    #expect(String(form.dropFirst(23)).removingPercentEncoding == name)
    let text = try ContentEscape.text.template("{{name}}").render(context)
    #expect(!text.unicodeScalars.contains { $0.properties.generalCategory == .control })
  }

  @Test func `takes templates of a directory in place of its own, and says which it cannot use`() throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "templates-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    try Data("Subject: {{name}}!\n\nHello {{number}}".utf8).write(
      to: directory.appending(path: "notification.en.txt.mustache"))
    try Data("{{#open}".utf8).write(to: directory.appending(path: "notification.en.html.mustache"))
    let own = NotificationTemplates(directory: directory.path())
    let facts = try #require(NotificationFacts(missedCall(name: "Anna"), linkBase: nil))
    let mail = own.mail(.notification, .en, facts.context(NotificationWords(language: .en), clock))
    #expect(mail.subject == "Anna!" && mail.text == "Hello +79161234567")
    #expect(mail.html.contains("<!DOCTYPE html>"))
    #expect(own.problems.count == 1)
  }

  @Test func `puts long Cyrillic subjects into words that a mail server takes`() {
    let subject = String(repeating: "Пропущенный звонок ", count: 12)
    let words = MailMessage.encodedWords(subject)
    for line in words.split(separator: "\r\n") {
      #expect(line.utf8.count <= 76)
      let base64 = line.trimmingCharacters(in: .whitespaces).dropFirst(10).dropLast(2)
      #expect(Data(base64Encoded: String(base64)).flatMap { String(data: $0, encoding: .utf8) } != nil)
    }
  }
}

import CallPolicy
import Foundation
import Telephony
import Testing

@testable import Service

/// What a right configuration becomes.
@Suite struct `A configuration` {
  private func contract() throws -> Settings { try read(contractSample, environment: ["SMS_KEY": "k-1"]) }

  @Test func `of the contract gives the service its surroundings`() throws {
    let settings = try contract()
    #expect(settings.database.url == Secret("postgresql://perezvon@127.0.0.1:5432/perezvon"))
    #expect(settings.database.spool == "/var/lib/perezvon/spool")
    #expect(settings.database.pool == 4)
    #expect(settings.http == HTTPSettings(host: "127.0.0.1", port: 8080, tokens: []))
    #expect(settings.instance == "node-a")
    #expect(settings.policy.minRedialGap == .seconds(900))
    #expect(settings.policy.recoverMaxAge == .seconds(4 * 3600))
  }

  @Test func `of the contract describes its PBX`() throws {
    let pbx = try #require(try contract().pbx(named: "pbx1"))
    #expect(
      pbx.ami
        == AMISettings(
          host: "127.0.0.1", port: 5038, username: "perezvon", secret: Secret("…"), tls: false, caFile: nil,
          verify: true))
    #expect(
      pbx.ari
        == ARISettings(
          url: "http://127.0.0.1:8088/ari", username: "perezvon", password: Secret("…"), app: "perezvon",
          caFile: nil, verify: true))
    #expect(pbx.inboundContexts == ["from-trunk"])
    #expect(pbx.ownNumbers == [PhoneNumber(e164: "+74951112233")])
    #expect(pbx.stages == ["greeting": .greeting, "ivr-main": .ivr, "after-hours": .afterHours])
    #expect(pbx.dial == DialPlanFormat(template: "PJSIP/{number}@trunk", format: .e164))
    #expect(pbx.maxConcurrentDials == 30)
    #expect(pbx.maxDialsPerSecond == 5)
    #expect(pbx.queueLog == "/var/log/asterisk/queue_log")
    #expect(pbx.settle == .milliseconds(300))
    #expect(pbx.mediaCheck == .seconds(4))
  }

  @Test func `of the contract gives the policy its campaign`() throws {
    let settings = try contract()
    var expected = CampaignPolicy(name: "sales-callback")
    expected.queues = .listed(["sales"], none: false)
    expected.agents.queue = "sales"
    expected.agents.announce = "perezvon-callback"
    expected.connect = DialplanTarget(context: "perezvon-connect")
    expected.message = DialplanTarget(context: "perezvon-message")
    expected.callerID = "+74951112233"
    expected.calendar = "office"
    expected.outbound.legal = .russia
    #expect(settings.policy.campaigns == [expected])
    #expect(settings.policy.numbers == NumberRules(allow: ["+7"], deny: ["+7809", "+7803"]))
    #expect(settings.policy.ownNumbers == [try #require(PhoneNumber(e164: "+74951112233"))])
    #expect(
      settings.dialing(of: "sales-callback")
        == CampaignDialing(
          name: "sales-callback", agentQueue: "sales", confirmWait: .seconds(10), coolDown: .seconds(60)))
  }

  @Test func `of the contract opens the office on the hour in Moscow`() throws {
    let office = try #require(try contract().policy.calendars["office"])
    // Friday 2026-11-20 in Moscow (UTC+3): open from 06:00 to 15:00 UTC.
    #expect(!office.isOpen(at: moment("2026-11-20T05:59:59Z")))
    #expect(office.isOpen(at: moment("2026-11-20T06:00:00Z")))
    #expect(!office.isOpen(at: moment("2026-11-20T15:00:00Z")))
    #expect(office.isOpen(at: moment("2026-11-21T07:00:00Z")))
    #expect(!office.isOpen(at: moment("2026-11-22T09:00:00Z")))
    #expect(!office.isOpen(at: moment("2027-01-08T09:00:00Z")))
  }

  @Test func `of the contract is typed where its features come later`() throws {
    let settings = try contract()
    #expect(settings.routing.sticky == .init(within: .seconds(30 * 86_400), wait: .seconds(20)))
    #expect(settings.routing.categories.map(\.name) == ["blocked", "regular", "vip"])
    #expect(settings.routing.categories.map(\.priority) == [0, 0, 10])
    #expect(settings.routing.categories.map(\.reject) == [true, false, false])
    #expect(settings.routing.categories.map(\.bypassQueue) == [false, false, true])
    #expect(settings.notify.smtp == .init(url: Secret("smtp://127.0.0.1:25"), from: "pbx@example.org"))
    #expect(settings.notify.sms?.headers == [.init(name: "Authorization", value: Secret("Bearer k-1"))])
    #expect(settings.notify.sms?.body == #"{"to":"{{number}}","text":"{{text}}"}"#)
    #expect(settings.notify.rules.map(\.on) == [.missedCall, .missedCall, .digest, .taskOverdue, .any])
    #expect(settings.notify.rules[1].smsToCustomer)
    #expect(settings.notify.rules[2].every == .seconds(900))
    #expect(
      settings.notify.rules[4].webhook == .init(url: "https://crm.example.org/hook", secret: Secret("…")))
    #expect(settings.tasks.dueIn == .seconds(7200))
    #expect(
      settings.losses
        == LossSettings(averageSale: 12_000, currency: "RUB", conversion: 0.3, selfReturn: .measured))
    #expect(
      settings.retention
        == RetentionSettings(calls: .seconds(400 * 86_400), numbersAfter: .seconds(400 * 86_400)))
  }

  @Test func `that leaves everything out has the policy's defaults`() throws {
    let settings = try read(least())
    var expected = CampaignPolicy(name: "sales")
    expected.queues = .listed(["sales"], none: false)
    expected.calendar = "office"
    expected.outbound.legal = .russia
    #expect(settings.policy.campaigns == [expected])
    #expect(settings.policy.minRedialGap == PolicyDefaults.minRedialGap)
    #expect(settings.policy.recoverMaxAge == PolicyDefaults.recoverMaxAge)
    #expect(settings.policy.numbers == NumberRules(allow: ["+7"]))
    #expect(settings.dialing.first?.agentQueue == "sales")
    #expect(!settings.instance.rawValue.isEmpty)
    #expect(settings.losses == nil)
  }

  @Test func `with queue none also takes calls lost before a queue`() throws {
    let yaml = least().replacingOccurrences(of: "queues: [sales]", with: "queues: [none, sales, 600]")
    #expect(try read(yaml).policy.campaigns[0].queues == .listed(["sales", "600"], none: true))
  }

  @Test func `takes several hours a day and days over the week's end`() throws {
    let yaml = least().replacingOccurrences(
      of: #"{mon-fri: "09:00-18:00"}"#, with: #"{sat-mon: ["08:00-12:00", "13:00-17:00"], tue: 22:00-06:00}"#)
    let office = try #require(try read(yaml).policy.calendars["office"])
    #expect(Set(office.open.keys) == [.sat, .sun, .mon, .tue])
    #expect(office.open[.sun]?.map(\.start) == [480, 780])
    #expect(office.open[.tue]?.first?.crossesMidnight == true)
  }

  @Test func `reuses parts by anchors and merge keys`() throws {
    let yaml = least(
      campaign: """
            retry: &waits {busy: [1m]}
          - &second
            name: support
            queues: [support]
            calendar: office
            ring: 40s
            retry: *waits
          - <<: *second
            name: billing
            queues: [billing]
        """)
    let campaigns = try read(yaml).policy.campaigns
    #expect(campaigns.map(\.name) == ["sales", "support", "billing"])
    #expect(campaigns.map(\.ring) == [.seconds(25), .seconds(40), .seconds(40)])
    #expect(campaigns.allSatisfy { $0.retry.busy == [.seconds(60)] })
  }

  @Test func `may have a byte order mark and line ends of Windows`() throws {
    let yaml = "\u{FEFF}" + least(campaign: "    ring: 40s").replacingOccurrences(of: "\n", with: "\r\n")
    #expect(try read(yaml).policy.campaigns[0].ring == .seconds(40))
  }

  @Test func `warns of what is not built yet`() throws {
    let losses = "losses: {average_sale: 1, currency: RUB, conversion: 30%}"
    let yaml = least(top: losses, campaign: "    mode: preview\n    kind: outbound")
    #expect(
      try read(yaml).warnings == [
        "losses is read and checked, but what it configures is not built yet"
      ])
    #expect(try read(least()).warnings == [])
  }

  @Test func `warns of a campaign that dials at night`() throws {
    let yaml = least().replacingOccurrences(of: "    calendar: office\n", with: "")
    #expect(try read(yaml).warnings.count == 1)
  }

  @Test func `is loaded from a file with its secrets beside it`() throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "settings-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let yaml = least().replacingOccurrences(of: "secret: hush", with: "secret_file: ami.secret")
    try Data(yaml.utf8).write(to: directory.appending(path: "perezvon.yaml"))
    try Data("from a file\n".utf8).write(to: directory.appending(path: "ami.secret"))
    let settings = try Settings.load(file: directory.appending(path: "perezvon.yaml").path, environment: [:])
    #expect(settings.pbxs[0].ami.secret.value == "from a file")
  }

  @Test func `that is not there says so`() {
    #expect {
      try Settings.load(file: "/nowhere/perezvon.yaml", environment: [:])
    } throws: { error in
      "\(error)" == "/nowhere/perezvon.yaml: does not exist; create it or correct the name"
    }
  }
}

/// A moment written as RFC 3339.
func moment(_ text: String) -> Timestamp {
  let date = try? Date(text, strategy: .iso8601)
  return Timestamp(seconds: date?.timeIntervalSince1970 ?? 0)
}

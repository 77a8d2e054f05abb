import CallPolicy
import Dialer
import Telephony
import Testing

@testable import Service
@testable import Store

@Suite struct `The compliance report` {
  private func figures() -> ComplianceFigures {
    ComplianceFigures(
      dialed: 1_000, outsideHours: 0, cutShort: 0, redialsAfterDrop: 0, mostDialsInDay: 2, mostTalksInDay: 1,
      mostTalksInWeek: 1, mostTalksInMonth: 3, period: AnswerCounts(live: 400, dropped: 8, machines: 100),
      worstDay: AnswerCounts(live: 40, dropped: 2, machines: 0), worstDayName: "2026-11-20",
      month: AnswerCounts(live: 600, dropped: 12, machines: 150))
  }

  private func campaign(_ law: LegalProfile?) -> CampaignPolicy {
    var campaign = CampaignPolicy(name: "winback")
    campaign.kind = .outbound
    campaign.mode = .predictive
    campaign.outbound.legal = law
    campaign.outbound.dropMessage = "custom/sorry"
    return campaign
  }

  /// Rule to what is in the column `kept`.
  private func kept(_ campaign: CampaignPolicy, _ figures: ComplianceFigures) -> [String: String] {
    let table = ComplianceReport(campaign, figures, dialsPerDay: 3, kept: .seconds(400 * 86_400))
      .table(from: "a", to: "b")
    #expect(table.columns == ComplianceReport.columns)
    #expect(table.rows.allSatisfy { $0.count == table.columns.count && !$0[5].isEmpty })
    return Dictionary(uniqueKeysWithValues: table.rows.map { ($0[0], $0[3]) })
  }

  @Test func `judges by the law's own window, and says whose figure it is`() {
    let us = kept(campaign(.unitedStates), figures())
    #expect(us["drop rate in 30 days"] == "yes" && us["drop rate in 24 h"] == "")
    #expect(us["hours at the customer's place"] == "yes" && us["unanswered phones ring at least"] == "yes")
    #expect(us["records are kept"] == "no", "400 days are less than five years")
    let uk = kept(campaign(.unitedKingdom), figures())
    #expect(uk["drop rate in 24 h"] == "no" && uk["drop rate in 30 days"] == "", "2 of 40 on the worst day")
    let none = kept(campaign(nil), figures())
    #expect(none["drop rate in 24 h"] == "no" && none["drop rate in 30 days"] == "yes")
    #expect(none["hours at the customer's place"] == "" && none["records are kept"] == "")
  }

  @Test func `says no for each rule that was not kept`() {
    var bad = figures()
    bad.outsideHours = 1
    bad.cutShort = 1
    bad.redialsAfterDrop = 1
    bad.mostDialsInDay = 4
    bad.month = AnswerCounts(live: 100, dropped: 4)
    var campaign = campaign(.unitedStates)
    campaign.outbound.dropMessage = nil
    let found = kept(campaign, bad)
    for rule in [
      "hours at the customer's place", "unanswered phones ring at least",
      "no dial without an agent after a drop",
      "dials of a number in 24 h", "drop rate in 30 days", "message to who was dropped",
    ] { #expect(found[rule] == "no", "\(rule)") }
    let russia = kept(self.campaign(.russia), figures())
    #expect(russia["automatic calls"] == "no", "no ground is stated")
    let debt = kept(self.campaign(.russiaDebt), figures())
    #expect(debt["talks with a person in 24 h, 7 days, 30 days"] == "yes")
  }

  @Test func `gives both denominators, the limit and the source`() throws {
    let table = ComplianceReport(
      campaign(.unitedStates), figures(), dialsPerDay: 3, kept: .seconds(400 * 86_400)
    ).table(from: "2026-10-24", to: "2026-11-23")
    #expect(table.title == "Compliance of winback by legal: us, 2026-10-24 to 2026-11-23")
    let month = try #require(table.rows.first { $0[0] == "drop rate in 30 days" })
    #expect(month[1] == "3.00 %")
    #expect(
      month[2]
        == "2.00 % of 600 live answers (true rate below 3.22 % at 95 %), 1.60 % of 750 with machines")
    #expect(month[4] == "law" && month[5].hasPrefix("16 CFR 310.4(b)(4)(i)"))
    let hours = try #require(table.rows.first { $0[0] == "hours at the customer's place" })
    #expect(hours[1] == "08:00-21:00" && hours[2] == "0 of 1000 dials outside")
    #expect(table.notes.last == "This is no legal advice.")
  }
}

@Suite struct `A report` {
  private let table = ReportTable(
    title: "Drops", columns: ["campaign", "rate"], rows: [["sales", "=1+1"], ["lo\u{1B}ng name", ""]],
    notes: ["A note."])

  @Test func `is a table that steers no terminal`() {
    #expect(
      table.table == """
        Drops

        campaign    rate
        sales       =1+1
        lo\u{FFFD}ng name

        A note.
        """)
  }

  @Test func `is CSV that is no formula`() {
    #expect(table.csv == "campaign,rate\r\nsales,'=1+1\r\nlo\u{1B}ng name,")
  }

  @Test func `is JSON with the columns as keys`() {
    #expect(
      Report(
        name: "drops", main: table, from: Timestamp(microseconds: 0), to: Timestamp(microseconds: 1_500_000)
      ).text(.json) == #"""
        {
          "columns" : [
            "campaign",
            "rate"
          ],
          "from" : "1970-01-01T00:00:00Z",
          "more" : [

          ],
          "notes" : [
            "A note."
          ],
          "report" : "drops",
          "rows" : [
            {
              "campaign" : "sales",
              "rate" : "=1+1"
            },
            {
              "campaign" : "lo\u001bng name",
              "rate" : null
            }
          ],
          "title" : "Drops",
          "to" : "1970-01-01T00:00:01.500000Z"
        }
        """#)
  }
}

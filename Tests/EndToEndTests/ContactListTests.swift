import Foundation
import Lab
import Telephony
import Testing

/// A campaign fed by a list, beside the lab's usual callbacks.
private func listOptions(calendar: String = "always", calendars: String = "") -> LabServiceOptions {
  var options = LabServiceOptions(agents: ["wrap_up": "0s", "cool_down": "1s"])
  options.calendars = calendars
  options.moreCampaigns = """
    - name: list
      kind: outbound
      mode: agent_first
      calendar: \(calendar)
      ring: 15s
      success_after: 3s
      retry: {busy: [10m], no_answer: [10m]}
      agents: {queue: sales, announce: perezvon-callback, confirm: true, ring: 6s, wrap_up: 0s, cool_down: 1s, confirm_wait: 6s}
    """.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
  return options
}

extension Stage {
  /// Brings a list into the campaign `list`.
  fileprivate func bring(_ text: String) async throws {
    let file = FileManager.default.temporaryDirectory.appending(
      path: "list-\(UUID().uuidString.prefix(8)).csv")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(text.utf8).write(to: file)
    let brought = try await service.command("contacts", "import", file.path(), "--campaign", "list")
    try #require(brought.status == 0, "\(brought.output)")
  }

  fileprivate func campaign(_ words: String...) async throws {
    let done = try await service.command(words[0], words[1], words[2])
    try #require(done.status == 0, "\(done.output)")
  }
}

@Suite struct `A contact of a list` {
  @Test(arguments: bothAsterisks)
  func `who is busy on the first phone answers on the second`(_ asterisk: LabAsterisk) async throws {
    try await Stage.with(asterisk, listOptions()) { stage in
      let (first, second) = ("+79167300010", "+79167300011")
      try await stage.lab.telco.setCustomer(first, .busy)
      try await stage.lab.telco.setCustomer(second, .answers(after: .seconds(1), talk: .seconds(6)))
      try await stage.willing(101)
      try await stage.lab.pbx.setMember(101)
      try await stage.bring("key,name,phone,phone2\nA1,Anna,\(first),\(second)\n")
      try await stage.campaign("campaigns", "start", "list")
      try await stage.service.eventually(
        "SELECT state FROM report.contacts WHERE key = 'A1'", within: .seconds(60)
      ) { $0 == "succeeded" }
      // The network's own record: the first was busy, the second answered, in this order, once each.
      let (busy, answered) = (stage.invites(first), stage.invites(second))
      #expect(busy.count == 1 && busy.first?.answeredAt == nil)
      #expect(answered.count == 1 && answered.first?.answeredAt != nil)
      let told = try await stage.service.sql(
        "SELECT disposition || ' ' || attempts || ' ' || last_result || ' ' || last_number FROM report.contacts"
      )
      #expect(told == "talked 2 answered \(second)")
      let story = try await stage.service.command("explain", first)
      #expect(story.output.contains("phone 2 of 2 is next"), "\(story.output)")
      try await stage.nothingIsLeft()
    }
  }

  @Test func `whose phone rings when the campaign is paused is talked with, and nobody else is dialled`()
    async throws
  {
    try await Stage.with(.v22, listOptions()) { stage in
      let (ringing, waiting, caller) = ("+79167300020", "+79167300021", "+79167300022")
      for customer in [ringing, waiting, caller] {
        try await stage.lab.telco.setCustomer(customer, .answers(after: .seconds(4), talk: .seconds(6)))
      }
      try await stage.willing(101)
      try await stage.lab.pbx.setMember(101)
      try await stage.bring("key,phone,priority\nA1,\(ringing),9\nB2,\(waiting),8\n")
      try await stage.campaign("campaigns", "start", "list")
      try await stage.invited(ringing)
      try await stage.campaign("campaigns", "pause", "list")
      try await stage.service.eventually(
        "SELECT state FROM report.contacts WHERE key = 'A1'", within: .seconds(40)
      ) { $0 == "succeeded" }
      #expect(stage.invites(ringing).first?.answeredAt != nil)
      // The agent is free and is given a callback; the contact, who stands before it in line, is not dialled.
      try await stage.lab.pbx.setMember(101, present: false)
      try await stage.abandon(caller, after: .seconds(3))
      try await stage.lab.pbx.setMember(101)
      try await stage.job(caller, is: .succeeded, within: .seconds(60))
      #expect(stage.invites(waiting).isEmpty)
      let story = try await stage.service.command("explain", waiting)
      #expect(story.output.contains("the campaign list is paused since"), "\(story.output)")
      try await stage.campaign("campaigns", "resume", "list")
      try await stage.service.eventually(
        "SELECT state FROM report.contacts WHERE key = 'B2'", within: .seconds(60)
      ) { $0 == "succeeded" }
      #expect(stage.invites(waiting).count == 1)
      try await stage.nothingIsLeft()
    }
  }

  @Test func `is dialled from the moment his campaign is scheduled for to its end`() async throws {
    try await Stage.with(.v22, listOptions()) { stage in
      let (first, second) = ("+79167300040", "+79167300041")
      for customer in [first, second] {
        try await stage.lab.telco.setCustomer(customer, .answers(after: .seconds(1), talk: .seconds(12)))
      }
      try await stage.willing(101)
      try await stage.lab.pbx.setMember(101)
      try await stage.bring("key,phone,priority\nA1,\(first),9\nB2,\(second),8\n")
      let start = Date(timeIntervalSince1970: (Date().timeIntervalSince1970 + 6).rounded(.up))
      // The first one talks beyond it: the second one's turn never comes.
      let end = start.addingTimeInterval(12)
      let scheduled = try await stage.service.command(
        "campaigns", "start", "list", "--at", start.formatted(.iso8601), "--until", end.formatted(.iso8601))
      try #require(scheduled.status == 0 && scheduled.output.contains("starts at"), "\(scheduled.output)")
      try await stage.service.eventually(
        "SELECT state FROM report.contacts WHERE key = 'A1'", within: .seconds(60)
      ) { $0 == "succeeded" }
      let invite = try #require(stage.invites(first).first)
      #expect(invite.invitedAt >= Timestamp(seconds: start.timeIntervalSince1970))
      let story = try await stage.service.command("explain", second)
      #expect(story.output.contains("was scheduled to stop at"), "\(story.output)")
      #expect(stage.invites(second).isEmpty)
      let job = try await stage.service.sql("SELECT job FROM report.contacts WHERE key = 'A1'")
      let said = try await stage.service.command("jobs", "disposition", job, "do_not_call", "--note", "angry")
      #expect(said.status == 0 && said.output.contains("On the do-not-call list: \(first)"), "\(said.output)")
      let exported = try await stage.service.command("contacts", "export", "--campaign", "list")
      #expect(exported.output.contains("do_not_call") && exported.output.contains("angry"))
      try await stage.nothingIsLeft()
    }
  }

  @Test func `is dialled in the hours of his own place`() async throws {
    // Open for an hour before and two hours behind this moment on the clock of UTC.
    let minute = Int(Date().timeIntervalSince1970) / 60 % 1_440
    func clock(_ minute: Int) -> String {
      let minute = (minute + 1_440) % 1_440
      return String(format: "%02d:%02d", minute / 60, minute % 60)
    }
    let hours = "  now: {timezone: UTC, open: {mon-sun: \"\(clock(minute - 60))-\(clock(minute + 120))\"}}"
    try await Stage.with(.v22, listOptions(calendar: "now", calendars: hours)) { stage in
      let (asleep, awake) = ("+79167300030", "+79167300031")
      for customer in [asleep, awake] {
        try await stage.lab.telco.setCustomer(customer, .answers(after: .seconds(1), talk: .seconds(6)))
      }
      try await stage.willing(101)
      try await stage.lab.pbx.setMember(101)
      try await stage.bring(
        "key,phone,time_zone,priority\nA1,\(asleep),Asia/Tokyo,9\nB2,\(awake),UTC,1\n")
      try await stage.campaign("campaigns", "start", "list")
      try await stage.service.eventually(
        "SELECT state FROM report.contacts WHERE key = 'B2'", within: .seconds(60)
      ) { $0 == "succeeded" }
      #expect(stage.invites(awake).count == 1)
      #expect(stage.invites(asleep).isEmpty)
      // Tokyo's clock shows the opening hour nine hours before that of UTC does.
      let due = try await stage.service.sql(
        """
        SELECT to_char(due_at AT TIME ZONE 'Asia/Tokyo', 'HH24:MI') FROM report.contacts WHERE key = 'A1'
        """)
      #expect(due == clock(minute - 60) || due == clock(minute - 59), "\(due)")
      try await stage.nothingIsLeft()
    }
  }
}

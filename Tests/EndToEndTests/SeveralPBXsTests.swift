import Foundation
import Lab
import Telephony
import Testing

/// One service, one database, two PBXs with a telco each: Asterisk 22 and 16.
@Suite struct `Several PBXs` {
  @Test func `a number owed two callbacks at two PBXs is on one leg at a time`() async throws {
    try await TwoPBXs.with(campaigns: TwoPBXs.twoCampaigns) { both in
      let number = "+79163100001"
      // Nobody picks up: the longest time in which a second leg could ring.
      for lab in both.labs { try await lab.telco.setCustomer(number, .noAnswer) }
      try await both.abandon(number, at: both.first, after: .seconds(4))
      try await both.abandon(number, at: both.second, to: TwoPBXs.salesThenSupport, after: .seconds(9))
      try await both.stage.service.eventually(
        "SELECT string_agg(pbx || ' ' || campaign, ', ' ORDER BY pbx) FROM report.jobs WHERE number = '\(number)'"
      ) { $0 == "pbx1 first-callback, pbx2 second-callback" }
      for lab in both.labs { try await both.seat(101, at: lab) }
      // Each PBX has called him, so one of them was ready while the other one rang.
      for lab in both.labs {
        try await lab.telco.wait(within: .seconds(90), "a call from \(lab.pbx.name)") { legs in
          legs.filter { $0.number == number && $0.party == .customer && !$0.isLive }.isEmpty ? nil : true
        }
      }
      for lab in both.labs { try await lab.pbx.setMember(101, present: false) }
      let legs = both.legs(of: number)
      for (earlier, later) in zip(legs, legs.dropFirst()) {
        let end = try #require(earlier.leg.endedAt, "\(earlier.lab) still rang when \(later.lab) began")
        #expect(end <= later.leg.invitedAt, "legs of \(earlier.lab) and \(later.lab) at once")
      }
    }
  }

  @Test func `a caller whom another PBX serves is not called back`() async throws {
    try await TwoPBXs.with { both in
      let number = "+79163100002"
      try await both.abandon(number, at: both.first, after: .seconds(4))
      try await both.stage.job(number, is: .waiting)
      try await both.seat(101, at: both.second)
      let call = try await both.second.telco.placeCall(from: number)
      try await both.second.telco.wait(within: .seconds(15), "agent 101 of the other PBX talking") { legs in
        legs.first { $0.number == "101" && $0.isTalking }
      }
      // While he talks there, an agent comes free here: his job is due, and he is on a line.
      try await both.seat(101, at: both.first)
      try await Task.sleep(for: .seconds(7))
      try await call.hangUp()
      try await both.stage.job(number, is: .recovered)
      #expect(both.legs(of: number).isEmpty)
      let explained = try await both.stage.service.command("explain", number)
      #expect(explained.output.contains("was served by PJSIP/101"), "\(explained.output)")
      #expect(explained.output.contains("pbx2"), "\(explained.output)")
    }
  }

  @Test func `a callback that rings stops when the customer calls another PBX`() async throws {
    try await TwoPBXs.with { both in
      let number = "+79163100003"
      try await both.first.telco.setCustomer(number, .noAnswer)
      try await both.abandon(number, at: both.first, after: .seconds(4))
      try await both.seat(101, at: both.first)
      let leg = try await both.stage.invited(number)
      let call = try await both.second.telco.placeCall(from: number)
      try await both.first.telco.wait(within: .seconds(10), "the ringing leg cancelled") { legs in
        legs.first { $0.id == leg.id && !$0.isLive }
      }
      try await both.stage.service.eventually(
        "SELECT customer_result FROM report.attempts WHERE number = '\(number)' AND ended_at IS NOT NULL"
      ) { $0 == "cancelled" }
      try await call.hangUp()
    }
  }

  /// What is in the books of the callback's other end, and of what followed from it.
  private func end(_ both: TwoPBXs, _ number: String, callbackOf: String, missed: String) async throws {
    try await both.stage.job(number, is: .succeeded)
    try await both.stage.service.eventually(
      "SELECT count(*) || ' ' || count(callback_of) FROM report.calls WHERE pbx = 'pbx2'"
    ) { $0 == callbackOf }
    let rows = try await both.stage.service.sql(
      "SELECT number, job IS NULL, no_job_reason FROM report.missed_calls WHERE pbx = 'pbx2'")
    #expect(rows == missed)
    #expect(try await both.stage.service.sql("SELECT string_agg(number, ',') FROM report.jobs") == number)
    // The one INVITE, and none from the second PBX to whoever seemed to call it.
    // `s` is the telco's own leg to the second PBX.
    let dialled = both.labs.flatMap(\.telco.legs).filter { $0.party == .customer && $0.number != "s" }
    #expect(dialled.map(\.number) == [number])
  }

  @Test func `a callback that the customer's phone passes on to another PBX's queue is not called back`()
    async throws
  {
    try await TwoPBXs.with(shows: "+74951119999") { both in
      let number = "+79163100005"
      try await both.first.telco.setCustomer(
        number, .forwards(to: PBXDialplan.mainNumber, at: both.second.pbx))
      try await both.abandon(number, at: both.first, after: .seconds(4))
      try await both.seat(101, at: both.first)
      _ = try await both.second.pbx.caller("+74951119999", in: "Queue", within: .seconds(30))
      // Longer than `success_after`: for the agent it was a talk.
      try await Task.sleep(for: .seconds(7))
      try await both.first.telco.hangUp("101")
      try await end(
        both, number, callbackOf: "1 0",
        missed: "+74951119999|t|the number is one of our own (own_numbers, caller_id)")
    }
  }

  @Test(arguments: [true, false])
  func `a callback to a number of another PBX is nobody's missed call there`(_ served: Bool) async throws {
    try await TwoPBXs.with(shows: "+74951119999") { both in
      // Nobody has told `own_numbers` of it.
      let number = PBXDialplan.forgottenNumber
      try await both.first.telco.setCustomer(number, .forwards(to: number, at: both.second.pbx))
      try await both.abandon(number, at: both.first, after: .seconds(4))
      try await both.seat(101, at: both.first)
      _ = try await both.second.pbx.caller("+74951119999", in: "Queue", within: .seconds(30))
      if served {
        try await both.seat(102, at: both.second)
        try await both.second.telco.wait(within: .seconds(15), "agent 102 of the other PBX talking") { legs in
          legs.first { $0.number == "102" && $0.isTalking }
        }
      }
      try await Task.sleep(for: .seconds(7))
      try await both.first.telco.hangUp("101")
      try await end(both, number, callbackOf: "1 1", missed: "")
      let explained = try await both.stage.service.command("explain", "+74951119999")
      #expect(explained.output.contains("this call was our own callback"), "\(explained.output)")
    }
  }

  @Test func `a job added by hand goes to the PBX it names`() async throws {
    try await TwoPBXs.with { both in
      let number = "+79163100004"
      try await both.second.telco.setCustomer(number, .answers(after: .seconds(1), talk: .seconds(7)))
      let unknown = try await both.stage.service.command(
        "jobs", "add", number, "--campaign", "sales-callback", "--pbx", "pbx9")
      #expect(unknown.status != 0)
      #expect(
        unknown.output.contains("There is no PBX pbx9; the configuration has: pbx1, pbx2."),
        "\(unknown.output)")
      let unnamed = try await both.stage.service.command(
        "jobs", "add", number, "--campaign", "sales-callback")
      #expect(unnamed.status != 0)
      #expect(unnamed.output.contains("name one with --pbx: pbx1, pbx2."), "\(unnamed.output)")
      let added = try await both.stage.service.command(
        "jobs", "add", number, "--campaign", "sales-callback", "--pbx", "pbx2")
      #expect(added.status == 0, "\(added.output)")
      for lab in both.labs { try await both.seat(101, at: lab) }
      try await both.stage.job(number, is: .succeeded, within: .seconds(60))
      #expect(both.legs(of: number).map(\.lab) == ["pbx2"])
    }
  }
}

/// Two labs and one service between them, which uses the first one's database.
private struct TwoPBXs {
  let stage: Stage
  let second: Lab
  var first: Lab { stage.lab }
  var labs: [Lab] { [first, second] }

  /// A caller who waits 5 s in `sales` and is sent on to `support`.
  static let salesThenSupport = "+74951112234"

  /// What is lost in `sales` is one campaign's, what is lost in `support` the other's.
  static let twoCampaigns = ["first": "sales", "second": "support"].sorted { $0.key < $1.key }.map {
    name, queue in
    """
      - name: \(name)-callback
        kind: callback
        queues: [\(queue)]
        min_wait: 2s
        number_kinds: [mobile, fixed]
        mode: agent_first
        calendar: always
        start_after: 1s
        expire_after: 1h
        ring: 6s
        caller_id: "+74951112233"
        retry: {busy: [2s, 2s, 2s], no_answer: [1s, 1s, 1s, 1s], congestion: [2s], agent_missed: [0s], dropped: [5s]}
        success_after: 5s
        agents:
          {queue: sales, choose: longest_idle, announce: perezvon-callback, confirm: true, ring: 6s, wrap_up: 1s,
          cool_down: 3s, confirm_wait: 6s}
    """
  }.joined(separator: "\n")

  static func with(
    campaigns: String? = nil, shows callerID: String? = nil, _ body: (TwoPBXs) async throws -> Void
  ) async throws {
    let labs = [LabOptions(), LabOptions(asterisk: .v16, pbxName: "pbx2", startsDatabase: false)]
    try await LabSlots.shared.withLabs(labs) { labs in
      var options = LabServiceOptions(top: ["min_redial_gap": "1s"])
      options.campaigns = campaigns
      if let callerID { options.campaign["caller_id"] = "\"\(callerID)\"" }
      options.otherPBXs = [labs[1].pbx]
      let stage = Stage(lab: labs[0], service: try LabService(options, beside: labs[0]))
      try await stage.service.start()
      try await stage.service.waitForLog("this instance drives pbx2")
      try await body(TwoPBXs(stage: stage, second: labs[1]))
      await stage.service.kill()
    }
  }

  func abandon(
    _ number: String, at lab: Lab, to did: String = "+74951112233", after patience: Duration
  ) async throws {
    let call = try await lab.telco.placeCall(from: number, to: did, hangsUpAfter: patience)
    _ = try await call.ended(within: patience + .seconds(10))
  }

  /// An agent who takes callbacks comes to the queue of one PBX.
  func seat(_ extension: Int, at lab: Lab) async throws {
    try await lab.telco.setAgent(`extension`, .answers(after: .seconds(1), keys: "1", keysAfter: .seconds(1)))
    try await lab.pbx.setMember(`extension`)
  }

  /// Legs that reached his telephones, over both telcos, in order.
  func legs(of number: String) -> [(lab: String, leg: TelcoLeg)] {
    labs.flatMap { lab in
      lab.telco.legs(of: number).filter { $0.party == .customer }.map { (lab.pbx.name.rawValue, $0) }
    }.sorted { $0.leg.invitedAt < $1.leg.invitedAt }
  }
}

import Foundation
import Lab
import Telephony
import Testing

/// What the other suites lean on, on each Asterisk: calls in, calls out, the record, the end of it all.
@Suite(.serialized) struct `The lab` {
  static let versions: [LabAsterisk] = [.v22, .v16]

  @Test(arguments: versions)
  func `a caller who hangs up in the queue leaves an abandon and a BYE from his side`(
    version: LabAsterisk
  ) async throws {
    let lab = try await SharedLab.get(version)
    try await lab.pbx.clearMembers()
    try await lab.pbx.setMember(101, paused: true)
    let number = Lab.uniqueNumber()
    let call = try await lab.telco.placeCall(from: number, name: "Пётр", hangsUpAfter: .seconds(3))
    let waiting = try await lab.pbx.eventually { pbx in
      try await pbx.channels().first { $0.callerNumber == number && $0.application == "Queue" }
    }
    #expect(waiting.id.rawValue.hasPrefix("pbx1-"))
    #expect(waiting.context == "queues")
    let name = try await lab.pbx.cli("core show channel \(waiting.name)")
    #expect(name.contains("Caller ID Name: Пётр"))
    let leg = try await call.ended()
    #expect(leg.answeredAt != nil)
    #expect(leg.endedBy == .phone)
    let abandon = try await lab.pbx.eventually { pbx in
      pbx.queueLogLines().first { $0.count > 4 && $0[1] == waiting.id.rawValue && $0[4] == "ABANDON" }
    }
    #expect(abandon[2] == "sales")
    #expect(lab.telco.legs.filter { $0.number == "101" && $0.invitedAt > leg.invitedAt }.isEmpty)
  }

  @Test(arguments: versions)
  func `an agent answers a queue call, sound flows both ways, and his hang-up ends it`(
    version: LabAsterisk
  ) async throws {
    let lab = try await SharedLab.get(version)
    try await lab.pbx.clearMembers()
    try await lab.telco.setAgent(102, .answers(after: .milliseconds(300)))
    try await lab.pbx.setMember(102)
    let mark = lab.telco.mark
    let call = try await lab.telco.placeCall(from: Lab.uniqueNumber())
    let agent = try await lab.telco.wait { legs in
      legs.last { $0.number == "102" && $0.party == .agent && $0.isTalking }
    }
    #expect(agent.ringingAt != nil)
    let media = try await lab.pbx.eventually { pbx -> [LabPBX.Media]? in
      let all = try await pbx.media().filter { $0.received > 50 && $0.sent > 50 }
      return all.count >= 2 ? all : nil
    }
    #expect(media.count == 2)
    try await lab.pbx.eventually { try await $0.member(102)?.status == .inUse ? true : nil }
    try await lab.telco.hangUp("102")
    let leg = try await call.ended()
    #expect(leg.endedBy == .pbx)
    #expect(lab.telco.legs.first { $0.id == agent.id }?.endedBy == .phone)
    #expect(lab.telco.record[mark...].contains { $0.leg == agent.id && $0.kind == .answered })
    try await lab.pbx.eventually { try await $0.channels().isEmpty ? true : nil }
  }

  @Test(arguments: versions)
  func `customers are busy, silent, congested, unknown or a machine by their last digits`(
    version: LabAsterisk
  ) async throws {
    let lab = try await SharedLab.get(version)
    let wanted: [(String, HangupCause)] = [("00", .userBusy), ("02", .congestion), ("04", .unallocated)]
    for (ending, cause) in wanted {
      let leg = try await dial(lab, Lab.uniqueNumber(ending: ending)) { !$0.isLive }
      #expect(leg.cause == cause)
      #expect(leg.endedBy == .phone)
      #expect(leg.answeredAt == nil)
    }
    let silent = try await dial(lab, Lab.uniqueNumber(ending: "01"), timeout: .seconds(2)) { !$0.isLive }
    #expect(silent.ringingAt != nil)
    #expect(silent.answeredAt == nil)
    #expect(silent.endedBy == .pbx)
    let machine = try await dial(lab, Lab.uniqueNumber(ending: "03")) { $0.isTalking }
    try await lab.telco.hangUp(machine.number)
    let person = try await dial(lab, Lab.uniqueNumber()) { $0.isTalking }
    #expect(person.other == "74951112233")
    try await lab.telco.hangUp(person.number)
    try await lab.pbx.eventually { try await $0.channels().isEmpty ? true : nil }
  }

  @Test(arguments: versions) func `a scripted customer is busy first, then answers and hangs up himself`(
    version: LabAsterisk
  ) async throws {
    let lab = try await SharedLab.get(version)
    let number = Lab.uniqueNumber(ending: "01")
    try await lab.telco.setCustomer(number, .busy, .answers(after: .milliseconds(200), talk: .seconds(1)))
    #expect(try await dial(lab, number) { !$0.isLive }.cause == .userBusy)
    let second = try await dial(lab, number) { !$0.isLive && $0.answeredAt != nil }
    #expect(second.endedBy == .phone)
    let talk = try #require(second.talk)
    #expect(talk > .milliseconds(900) && talk < .seconds(3))
    #expect(lab.telco.legs(of: number).count == 2)
  }

  @Test(arguments: versions) func `an agent declines, does not pick up, is out of reach, or presses a key`(
    version: LabAsterisk
  ) async throws {
    let lab = try await SharedLab.get(version)
    try await lab.pbx.clearMembers()
    try await lab.telco.setAgent(103, .declines(after: .milliseconds(300)))
    try await lab.pbx.originate("PJSIP/103", context: "lab-hold")
    let declined = try await last(lab, "103") { !$0.isLive }
    #expect(declined.cause == .callRejected)

    try await lab.telco.setAgent(103, .noAnswer)
    try await lab.pbx.originate("PJSIP/103", context: "lab-hold", timeout: .seconds(1))
    let missed = try await last(lab, "103") { !$0.isLive && $0.id != declined.id }
    #expect(missed.answeredAt == nil)
    #expect(missed.endedBy == .pbx)

    // The menu of the PBX sends key 2 to `support`: the key came through.
    try await lab.telco.setAgent(103, .answers(after: .zero, keys: "2", keysAfter: .milliseconds(500)))
    try await lab.pbx.originate("PJSIP/103", id: ChannelID("keys-\(version)"), context: "ivr-main")
    try await lab.pbx.eventually { pbx in
      try await pbx.waiting(in: "support").contains(ChannelID("keys-\(version)")) ? true : nil
    }
    try await lab.telco.hangUp("103")

    try await lab.pbx.setMember(103)
    try await lab.telco.setAgent(103, registered: false)
    try await lab.pbx.eventually { try await $0.member(103)?.status == .unavailable ? true : nil }
    try await lab.telco.setAgent(103, registered: true)
    try await lab.pbx.eventually { try await $0.member(103)?.status == .notInUse ? true : nil }
  }

  @Test(arguments: versions)
  func `a pair handed to perezvon-bridge talks, and either hang-up releases the other`(
    version: LabAsterisk
  ) async throws {
    let lab = try await SharedLab.get(version)
    try await lab.telco.setAgent(104, .answers(after: .zero))
    for customerEnds in [true, false] {
      let before = lab.telco.mark
      try await lab.pbx.originate(
        "PJSIP/104", id: ChannelID("hand-a-\(version)-\(customerEnds)"), context: "lab-hold")
      let agent = try await last(lab, "104") { $0.isTalking }
      let name = try await lab.pbx.eventually { pbx in
        try await pbx.channels().first {
          $0.id.rawValue == "hand-a-\(version)-\(customerEnds)" && $0.state == "Up"
        }?
        .name
      }
      let number = Lab.uniqueNumber()
      try await lab.pbx.originate(
        "PJSIP/\(number)@trunk", context: "perezvon-bridge", variables: ["PEREZVON_PEER": name])
      let customer = try await last(lab, number) { $0.isTalking }
      try await lab.pbx.eventually { pbx in
        let bridged = try await pbx.channels().filter { !$0.bridge.isEmpty }
        return bridged.count == 2 && bridged[0].bridge == bridged[1].bridge ? true : nil
      }
      try await lab.telco.hangUp(customerEnds ? number : "104")
      let other = try await lab.telco.wait { legs in
        legs.first { $0.id == (customerEnds ? agent.id : customer.id) && !$0.isLive }
      }
      #expect(other.endedBy == .pbx)
      #expect(lab.telco.mark > before)
      try await lab.pbx.eventually { try await $0.channels().isEmpty ? true : nil }
    }
  }

  @Test(arguments: versions) func `every door of the PBX leads where its table says`(version: LabAsterisk)
    async throws
  {
    let lab = try await SharedLab.get(version)
    try await lab.pbx.clearMembers()
    try await lab.telco.setAgent(101, .answers(after: .zero, talk: .seconds(1)))
    // Those that end by themselves.
    var calls: [(String, LabCall)] = []
    for did in [PBXDialplan.afterHoursNumber, PBXDialplan.emptyQueueNumber, PBXDialplan.requestNumber] {
      calls.append((did, try await lab.telco.placeCall(from: Lab.uniqueNumber(), to: did)))
    }
    let direct = try await lab.telco.placeCall(from: Lab.uniqueNumber(), to: PBXDialplan.directNumber(101))
    let refused = try await lab.telco.placeCall(from: Lab.uniqueNumber(), to: PBXDialplan.refusedNumber)
    let overflow = try await lab.telco.placeCall(from: Lab.uniqueNumber(), to: PBXDialplan.overflowNumber)
    for (did, call) in calls {
      let leg = try await call.ended()
      #expect(leg.answeredAt != nil && leg.endedBy == .pbx, "\(did)")
    }
    let talked = try await direct.ended()
    #expect(talked.answeredAt != nil && talked.endedBy == .pbx)
    let congested = try await refused.ended()
    #expect(congested.answeredAt == nil && congested.endedBy == .pbx)
    // The menu, by the caller's own key.
    let menu = try await lab.telco.placeCall(from: Lab.uniqueNumber(), to: PBXDialplan.menuNumber)
    try await menu.answered()
    try await menu.press("1")
    try await lab.pbx.eventually("the menu's caller in a queue") { pbx in
      try await pbx.channels().contains { $0.callerNumber == menu.now?.number && $0.application == "Queue" }
        ? true : nil
    }
    try await menu.hangUp()
    // A queue with room for one.
    let first = try await lab.telco.placeCall(from: Lab.uniqueNumber(), to: PBXDialplan.narrowQueueNumber)
    try await lab.pbx.eventually("a caller in `narrow`") {
      try await $0.waiting(in: "narrow").isEmpty ? nil : true
    }
    let second = try await lab.telco.placeCall(from: Lab.uniqueNumber(), to: PBXDialplan.narrowQueueNumber)
    #expect(try await second.ended().endedBy == .pbx)
    try await first.hangUp()
    // After 5 s in the first queue.
    try await lab.pbx.eventually("a caller in `support`") {
      try await $0.waiting(in: "support").isEmpty ? nil : true
    }
    try await overflow.hangUp()
    try await lab.pbx.eventually { try await $0.channels().isEmpty ? true : nil }
  }

  @Test(arguments: versions) func `an agent dials a customer by hand, and the trunk carries both`(
    version: LabAsterisk
  ) async throws {
    let lab = try await SharedLab.get(version)
    let number = Lab.uniqueNumber()
    let call = try await lab.telco.dial(number, byAgent: 105)
    let customer = try await last(lab, number) { $0.isTalking }
    #expect(customer.party == .customer)
    #expect(customer.other == "105")
    #expect(try await call.answered().party == .dialler)
    try await lab.telco.hangUp(number)
    #expect(try await call.ended().endedBy == .pbx)
  }

  @Test(arguments: versions) func `an agent transfers a caller to another agent, who talks on with him`(
    version: LabAsterisk
  ) async throws {
    let lab = try await SharedLab.get(version)
    for agent in [105, 106] { try await lab.telco.setAgent(agent, .answers(after: .zero)) }
    let call = try await lab.telco.placeCall(from: Lab.uniqueNumber(), to: PBXDialplan.directNumber(105))
    _ = try await last(lab, "105") { $0.isTalking && $0.party == .agent }
    try await lab.pbx.eventually("both in a bridge") { pbx in
      try await pbx.channels().filter { !$0.bridge.isEmpty }.count == 2 ? true : nil
    }
    try await lab.telco.transfer(agent: 105, to: "106")
    _ = try await last(lab, "106") { $0.isTalking }
    _ = try await last(lab, "105") { !$0.isLive }
    #expect(call.now?.isTalking == true)
    try await call.hangUp()
    #expect(try await last(lab, "106") { !$0.isLive }.endedBy == .pbx)
  }

  @Test(arguments: versions) func `the service's account sees calls, and may not run programs`(
    version: LabAsterisk
  ) async throws {
    let lab = try await SharedLab.get(version)
    let rights = try await lab.pbx.cli("manager show user perezvon")
    #expect(rights.contains("read perm: system,call,agent,user"))
    #expect(rights.contains("write perm: call,agent,") && !rights.contains("command"))
    let settings = try await lab.pbx.cli("manager show settings")
    #expect(settings.contains(/Timestamp events:\s+Yes/))
    let users = try await lab.pbx.cli("ari show users")
    #expect(users.contains("perezvon"))
    #expect(try await lab.pbx.cli("http show status").contains("Enabled and Bound to 127.0.0.1"))
  }

  @Test func `a restarted PBX knows its phones, and the database takes what was committed`() async throws {
    let lab = try await Lab.start()
    let database = try #require(lab.database)
    try await database.psql("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
    async let restarted: Void = {
      await database.stop(.kill)
      try await database.start()
    }()
    await lab.pbx.kill()
    #expect(lab.pbx.processID == nil)
    try await lab.pbx.start()
    try await lab.pbx.setMember(106)
    try await lab.pbx.eventually { try await $0.member(106)?.status == .notInUse ? true : nil }
    try await restarted
    #expect(try await database.psql("SELECT n FROM kept") == "7")
    #expect(lab.processes.count >= 3)
    await lab.stop()
    #expect(lab.processes.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: lab.path))
  }

  /// Dials a customer from the PBX and waits for his leg to be as wished.
  private func dial(
    _ lab: Lab, _ number: String, timeout: Duration = .seconds(20),
    until: @escaping @Sendable (TelcoLeg) -> Bool
  ) async throws -> TelcoLeg {
    let known = Set(lab.telco.legs.map(\.id))
    try await lab.pbx.originate(
      "PJSIP/\(number)@trunk", context: "lab-hold", callerID: "<74951112233>", timeout: timeout)
    return try await lab.telco.wait("the call to \(number)") { legs in
      legs.last { $0.number == number && !known.contains($0.id) && until($0) }
    }
  }

  private func last(_ lab: Lab, _ number: String, _ wanted: @escaping @Sendable (TelcoLeg) -> Bool)
    async throws
    -> TelcoLeg
  {
    try await lab.telco.wait("the leg to \(number)") { legs in
      legs.last { $0.number == number }.flatMap { wanted($0) ? $0 : nil }
    }
  }
}

import Foundation
import Telephony
import Testing

@testable import Lab

@Suite(.serialized, .enabled(if: Lab.prerequisites().isEmpty)) struct `A restored backup` {
  /// One was called back before the backup, one between the backup and the loss, and one was missed in between and
  /// called back too. None of them is called again.
  @Test func `repeats no call`() async throws {
    let lab = try await Lab.start()
    let service = try LabService(
      LabServiceOptions(campaign: ["success_after": "2s"], agents: ["confirm": "false"]), beside: lab)
    do { try await losesItsBooks(lab, service) } catch {
      await lab.stop()
      throw error
    }
    await service.kill()
    await lab.stop()
  }

  private func losesItsBooks(_ lab: Lab, _ service: LabService) async throws {
    let database = try #require(lab.database)
    let (before, between, after) = (Lab.uniqueNumber(), Lab.uniqueNumber(), Lab.uniqueNumber())
    let last = Lab.uniqueNumber()
    for number in [before, between, after, last] {
      try await lab.telco.setCustomer(number, .answers(after: .seconds(1), talk: .seconds(8)))
    }
    try await lab.telco.setAgent(101, .answers(after: .milliseconds(500)))
    try await service.start()
    try await lab.pbx.setMember(101)
    try await callBack(before, lab, service)

    // Owed at the moment of the backup: no agent is there.
    try await lab.pbx.setMember(101, present: false)
    try await abandon(between, lab)
    try await service.eventually("SELECT count(*) FROM report.jobs WHERE number = '\(between)'") { $0 == "1" }
    let dumpedAt = Date.now
    let dump = "\(lab.path)/books.dump"
    try await ChildProcess.mustRun(
      .init(arguments: [
        "\(database.binDirectory)/pg_dump", "--format=custom", "--file=\(dump)", database.superuserURL,
      ]))
    try await lab.pbx.setMember(101)
    try await succeeds(between, service)
    try await callBack(after, lab, service)

    await service.kill()
    let maintenance = "postgresql://postgres@127.0.0.1:\(database.port)/postgres"
    try await database.psql("DROP DATABASE perezvon WITH (FORCE)", at: maintenance)
    try await database.psql("CREATE DATABASE perezvon OWNER perezvon", at: maintenance)
    try await ChildProcess.mustRun(
      .init(arguments: ["\(database.binDirectory)/pg_restore", "--dbname=\(database.superuserURL)", dump]))
    #expect(try await service.sql("SELECT state FROM report.jobs WHERE number = '\(between)'") == "waiting")

    let moment = dumpedAt.formatted(.iso8601)
    let (status, output) = try await service.command("after-restore", "--dumped-at", moment)
    try #require(status == 0, "\(output)")
    #expect(output.contains("1 callbacks were due"), "\(output)")
    try await service.start()
    // queue_log tells of the one who was missed since the backup.
    try await service.eventually(
      "SELECT state FROM report.jobs WHERE number = '\(after)'", within: .seconds(30)
    ) {
      $0 == "expired"
    }
    // A customer who is missed now is called back: so everybody else had his chance to be.
    try await callBack(last, lab, service)
    for number in [before, between, after] {
      let invites = lab.telco.legs(of: number).filter { $0.party == .customer }
      #expect(invites.count == 1, "\(number) was called \(invites.count) times")
    }
    let (_, story) = try await service.command("explain", between)
    #expect(story.contains("restored from a backup"), "\(story)")
  }

  private func abandon(_ number: String, _ lab: Lab) async throws {
    let call = try await lab.telco.placeCall(from: number, hangsUpAfter: .seconds(4))
    _ = try await call.ended()
  }

  /// He gives up, and is called back and talked to.
  private func callBack(_ number: String, _ lab: Lab, _ service: LabService) async throws {
    try await lab.pbx.setMember(101, present: false)
    try await abandon(number, lab)
    try await lab.pbx.setMember(101)
    try await succeeds(number, service)
  }

  private func succeeds(_ number: String, _ service: LabService) async throws {
    try await service.eventually(
      "SELECT state FROM report.jobs WHERE number = '\(number)' ORDER BY created_at DESC LIMIT 1",
      within: .seconds(90)
    ) { $0 == "succeeded" }
  }
}

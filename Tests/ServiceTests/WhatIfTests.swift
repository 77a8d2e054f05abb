import CallPolicy
import Foundation
import Lab
import Store
import Telephony
import Testing

@testable import Service

/// A day of recorded calls in a real database: Monday, 23 November 2026, in Moscow.
private struct RecordedDay {
  let lab: DatabaseLab
  let administration: Administration

  static func settings(_ url: String, _ campaign: String) throws -> Settings {
    try Settings.read(
      yaml: """
        database: {url: "\(url)"}
        pbx:
          - name: pbx1
            ami: {username: perezvon, secret: hush}
            ari: {username: perezvon, password: hush}
            inbound_contexts: [from-trunk]
            own_numbers: []
            dial: PJSIP/{number}@trunk
        numbers: {region: RU, allow: ["+7"]}
        calendars: {office: {timezone: Europe/Moscow, open: {mon-fri: "09:00-18:00"}}}
        campaigns:
          - {name: sales, queues: [sales], calendar: office, mode: observe, \(campaign)}
        """, fileName: "test.yaml", environment: [:]
    ) { _ in .failure(.init(sentence: "no files here")) }
  }

  /// - Parameter new: keys of the changed campaign.
  static func with(new: String, _ body: (RecordedDay) async throws -> Void) async throws {
    let lab = try await DatabaseLab.start()
    let administration = Administration(try settings(lab.database.url, new))
    let day = RecordedDay(lab: lab, administration: administration)
    var failure: (any Error)?
    do {
      _ = try await administration.migrate(dryRun: false)
      try await day.record()
      try await body(day)
    } catch { failure = error }
    await administration.close()
    await lab.stop()
    if let failure { throw failure }
  }

  func sql(_ text: String) async throws { try await lab.database.psql(text, at: lab.database.url) }

  /// Agent 101 talks at every full hour from 10 to 17. Of the lost: one after 3 s, one after 20 s, one in the evening,
  /// and one who calls again 20 s later and is served.
  func record() async throws {
    for hour in 10...17 {
      try await call("served-\(hour)", "+7916000\(1_000 + hour)", at: "\(hour):00:00", wait: 5, talk: 60)
    }
    try await call("short", "+79161110001", at: "11:10:00", wait: 3)
    try await call("patient", "+79161110002", at: "12:10:00", wait: 20)
    try await call("evening", "+79161110003", at: "19:00:00", wait: 20)
    try await call("again", "+79161110004", at: "13:10:00", wait: 20)
    try await call("again-served", "+79161110004", at: "13:10:40", wait: 5, talk: 60)
  }

  private func call(_ id: String, _ number: String, at time: String, wait: Int, talk: Int = 0) async throws {
    let start = "timestamptz '2026-11-23 \(time)+03'"
    let end = "\(start) + interval '\(wait + talk) s'"
    try await sql(
      """
      INSERT INTO perezvon.calls (pbx, linkedid, channel, direction, started_at, ended_at, number, number_kind,
        customer_name, did, queue, answered, answered_by, wait, talk, lost_at, ending, hangup_cause, short)
      VALUES ('pbx1', '\(id)', '\(id)', 'inbound', \(start), \(end), '\(number)', 'mobile', '', '', 'sales',
        \(talk > 0), \(talk > 0 ? "'PJSIP/101'" : "NULL"), '\(wait) s', '\(talk) s',
        \(talk > 0 ? "NULL, NULL" : "'queue', 'caller_hung_up'"), 16, false)
      """)
  }

  func whatIf(against current: String, moreAgents: Int = 0, days: Int = 1) async throws -> WhatIfDocument {
    let start = Timestamp(seconds: 1_795_381_200)  // 2026-11-23 00:00 in Moscow.
    return try await administration.whatIf(
      against: try Self.settings(lab.database.url, current), from: start, to: start + .seconds(days * 86_400),
      moreAgents: moreAgents)
  }
}

@Suite struct `What if` {
  @Test func `a shorter min_wait calls him back who hung up sooner, and nobody else otherwise`() async throws
  {
    try await RecordedDay.with(new: "min_wait: 2s") { day in
      let document = try await day.whatIf(against: "min_wait: 5s")
      #expect(document.calls == 13 && document.missed == 4 && document.agents == 1)
      #expect(document.now.jobs == 3 && document.then.jobs == 4)
      #expect(document.differences.map(\.number) == ["+79161110001"])
      #expect(document.differences[0].stateNow == nil && document.differences[0].firstDialThen != nil)
      #expect(document.then.customersCalled == document.now.customersCalled + 1)
      #expect(document.now.withoutJob.keys.contains { $0.contains("short abandon") })
    }
  }

  @Test func `a later start_after leaves him alone who calls again by himself`() async throws {
    try await RecordedDay.with(new: "start_after: 5s") { day in
      let document = try await day.whatIf(against: "start_after: 30s")
      let again = try #require(document.differences.first { $0.number == "+79161110004" })
      #expect(again.dialsNow == 0 && again.stateNow == "recovered")
      #expect(again.firstDialThen != nil)
      // 13:10:20, 5 s, and the agent's phone rings 5 s.
      #expect(again.firstDialThen == Timestamp(seconds: 1_795_381_200 + 13 * 3_600 + 10 * 60 + 30))
    }
  }

  @Test func `hours and expiry decide about the evening's caller, and the books of both sides balance`()
    async throws
  {
    try await RecordedDay.with(new: "expire_after: 4h") { day in
      let document = try await day.whatIf(against: "expire_after: 24h", days: 1)
      #expect(document.then.states["expired"] == 1 && document.now.states["expired", default: 0] == 0)
      for side in [document.now, document.then] {
        #expect(side.jobs == side.states.values.reduce(0, +), "\(side)")
      }
      #expect(document.estimates.contains { $0.contains("assumed") })
    }
  }

  @Test func `the same question has the same answer, and nothing is written for it`() async throws {
    try await RecordedDay.with(new: "max_attempts: 1") { day in
      let first = try await day.whatIf(against: "max_attempts: 4")
      let second = try await day.whatIf(against: "max_attempts: 4")
      #expect(try JSONEncoder.sorted.encode(first) == JSONEncoder.sorted.encode(second))
      #expect(first.then.dials <= first.now.dials)
      let written = try await day.lab.database.psql(
        "SELECT (SELECT count(*) FROM perezvon.jobs) + (SELECT count(*) FROM perezvon.decisions)",
        at: day.lab.database.url)
      #expect(written == "0")
    }
  }

  @Test func `recorded answers take the place of assumptions once there are enough`() {
    var recording = Recording()
    recording.answers = [
      .init(result: .answered, conversation: true, count: 30, ring: .seconds(8), talk: .seconds(90)),
      .init(result: .noAnswer, conversation: false, count: 10, ring: .seconds(25), talk: .zero),
    ]
    (recording.agentsRung, recording.agentsAnswered, recording.agentRing) = (40, 20, .seconds(3))
    let assumptions = WhatIfAssumptions(recording)
    #expect(assumptions.results == [.answered: 0.75, .noAnswer: 0.25])
    #expect(assumptions.talk == .seconds(90) && assumptions.agentAnswers == 0.5)
    #expect(assumptions.result(0.74) == .answered && assumptions.result(0.76) == .noAnswer)
    #expect(!assumptions.sentences.contains { $0.contains("assumed") })
  }
}

extension JSONEncoder {
  fileprivate static var sorted: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return encoder
  }
}

import CallTracking
import Foundation
import Store
import Telephony
import Testing

@testable import Service

@Suite struct `A queue_log of years` {
  /// 2026-11-22 16:00:00 UTC.
  private let now = Timestamp(microseconds: 1_795_363_200_000_000)
  private let day = 86_400

  private func settings(_ more: String = "") throws -> Settings {
    let yaml = """
      database: {url: "postgresql://perezvon@127.0.0.1/perezvon"}
      pbx:
        - name: pbx1
          ami: {username: perezvon, secret: hush}
          ari: {username: perezvon, password: hush}
          inbound_contexts: [from-trunk]
          dial: PJSIP/{number}@trunk
      numbers: {region: RU, allow: ["+7"]}
      calendars: {office: {timezone: Europe/Moscow, open: {mon-fri: "09:00-18:00"}}}
      campaigns:
        - {name: sales, queues: [sales], min_wait: 10s, calendar: office}
      \(more)
      """
    return try Settings.read(yaml: yaml, fileName: "perezvon.yaml", environment: [:]) { _ in
      .failure(.init(sentence: "does not exist"))
    }
  }

  private func line(_ secondsAgo: Int, _ call: String, _ event: QueueLogLine.Event, agent: String = "")
    -> QueueLogLine
  {
    QueueLogLine(
      at: now - .seconds(secondsAgo), callID: ChannelID(call), queue: "sales", agent: agent, event: event)
  }

  /// He waits that long and gives up.
  private func abandoned(_ call: String, daysAgo: Int, wait: Int = 20) -> [QueueLogLine] {
    [
      line(daysAgo * day, call, .entered(rawNumber: "89161234567", position: 1)),
      line(daysAgo * day - wait, call, .abandoned),
    ]
  }

  private func fold(_ lines: [QueueLogLine], _ settings: Settings) -> (QueueLogHistory, HistoryBatch) {
    var history = QueueLogHistory(pbx: "pbx1", settings: settings, now: now)
    for line in lines { history.handle(line) }
    history.finish()
    let batch = history.takeBatch()
    return (history, batch)
  }

  @Test func `is calls answered and missed, each with its stays in queues`() throws {
    let answered = [
      line(5 * day, "2.1", .entered(rawNumber: "89161234568", position: 1)),
      line(5 * day - 10, "2.1", .connected(hold: .seconds(10)), agent: "PJSIP/101"),
      line(5 * day - 70, "2.1", .completed(talk: .seconds(60), byCaller: true), agent: "PJSIP/101"),
    ]
    let (history, batch) = fold(abandoned("1.1", daysAgo: 6) + answered, try settings())
    #expect((history.summary.calls, history.summary.answered, history.summary.missed) == (2, 1, 1))
    #expect((batch.calls, batch.entries) == (2, 2))
  }

  @Test func `leaves the calls of the last hours to the running service, which calls back`() throws {
    let recent = [
      line(3_600, "3.1", .entered(rawNumber: "89161234567", position: 1)), line(3_580, "3.1", .abandoned),
    ]
    let (history, batch) = fold(abandoned("1.1", daysAgo: 1) + recent, try settings())
    #expect(history.summary.tooRecent == 1)
    #expect((history.summary.calls, batch.calls, batch.entries) == (1, 1, 1))
  }

  @Test func `owes nobody what he asked for by a key`() throws {
    let word = KeyedWord(kind: .request, fields: ["Number": "+79160000001", "At": "1530"])
    let lines = [
      line(5 * day, "1.1", .entered(rawNumber: "89161234567", position: 1)),
      line(5 * day - 9, "1.1", .leftByKey), line(5 * day - 20, "1.1", .keyed(word)),
      line(5 * day - 30, "1.2", .keyed(word)),
    ]
    let (history, batch) = fold(lines, try settings())
    #expect(history.summary.missed == 1 && batch.calls == 1, "the other one met no queue")
  }

  @Test func `leaves out what retention would delete within the hour`() throws {
    let lines = abandoned("1.1", daysAgo: 401) + abandoned("2.1", daysAgo: 399)
    let (history, batch) = fold(lines, try settings())
    #expect((history.summary.tooOld, batch.calls) == (1, 1))
    let (all, _) = fold(lines, try settings("retention: {calls: 2000d}"))
    #expect((all.summary.tooOld, all.summary.calls) == (0, 2))
  }

  @Test func `whose end is missing is told, and is no missed call`() throws {
    let waiting = [line(2 * day, "1.1", .entered(rawNumber: "89161234567", position: 1))]
    let (history, batch) = fold(waiting, try settings())
    #expect((history.summary.withoutEnd, history.summary.missed, batch.calls) == (1, 0, 0))
  }

  @Test func `asks the database in batches, not once for all`() throws {
    var history = QueueLogHistory(pbx: "pbx1", settings: try settings(), now: now)
    var batches = 0
    var calls = 0
    let count = HistoryBatch.callsMax + 2_000
    for n in 0..<count {
      // A thousand a day.
      for line in abandoned("\(n).1", daysAgo: 30 + (count - n) / 1_000) { history.handle(line) }
      if history.batchIsFull {
        batches += 1
        calls += history.takeBatch().calls
      }
    }
    history.finish()
    calls += history.takeBatch().calls
    #expect(batches >= 1)
    #expect(calls == count)
  }
}

import CallPolicy
import Telephony
import Testing
import WebAPI

@testable import Service
@testable import Store

@Suite struct `The day of the board` {
  private func moment(_ day: Int, _ hour: Int, _ minute: Int, offset: Int) -> Timestamp {
    Timestamp(microseconds: Int64(day * 86_400 + hour * 3_600 + minute * 60 - offset * 3_600) * 1_000_000)
  }

  @Test func `begins at midnight where the office is`() throws {
    let moscow = OfficeDay(zone: try #require(NamedZone("Europe/Moscow")))
    #expect(moscow.began(moment(20_800, 1, 30, offset: 3)) == moment(20_800, 0, 0, offset: 3))
    #expect(moscow.began(moment(20_800, 0, 0, offset: 3)) == moment(20_800, 0, 0, offset: 3))
    #expect(
      moscow.began(moment(20_800, 0, 0, offset: 3) - .microseconds(1)) == moment(20_799, 0, 0, offset: 3))
  }

  @Test func `begins at midnight also where the clock was switched since`() throws {
    let berlin = OfficeDay(zone: try #require(NamedZone("Europe/Berlin")))
    // 29 March 2026: 02:00 becomes 03:00.
    let day = try #require(CivilDate("2026-03-29")).daysSinceEpoch
    #expect(berlin.began(moment(day, 12, 0, offset: 2)) == moment(day, 0, 0, offset: 1))
    // 25 October 2026: 03:00 becomes 02:00.
    let autumn = try #require(CivilDate("2026-10-25")).daysSinceEpoch
    #expect(berlin.began(moment(autumn, 12, 0, offset: 1)) == moment(autumn, 0, 0, offset: 2))
  }

  @Test func `shows no service level for an hour without callers`() throws {
    let since = moment(20_800, 0, 0, offset: 0)
    func hour(_ hour: Int, _ answered: Int, _ inTime: Int, _ abandoned: Int, _ short: Int) -> QueueHourTotals
    {
      QueueHourTotals(
        pbx: "pbx1", queue: "sales", hour: hour, answered: answered, answeredInTime: inTime,
        abandoned: abandoned,
        shortAbandoned: short)
    }
    var reading = BooksGlance.Reading()
    reading.since = since
    reading.at = since + .seconds(3 * 3_600 + 60)
    reading.totals = DayTotals(
      funnel: DayFunnel(
        calls: 9, missed: 3, short: 1, owed: 2, dialed: 2, reached: 1, conversations: 1, recovered: 0,
        open: 1, lost: 0),
      queueHours: [hour(0, 2, 1, 2, 1), hour(2, 0, 0, 1, 1), hour(3, 1, 1, 0, 0)],
      losses: [LossTotals(lostAt: "queue", queue: nil, missed: 3, recovered: 1)])
    let today = try #require(
      PerezvonService.today(reading, zone: "UTC", at: since + .seconds(3 * 3_600 + 60)))
    #expect(today.queues.count == 1)
    // Short abandons are nobody's fault: an hour with nothing else has no level.
    #expect(today.queues[0].hours == [1.0 / 3, nil, nil, 1])
    #expect(today.queues[0].serviceLevel == 0.5)
    #expect(today.funnel.calls == 9 && today.funnel.conversations == 1)
    #expect(today.losses == [.init(lostAt: "queue", queue: "", missed: 3, recovered: 1)])
  }
}

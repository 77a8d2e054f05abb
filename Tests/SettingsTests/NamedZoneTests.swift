import CallPolicy
import Foundation
import Telephony
import Testing

@testable import Service

/// Time zones by name.
@Suite struct `A named zone` {
  @Test func `springs forward in Berlin at one in the morning UTC`() throws {
    let berlin = try #require(NamedZone("Europe/Berlin"))
    #expect(berlin.secondsFromUTC(at: moment("2027-03-28T00:59:59Z")) == 3_600)
    #expect(berlin.secondsFromUTC(at: moment("2027-03-28T01:00:00Z")) == 7_200)
  }

  @Test func `falls back in Berlin at one in the morning UTC`() throws {
    let berlin = try #require(NamedZone("Europe/Berlin"))
    #expect(berlin.secondsFromUTC(at: moment("2027-10-31T00:59:59Z")) == 7_200)
    #expect(berlin.secondsFromUTC(at: moment("2027-10-31T01:00:00Z")) == 3_600)
  }

  @Test func `keeps a calendar's hours on the wall clock across both switches`() throws {
    let zone = try #require(NamedZone("Europe/Berlin"))
    let all = Dictionary(
      uniqueKeysWithValues: Weekday.allCases.map { ($0, [OpeningInterval("09:00-18:00")].compactMap { $0 }) })
    let calendar = WorkingCalendar(zone: zone, open: all)
    #expect(calendar.nextOpening(atOrAfter: moment("2027-03-27T20:00:00Z")) == moment("2027-03-28T07:00:00Z"))
    #expect(calendar.nextOpening(atOrAfter: moment("2027-03-26T20:00:00Z")) == moment("2027-03-27T08:00:00Z"))
    #expect(calendar.nextOpening(atOrAfter: moment("2027-10-30T20:00:00Z")) == moment("2027-10-31T08:00:00Z"))
    #expect(calendar.nextOpening(atOrAfter: moment("2027-10-29T20:00:00Z")) == moment("2027-10-30T07:00:00Z"))
  }

  @Test(arguments: [
    "Europe/Kyiv", "Europe/Kiev", "Asia/Kolkata", "Asia/Calcutta", "UTC", "Etc/UTC", "Africa/Casablanca",
  ])
  func `may go by any of its names`(name: String) { #expect(NamedZone(name)?.name == name) }

  @Test func `without switches stays where it is`() throws {
    let moscow = try #require(NamedZone("Europe/Moscow"))
    #expect(moscow.secondsFromUTC(at: moment("2026-01-01T00:00:00Z")) == 10_800)
    #expect(moscow.secondsFromUTC(at: moment("2026-07-01T00:00:00Z")) == 10_800)
    #expect(try #require(NamedZone("UTC")).secondsFromUTC(at: moment("2026-07-01T00:00:00Z")) == 0)
  }

  @Test(arguments: ["", "Europe/Nowhere", "europe/berlin", "MSK", "GMT+25", "../../etc/passwd"])
  func `that is unknown is none`(name: String) { #expect(NamedZone(name) == nil) }
}

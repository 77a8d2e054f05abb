import NIOCore
import Synchronization
import Telephony
import Testing

@testable import WebAPI

/// News that a test gives, and how often the service was asked for what.
private final class TestedNews: Sendable {
  private struct State {
    var readers: [AsyncStream<News>.Continuation] = []
    var asked = 0
    var ended = 0
  }

  private let state = Mutex(State())
  let lost = Mutex(0)

  var asked: Int { state.withLock { $0.asked } }
  var ended: Int { state.withLock { $0.ended } }

  func status() -> StatusDocument {
    StatusDocument(
      at: Timestamp(microseconds: 1), instance: "test", database: .init(up: true), pbxs: [], jobs: [:],
      jobsDue: 0,
      nextJobs: [])
  }

  func news() -> AsyncStream<News> {
    let (stream, continuation) = AsyncStream<News>.makeStream()
    state.withLock { state in
      state.asked += 1
      state.readers.append(continuation)
    }
    continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.ended += 1 } }
    return stream
  }

  func say(_ news: News) {
    for reader in state.withLock({ $0.readers }) { reader.yield(news) }
  }

  func stop() {
    for reader in state.withLock({ $0.readers }) { reader.finish() }
  }
}

@Suite struct `The readers of the stream` {
  private func notice(_ n: Int) -> News {
    .notice(Notice(at: Timestamp(microseconds: Int64(n)), pbx: "pbx1", kind: "job", sentence: "number \(n)"))
  }

  private func status(_ at: Int64, _ news: TestedNews) -> News {
    var status = news.status()
    status.at = Timestamp(microseconds: at)
    return .status(status)
  }

  private func fan(_ news: TestedNews) -> StreamFan {
    StreamFan(status: { news.status() }, news: { news.news() }, onLost: { news.lost.withLock { $0 += 1 } })
  }

  /// What a reader is given until it has this many events.
  private func events(_ count: Int, _ reading: StreamFan.Reading, _ fan: StreamFan) async -> [String] {
    var found: [String] = []
    for await _ in reading.wakes {
      found += fan.take(reading).map { String(buffer: $0) }
      if found.count >= count { break }
    }
    return found
  }

  private func eventually(_ holds: () -> Bool) async {
    let end = ContinuousClock.now + .seconds(10)
    while !holds(), ContinuousClock.now < end { await Task.yield() }
    #expect(holds())
  }

  @Test func `all get the same bytes, and the service is asked once for all`() async throws {
    let news = TestedNews()
    let fan = fan(news)
    var readings: [StreamFan.Reading] = []
    for _ in 0..<50 { readings.append(await fan.enter()) }
    #expect(readings.allSatisfy { String(buffer: $0.first).hasPrefix("event: status\ndata: {") })
    await eventually { news.asked == 1 }
    for n in 1...3 { news.say(notice(n)) }
    for reading in readings {
      let found = await events(3, reading, fan)
      #expect(found.count == 3)
      #expect(found.enumerated().allSatisfy { $1.contains("number \($0 + 1)") })
    }
    for reading in readings { fan.leave(reading) }
    // Nobody reads: nothing is built.
    await eventually { news.ended == 1 }
    #expect(news.asked == 1)
  }

  @Test func `one that is slow gets the newest status, and is told how many notices it lost`() async throws {
    let news = TestedNews()
    let fan = fan(news)
    let slow = await fan.enter()
    let quick = await fan.enter()
    await eventually { news.asked == 1 }
    let count = StreamFan.noticesMax + 5
    for n in 1...count {
      news.say(status(Int64(n * 10), news))
      news.say(notice(n))
      // The quick one is at hand, so that the slow one's turn is known to be over.
      _ = await events(1, quick, fan)
    }
    await eventually { fan.waiting(slow) == StreamFan.noticesMax + 1 }
    let found = await events(1, slow, fan)
    #expect(found.count == StreamFan.noticesMax + 2)
    #expect(found.first == "event: lost\ndata: {\"events\":5}\n\n")
    #expect(news.lost.withLock { $0 } == 5)
    #expect(found.filter { $0.hasPrefix("event: status") }.count == 1)
    #expect(found.first { $0.hasPrefix("event: status") }?.contains("\"at\":\(count * 10)") == true)
    #expect(found.first { $0.hasPrefix("event: notice") }?.contains("number 6\"") == true)
    #expect(found.last?.contains("number \(count)") == true)
  }

  @Test func `end when the service stops`() async throws {
    let news = TestedNews()
    let fan = fan(news)
    let reading = await fan.enter()
    await eventually { news.asked == 1 }
    news.stop()
    for await _ in reading.wakes {}
  }
}

import CallTracking
import Telephony
import Testing

@testable import Service

@Suite struct `The checkpoint of queue_log` {
  @Test func `stays before calls that are not decided`() {
    var scene = QueueLogScene()
    scene.up(0)
    scene.end(2)
    scene.abandons("1.1", from: 10, to: 19)
    scene.line(20, "1.2", .entered(rawNumber: "89161234567", position: 1))
    scene.end(21)
    #expect(scene.desk.checkpoint == .at(mark: 50))
    scene.end(80)
    scene.feed(.notAwaited(["1.1"]), 80)
    #expect(scene.desk.checkpoint == .at(mark: 150))
  }

  @Test func `stays before a call left to AMI until the books have it, however long it lives on`() {
    var scene = QueueLogScene()
    scene.up(0)
    scene.end(2)
    scene.line(10, "lives-on", .entered(rawNumber: "89161234567", position: 1))
    scene.line(15, "lives-on", .timedOut)
    scene.abandons("1.2", from: 20, to: 29)
    for second in stride(from: 30.0, to: 600, by: 1) { scene.end(second) }
    #expect(scene.desk.pinnedChannels == ["1.2", "lives-on"])
    scene.feed(.notAwaited(["1.2"]), 600)
    #expect(scene.desk.checkpoint == .at(mark: 50))
    scene.feed(.notAwaited(["lives-on"]), 700)
    #expect(scene.desk.checkpoint == .end)
  }

  @Test func `stays before a call that the snapshot showed alive`() {
    var scene = QueueLogScene()
    scene.line(0, "lives-on", .entered(rawNumber: "89161234567", position: 1), readAt: 100)
    scene.line(5, "lives-on", .timedOut, readAt: 100)
    scene.up(100, live: ["lives-on"])
    for second in stride(from: 102.0, to: 300, by: 1) { scene.end(second) }
    #expect(scene.findings.isEmpty)
    #expect(scene.desk.checkpoint == .at(mark: 50))
  }

  @Test func `so that whoever timed out under AMI and ended after a kill is found, and once`() {
    var first = QueueLogScene()
    first.up(0)
    first.line(10, "lives-on", .entered(rawNumber: "89161234567", position: 1))
    first.line(15, "lives-on", .timedOut)
    for second in stride(from: 16.0, to: 200, by: 1) { first.end(second) }
    #expect(first.findings.isEmpty)
    guard case .at(mark: 50) = first.desk.checkpoint else {
      Issue.record("the checkpoint has passed the call: \(first.desk.checkpoint)")
      return
    }
    // Killed here. The next life begins to read there, and the caller is on no line any more.
    var second = QueueLogScene()
    second.line(10, "lives-on", .entered(rawNumber: "89161234567", position: 1), readAt: 300)
    second.line(15, "lives-on", .timedOut, readAt: 300)
    second.up(300)
    second.end(302)
    #expect(second.records.map(\.ending) == [.timeout])
    #expect(second.desk.checkpoint == .end)
  }

  @Test func `waits for a call left to AMI half a day, and for so many, and says so`() {
    var scene = QueueLogScene()
    scene.up(0)
    scene.end(2)
    scene.abandons("1.1", from: 10, to: 19)
    scene.end(90)
    scene.feed(.tick, 43_218)
    #expect(scene.desk.checkpoint == .at(mark: 50))
    scene.feed(.tick, 43_219)
    #expect(scene.desk.checkpoint == .end)
    #expect(scene.anomalies.count == 1)
    for index in 0...QueueLogDesk.pinnedMax {
      scene.abandons(ChannelID("2.\(index)"), from: 43_300, to: 43_301)
    }
    scene.end(43_400)
    #expect(scene.desk.pinnedChannels.count == QueueLogDesk.pinnedMax)
    #expect(scene.anomalies.count == 2)
  }

  @Test func `stays where it was while AMI is down`() {
    var scene = QueueLogScene()
    scene.abandons("1.1", from: 10, to: 19)
    scene.end(90)
    #expect(scene.desk.checkpoint == .asBefore)
    scene.up(100)
    scene.end(102)
    #expect(scene.desk.checkpoint == .end)
  }
}

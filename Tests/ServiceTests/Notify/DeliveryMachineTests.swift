import Telephony
import Testing

@testable import Service
@testable import Store

/// The outbox and its sinks in virtual time: what the SQL promises, in memory.
private struct VirtualOutbox {
  var rows: [Int64: OutboxRow] = [:]
  var leased: Set<Int64> = []
  var machine = DeliveryMachine(giveUpAfter: .seconds(3 * 86_400), random: SplitMix64(state: 7))
  var now = Timestamp(microseconds: 1_795_363_200_000_000)
  let start = Timestamp(microseconds: 1_795_363_200_000_000)
  /// What a sink answers at a moment; nil: it hangs.
  var answer: (OutboxRow, Timestamp) -> DeliveryResult? = { _, _ in .delivered }
  /// Ids in the order in which they were taken, and when.
  var delivered: [(id: Int64, at: Timestamp)] = []
  var tries: [(id: Int64, at: Timestamp)] = []
  var log: [DeliveryMachine.Action] = []
  /// Hung sends and when they are given up.
  var hanging: [(id: Int64, until: Timestamp)] = []

  mutating func put(_ id: Int64, sink: String = "mail", stream: String = "job 1", toCustomer: Bool = false) {
    rows[id] = OutboxRow(
      id: id, key: UniqueID(high: 1, low: UInt64(id)), event: "missed_call", sink: sink, stream: stream,
      number: nil,
      payload: "{}", createdAt: now, dueAt: now, expiresAt: nil, toCustomer: toCustomer, state: .waiting,
      tries: 0,
      lastError: "", doneAt: nil)
  }

  mutating func run(for span: Duration) {
    let end = now + span
    while now < end {
      for (id, until) in hanging where until <= now {
        hanging.removeAll { $0.id == id }
        perform(machine.handle(.finished(id: id, .uncertain("no answer in time")), at: now))
      }
      perform(machine.handle(.tick, at: now))
      now = now + .seconds(1)
    }
  }

  private func isHead(_ row: OutboxRow) -> Bool {
    !rows.values.contains {
      $0.sink == row.sink && $0.stream == row.stream && $0.state == .waiting && $0.id < row.id
    }
  }

  private mutating func take(_ id: Int64) -> OutboxRow? {
    leased.insert(id)
    rows[id]?.tries += 1
    return rows[id]
  }

  mutating func perform(_ actions: [DeliveryMachine.Action]) {
    for action in actions {
      log.append(action)
      switch action {
      case .claim(let perSink, let except):
        var taken: [String: Int] = [:]
        var found: [OutboxRow] = []
        for row in rows.values.sorted(by: { $0.id < $1.id })
        where row.state == .waiting && row.dueAt <= now && !leased.contains(row.id)
          && !except.contains(row.sink)
          && isHead(row) && taken[row.sink, default: 0] < perSink
        {
          taken[row.sink, default: 0] += 1
          if let row = take(row.id) { found.append(row) }
        }
        perform(machine.handle(.claimed(found), at: now))
      case .probe(let sink):
        let head = rows.values.filter { $0.sink == sink && $0.state == .waiting && !leased.contains($0.id) }
          .min { $0.id < $1.id }
        perform(machine.handle(.probed(sink: sink, head.flatMap { take($0.id) }), at: now))
      case .send(let row):
        tries.append((row.id, now))
        if let result = answer(row, now) {
          if result == .delivered { delivered.append((row.id, now)) }
          perform(machine.handle(.finished(id: row.id, result), at: now))
        } else {
          hanging.append((row.id, now + .seconds(30)))
        }
      case .settle(let id, let outcome):
        leased.remove(id)
        switch outcome {
        case .sent: rows[id]?.state = .sent
        case .again(let at, let why):
          rows[id]?.dueAt = at
          rows[id]?.lastError = why
        case .failed: rows[id]?.state = .failed
        case .dropped: rows[id]?.state = .dropped
        }
      case .release(let sink):
        for (id, row) in rows where row.sink == sink && row.state == .waiting && row.dueAt > now {
          rows[id]?.dueAt = now
        }
      case .held, .wellAgain: break
      }
    }
  }
}

@Suite struct `The carrier of the outbox` {
  @Test func `keeps everything over an outage of a day, in order, and is quick when it is over`() {
    var box = VirtualOutbox()
    let outage = box.start + .seconds(60)..<box.start + .seconds(60 + 86_400)
    box.answer = { _, now in outage.contains(now) ? .unavailable("connection refused") : .delivered }
    // A notification every quarter of an hour, of four jobs in turn.
    for n in 0..<100 {
      box.put(Int64(n), stream: "job \(n % 4)")
      box.run(for: .seconds(900))
    }
    #expect(box.rows.values.allSatisfy { $0.state == .sent })
    #expect(box.delivered.count == 100)
    for stream in 0..<4 {
      let order = box.delivered.map(\.id).filter { $0 % 4 == stream }
      #expect(order == order.sorted())
    }
    // The far end is looked at, not besieged, and found within minutes of its return.
    #expect(box.tries.count { outage.contains($0.at) } < 500)
    let held = box.delivered.filter { $0.at >= outage.upperBound }.map(\.at)
    #expect(held.min().map { $0 - outage.upperBound < .seconds(301) } == true)
    #expect(
      box.delivered.count { $0.at >= outage.upperBound && $0.at - outage.upperBound < .seconds(400) } > 90)
  }

  @Test func `gives up after its time, and at once what will never be taken`() {
    var box = VirtualOutbox()
    box.answer = { row, _ in row.id == 1 ? .refused("no such mailbox") : .unavailable("away") }
    box.put(1)
    box.put(2, stream: "job 2")
    box.run(for: .seconds(5))
    #expect(box.rows[1]?.state == .failed && box.rows[2]?.state == .waiting)
    box.run(for: .seconds(5 * 86_400))
    #expect(box.rows[2]?.state == .failed)
    let last = box.tries.last { $0.id == 2 }?.at
    #expect(
      last.map { $0 - box.start >= .seconds(3 * 86_400) && $0 - box.start < .seconds(4 * 86_400) } == true)
  }

  @Test func `sends past a sink that hangs, and wastes few connections on it`() {
    var box = VirtualOutbox()
    box.answer = { row, _ in row.sink == "webhook dead" ? nil : .delivered }
    for n in 0..<2_000 { box.put(Int64(n), sink: "webhook dead", stream: "job \(n)") }
    box.put(5_000, sink: "mail", stream: "job 1")
    box.run(for: .seconds(3))
    #expect(box.delivered.map(\.id) == [5_000])
    box.run(for: .seconds(3_600))
    #expect(box.hanging.count <= 1)
    #expect(box.tries.count < 60, "\(box.tries.count)")
    for n in 0..<50 {
      box.put(Int64(6_000 + n), sink: "mail", stream: "job \(n)")
      box.run(for: .seconds(2))
    }
    #expect(box.delivered.count == 51)
  }

  @Test func `repeats a text for a customer only where it surely was not taken`() {
    var box = VirtualOutbox()
    box.answer = { row, now in
      switch row.id {
      case 1: .uncertain("no answer in time")
      case 2: row.tries < 3 ? .unavailable("connection refused") : .delivered
      default: .uncertain("no answer in time")
      }
    }
    box.put(1, sink: "a", stream: "1", toCustomer: true)
    box.put(2, sink: "b", stream: "2", toCustomer: true)
    box.put(3, sink: "c", stream: "3")
    box.run(for: .seconds(7_200))
    #expect(box.rows[1]?.state == .failed && box.tries.count { $0.id == 1 } == 1)
    #expect(box.rows[2]?.state == .sent)
    #expect(box.rows[3]?.state == .waiting && box.tries.count { $0.id == 3 } > 2)
    // Somebody else began to send it and died.
    var begun = box.rows[1]
    begun?.tries = 2
    begun?.lastError = ""
    let actions = box.machine.handle(.claimed([begun].compactMap { $0 }), at: box.now)
    guard case .settle(_, .failed)? = actions.first else {
      Issue.record("sent again: \(actions)")
      return
    }
  }

  @Test func `waits longer each time, up to a day, and not twice the same`() {
    var random = SplitMix64(state: 1)
    var last = Duration.zero
    for failure in 1...12 {
      let waits = (0..<100).map { _ in RetryLadder.row.wait(after: failure, using: &random) }
      #expect(Set(waits).count > 50)
      #expect(waits.max() ?? .zero <= .seconds(86_400))
      #expect(waits.min() ?? .zero >= last / 2)
      last = waits.max() ?? .zero
    }
    #expect(last > .seconds(80_000))
  }
}

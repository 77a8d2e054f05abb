import Store
import Telephony

/// What came of handing a notification over.
enum DeliveryResult: Sendable, Equatable {
  case delivered
  /// The far end took it in and will never take it: the address, the body or the right is wrong.
  case refused(String)
  /// The far end is away or asks for later; nothing was taken.
  case unavailable(String)
  /// It left and no answer came: the far end may have it.
  case uncertain(String)
}

/// Carries the rows of the outbox: whom to send to now, what to write about it, when to try again. Pure.
///
/// A sink that fails again and again is held: nothing more is taken for it but one row now and then, to see whether
/// it is well again. So a dead sink costs a few connections, whatever waits for it.
struct DeliveryMachine: Sendable {
  enum Event: Sendable {
    /// About once a second.
    case tick
    case claimed([OutboxRow])
    /// The answer to `.probe`; nil where nothing waits for this sink.
    case probed(sink: String, OutboxRow?)
    /// The books could not be asked.
    case claimFailed
    case finished(id: Int64, DeliveryResult)
  }

  enum Action: Sendable, Equatable {
    /// At most `perSink` rows of each sink but these.
    case claim(perSink: Int, except: [String])
    case probe(sink: String)
    case send(OutboxRow)
    case settle(id: Int64, OutboxOutcome)
    /// What waits for the next try of this sink is due at once.
    case release(sink: String)
    /// For the log.
    case held(sink: String, why: String)
    case wellAgain(sink: String)
  }

  private struct Sink {
    var inFlight = 0
    /// In a row.
    var failures = 0
    /// Looks since it is held.
    var looks = 0
    var heldUntil: Timestamp?
    var probing = false
  }

  /// Sent at the same time to one sink, at most (twice as many for a moment).
  static let perSink = 4
  /// Sent at the same time, at most.
  static let inFlightMax = 32
  /// Failures in a row after which a sink is held.
  static let failuresMax = 3

  /// What was not sent for so long is given up.
  var giveUpAfter: Duration
  private var sinks: [String: Sink] = [:]
  private var inFlight: [Int64: OutboxRow] = [:]
  private var claiming = false
  private var random: any RandomNumberGenerator & Sendable

  init(giveUpAfter: Duration, random: any RandomNumberGenerator & Sendable) {
    self.giveUpAfter = giveUpAfter
    self.random = random
  }

  /// Sent and not answered yet.
  var sending: Int { inFlight.count }

  mutating func handle(_ event: Event, at now: Timestamp) -> [Action] {
    switch event {
    case .tick: return look(at: now)
    case .claimed(let rows):
      claiming = false
      return rows.flatMap { begin($0, at: now) }
    case .claimFailed:
      claiming = false
      for sink in sinks.keys { sinks[sink]?.probing = false }
      return []
    case .probed(let sink, let row):
      guard let row else {
        // Whoever had something for it has sent it, or dropped it.
        sinks[sink] = nil
        return []
      }
      return begin(row, at: now)
    case .finished(let id, let result): return finish(id, result, at: now)
    }
  }

  private mutating func look(at now: Timestamp) -> [Action] {
    var actions: [Action] = []
    if !claiming, inFlight.count < Self.inFlightMax {
      claiming = true
      let busy = sinks.filter { $0.value.heldUntil != nil || $0.value.inFlight >= Self.perSink }
      actions.append(.claim(perSink: Self.perSink, except: busy.keys.sorted()))
    }
    for (name, sink) in sinks.sorted(by: { $0.key < $1.key }) {
      guard let until = sink.heldUntil, until <= now, !sink.probing, sink.inFlight == 0 else { continue }
      sinks[name]?.probing = true
      actions.append(.probe(sink: name))
    }
    return actions
  }

  private mutating func begin(_ row: OutboxRow, at now: Timestamp) -> [Action] {
    var refusal: OutboxOutcome?
    if let expiresAt = row.expiresAt, expiresAt < now {
      refusal = .dropped(why: "its time was over before it could be sent")
    } else if row.toCustomer, row.tries > 1, row.lastError.isEmpty {
      // Somebody began to send it and was not heard of again.
      refusal = .failed(why: "it may have been sent before; a text for a customer is not repeated")
    } else if row.payload == nil {
      refusal = .dropped(why: "what it said is gone")
    }
    if let refusal {
      sinks[row.sink]?.probing = false
      return [.settle(id: row.id, refusal)]
    }
    inFlight[row.id] = row
    sinks[row.sink, default: Sink()].inFlight += 1
    return [.send(row)]
  }

  private mutating func finish(_ id: Int64, _ result: DeliveryResult, at now: Timestamp) -> [Action] {
    guard let row = inFlight.removeValue(forKey: id) else { return [] }
    var sink = sinks[row.sink] ?? Sink()
    sink.inFlight -= 1
    sink.probing = false
    defer { sinks[row.sink] = sink.inFlight == 0 && sink.failures == 0 ? nil : sink }
    switch result {
    case .delivered: return [.settle(id: id, .sent)] + recover(&sink, row.sink)
    case .refused(let why): return [.settle(id: id, .failed(why: why))] + recover(&sink, row.sink)
    case .unavailable(let why):
      return [.settle(id: id, later(row, why, at: now))] + fail(&sink, row.sink, why, at: now)
    case .uncertain(let why):
      let outcome: OutboxOutcome =
        row.toCustomer
        ? .failed(why: "\(why); it may have been taken, and a text for a customer is not repeated")
        : later(row, why, at: now)
      return [.settle(id: id, outcome)] + fail(&sink, row.sink, why, at: now)
    }
  }

  private mutating func later(_ row: OutboxRow, _ why: String, at now: Timestamp) -> OutboxOutcome {
    if now - row.createdAt >= giveUpAfter { return .failed(why: why) }
    var generator = AnyGenerator(random)
    defer { random = generator.inner }
    return .again(at: now + RetryLadder.row.wait(after: row.tries, using: &generator), why: why)
  }

  private func recover(_ sink: inout Sink, _ name: String) -> [Action] {
    guard sink.failures > 0 else { return [] }
    let wasHeld = sink.heldUntil != nil
    sink.failures = 0
    sink.looks = 0
    sink.heldUntil = nil
    return [.release(sink: name)] + (wasHeld ? [.wellAgain(sink: name)] : [])
  }

  private mutating func fail(_ sink: inout Sink, _ name: String, _ why: String, at now: Timestamp) -> [Action]
  {
    sink.failures += 1
    guard sink.failures >= Self.failuresMax else { return [] }
    let isNew = sink.heldUntil == nil
    // Several that were on their way together are one look.
    guard isNew || (sink.heldUntil ?? now) <= now else { return [] }
    sink.looks += 1
    var generator = AnyGenerator(random)
    sink.heldUntil = now + RetryLadder.sink.wait(after: sink.looks, using: &generator)
    random = generator.inner
    return isNew ? [.held(sink: name, why: why)] : []
  }
}

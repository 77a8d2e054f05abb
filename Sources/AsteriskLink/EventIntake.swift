import AsteriskProtocol
import NIOCore
import Synchronization
import Telephony

/// What stands between the event session's event loop and the consumer: passes events on, and holds them back
/// while a snapshot is being taken.
///
/// The snapshot is asked on the event session itself, so that one stream has one order. Asterisk writes a
/// session's events only between its actions (`main/manager.c`, `session_do`), so whatever was read before a
/// list is older than the list, and what comes after it may be older or newer: it must be harmless twice.
final class EventIntake: Sendable {
  struct Summary: Sendable {
    var snapshot: PBXSnapshot
    var systemName: String
  }
  typealias Outcome = Result<Summary, LinkError>

  private struct Held {
    var assembler: SnapshotAssembler?
    /// When the snapshot was asked for.
    var askedAt: Timestamp?
    var inputs: [LinkInput] = []
    var events = 0
  }
  private struct State {
    /// Nil: events pass.
    var held: Held? = Held()
    var waiter: CheckedContinuation<Outcome, Never>?
    /// The session has ended: nothing will come any more.
    var end: LinkError?
  }

  private let state = Mutex(State())
  private let queue: InputQueue
  private let now: @Sendable () -> Timestamp
  private let eventsMax: Int
  /// Called on the event loop just before a snapshot goes out.
  private let willEmit: @Sendable (Summary) -> Void

  /// Holds events from the start: they begin with the login, before a snapshot can be asked.
  init(
    queue: InputQueue, now: @escaping @Sendable () -> Timestamp, eventsMax: Int,
    willEmit: @escaping @Sendable (Summary) -> Void
  ) {
    self.willEmit = willEmit
    self.queue = queue
    self.now = now
    self.eventsMax = eventsMax
  }

  /// Takes one batch of the session. On its event loop.
  func take(_ messages: [AMIMessage], at time: Timestamp) {
    var events: [ReceivedEvent] = []
    events.reserveCapacity(messages.count)
    state.withLock { state in
      for message in messages {
        switch message {
        case .banner: break
        case .event(let event, let at): events.append(ReceivedEvent(event: event, at: at))
        case .response, .listItem:
          guard let progress = state.held?.assembler?.add(message) else { continue }
          switch progress {
          case .notMine, .needsMore: break
          case .failed(let sentence): resume(&state, .failure(LinkError(.refused, sentence)))
          case .complete(let snapshot, let systemName):
            keep(&state, events, time)
            events = []
            let summary = Summary(snapshot: snapshot, systemName: systemName)
            willEmit(summary)
            release(&state, snapshot)
            resume(&state, .success(summary))
          }
        }
      }
      keep(&state, events, time)
    }
  }

  private func keep(_ state: inout State, _ events: [ReceivedEvent], _ time: Timestamp) {
    guard !events.isEmpty else { return }
    let input = LinkInput.events(events, source: .ami, receivedAt: time)
    guard state.held != nil else { return queue.push(input) }
    state.held?.inputs.append(input)
    state.held?.events += events.count
    if let count = state.held?.events, count > eventsMax {
      resume(&state, .failure(LinkError(.busy, "more than \(eventsMax) events came during one snapshot")))
    }
  }

  /// The snapshot first, if there is one, then what was held back for it.
  private func release(_ state: inout State, _ snapshot: PBXSnapshot?) {
    guard let held = state.held else { return }
    state.held = nil
    if let snapshot { queue.push(.amiUp(snapshot, askedAt: held.askedAt ?? now())) }
    for input in held.inputs { queue.push(input) }
  }

  private func resume(_ state: inout State, _ outcome: Outcome) {
    state.held?.assembler = nil
    state.waiter?.resume(returning: outcome)
    state.waiter = nil
  }

  /// Takes a snapshot over this session; `amiUp` and the events held back for it are with the consumer when
  /// this returns. One at a time.
  func snapshot(over session: AMISession, timeout: Duration) async throws(LinkError) -> Summary {
    let assembler = SnapshotAssembler(prefix: session.newActionID() + "-")
    var bytes: [UInt8] = []
    for (id, action) in assembler.requests {
      do throws(EncodingError) {
        bytes += try action.encoded(actionID: id)
      } catch {
        throw LinkError(.encoding, "\(action.name) cannot be sent: \(error)")
      }
    }
    let timer = session.channel.eventLoop.scheduleTask(in: TimeAmount(timeout)) {
      self.abandon(LinkError(.timeout, "no complete snapshot within \(timeout.inSeconds) s"))
    }
    defer { timer.cancel() }
    return try await withCheckedContinuation { (waiter: CheckedContinuation<Outcome, Never>) in
      let end: LinkError? = state.withLock { state in
        if let end = state.end { return end }
        if state.held == nil { state.held = Held() }
        state.held?.assembler = assembler
        state.held?.askedAt = now()
        state.waiter = waiter
        return nil
      }
      if let end { waiter.resume(returning: .failure(end)) } else { session.write(bytes) }
    }.get()
  }

  /// The session has ended: whoever waits for a snapshot, now or later, is told.
  func sessionEnded(_ error: LinkError) {
    state.withLock { state in
      state.end = error
      resume(&state, .failure(error))
    }
  }

  /// Ends a snapshot that takes too long. What was held stays held.
  private func abandon(_ error: LinkError) { state.withLock { resume(&$0, .failure(error)) } }

  /// Lets events pass again without a snapshot.
  func passOn() { state.withLock { release(&$0, nil) } }
}

import Synchronization
import Telephony

/// Holds ARI events back while the list of channels is being asked, so that `ariUp` comes first.
final class ARIIntake: Sendable {
  private struct State {
    /// Nil: events pass.
    var held: [LinkInput]? = []
    var events = 0
    var dropped = 0
  }

  private let state = Mutex(State())
  private let queue: InputQueue
  private let eventsMax: Int

  init(queue: InputQueue, eventsMax: Int) {
    self.queue = queue
    self.eventsMax = eventsMax
  }

  /// Takes one batch. On the websocket's event loop.
  func take(_ events: [ReceivedEvent], at time: Timestamp) {
    guard !events.isEmpty else { return }
    let input = LinkInput.events(events, source: .ari, receivedAt: time)
    state.withLock { state in
      guard state.held != nil else { return queue.push(input) }
      guard state.events + events.count <= eventsMax else {
        state.dropped += events.count
        return
      }
      state.events += events.count
      state.held?.append(input)
    }
  }

  func hold() { state.withLock { if $0.held == nil { $0.held = [] } } }

  /// The list first, then what came meanwhile.
  func release(_ channels: [ChannelSnapshot], askedAt: Timestamp) {
    state.withLock { state in
      queue.push(.ariUp(channels: channels, askedAt: askedAt))
      for input in state.held ?? [] { queue.push(input) }
      if state.dropped > 0 { queue.push(.overflow(dropped: state.dropped)) }
      state = State(held: nil)
    }
  }
}

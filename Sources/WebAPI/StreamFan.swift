import Foundation
import NIOCore
import Synchronization

/// Hands the news of the service to all readers of `/api/v1/stream`: each event is encoded once, however many read.
///
/// A reader that does not keep up is given only the newest status, and of notices the newest `noticesMax`; how many
/// it lost it is told in an event `lost`.
final class StreamFan: Sendable {
  /// Notices kept for a slow reader. Default 256.
  static let noticesMax = 256
  /// A reader is woken at most so often: hundreds of them woken by each event would take the processor from the
  /// callback that the event is about. Default 100 ms.
  static let wakeEvery = Duration.milliseconds(100)
  /// So many of them are woken at once, for the same reason. Default 10.
  static let wokenTogether = 10
  /// The next of them so much later at least: of more than about a hundred readers each is woken less often, four times
  /// a second of 300. Default 8 ms.
  static let restAfter = Duration.milliseconds(8)

  /// The first of them so much later than the event: what it is about goes on meanwhile. Default 50 ms.
  static let wakeAfter = Duration.milliseconds(50)

  fileprivate enum Item {
    case status(ByteBuffer)
    case notice(ByteBuffer)
  }

  fileprivate struct Reader {
    var items: [Item] = []
    var notices = 0
    var lost = 0
    let wake: AsyncStream<Void>.Continuation
  }

  private struct State {
    var readers: [Int: Reader] = [:]
    var lastID = 0
    /// The newest status; nil before the first of this pump.
    var latest: ByteBuffer?
    var isPumping = false
    var pump: Task<Void, Never>?
  }

  private let status: @Sendable () async -> StatusDocument
  private let news: @Sendable () async -> AsyncStream<News>
  private let onLost: @Sendable () -> Void
  private let state = Mutex(State())

  /// - Parameters:
  ///   - status: everything at this moment.
  ///   - news: what happens from then on; asked for while anybody reads.
  ///   - onLost: a reader lost a notice.
  init(
    status: @escaping @Sendable () async -> StatusDocument,
    news: @escaping @Sendable () async -> AsyncStream<News>,
    onLost: @escaping @Sendable () -> Void
  ) {
    self.status = status
    self.news = news
    self.onLost = onLost
  }

  /// One reader: `first` and then, at each wake, what `take` gives. `wakes` ends when the service stops.
  struct Reading: Sendable {
    let first: ByteBuffer
    let wakes: AsyncStream<Void>
    fileprivate let id: Int
  }

  /// Events are kept for a new reader from now on, until `leave`.
  func enter() async -> Reading {
    let (wakes, wake) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let id = await enter(wake)
    let latest = state.withLock { $0.latest }
    let first = if let latest { latest } else { Self.event("status", await status()) }
    return Reading(first: first, wakes: wakes, id: id)
  }

  /// What came since it was last asked, in its order.
  func take(_ reading: Reading) -> [ByteBuffer] {
    state.withLock { state in state.readers[reading.id]?.take() ?? [] }
  }

  /// How many events it has not taken yet.
  func waiting(_ reading: Reading) -> Int { state.withLock { $0.readers[reading.id]?.items.count ?? 0 } }

  /// The reader has gone.
  func leave(_ reading: Reading) { leave(reading.id) }

  /// The first reader asks for the news before he is shown the status: nothing falls between the two.
  private func enter(_ wake: AsyncStream<Void>.Continuation) async -> Int {
    let (id, isFirst) = state.withLock { state in
      state.lastID += 1
      state.readers[state.lastID] = Reader(wake: wake)
      defer { state.isPumping = true }
      return (state.lastID, !state.isPumping)
    }
    guard isFirst else { return id }
    let events = await news()
    let pump = Task { await self.run(events) }
    state.withLock { state in
      // Everybody may have left meanwhile.
      if state.isPumping { state.pump = pump } else { pump.cancel() }
    }
    return id
  }

  /// Nobody reads: nothing is built.
  private func leave(_ id: Int) {
    let pump = state.withLock { state -> Task<Void, Never>? in
      state.readers[id] = nil
      guard state.readers.isEmpty else { return nil }
      defer { state.pump = nil }
      state.isPumping = false
      state.latest = nil
      return state.pump
    }
    pump?.cancel()
  }

  private func run(_ events: AsyncStream<News>) async {
    let (ticks, tick) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    await withDiscardingTaskGroup { group in
      group.addTask {
        for await _ in ticks {
          try? await Task.sleep(for: Self.wakeAfter)
          await self.wakeReaders()
        }
      }
      for await event in events {
        switch event {
        case .status(let status): hand(.status(Self.event("status", status)))
        case .notice(let notice): hand(.notice(Self.event("notice", notice)))
        // Like a notice: each counts, and the oldest may go.
        case .card(let card): hand(.notice(Self.event("card", card)))
        }
        tick.yield()
      }
      tick.finish()
    }
    guard !Task.isCancelled else { return }
    let readers = state.withLock { Array($0.readers.values) }
    for reader in readers { reader.wake.finish() }
  }

  private func hand(_ item: Item) {
    let lost = state.withLock { state in
      if case .status(let buffer) = item { state.latest = buffer }
      return state.readers.keys.count { id in state.readers[id]?.add(item) == false }
    }
    for _ in 0..<lost { onLost() }
  }

  /// Wakes each reader once, some after others.
  private func wakeReaders() async {
    let wakes = state.withLock { $0.readers.values.map(\.wake) }
    let turns = max(1, (wakes.count + Self.wokenTogether - 1) / Self.wokenTogether)
    for turn in 0..<turns {
      for wake in wakes.dropFirst(turn * Self.wokenTogether).prefix(Self.wokenTogether) { wake.yield() }
      try? await Task.sleep(for: max(Self.wakeEvery / turns, Self.restAfter))
    }
  }

  static func event(_ name: String, _ value: some Encodable) -> ByteBuffer {
    // JSONEncoder writes no newline unless pretty-printing is asked for, so one data line suffices.
    let data = (try? JSONEncoder().encode(value)) ?? Data("{}".utf8)
    var buffer = ByteBuffer()
    buffer.writeString("event: \(name)\ndata: ")
    buffer.writeBytes(data)
    buffer.writeString("\n\n")
    return buffer
  }
}

extension StreamFan.Reader {
  /// False where the oldest notice is lost for it.
  fileprivate mutating func add(_ item: StreamFan.Item) -> Bool {
    let before = lost
    switch item {
    case .status:
      items.removeAll { if case .status = $0 { true } else { false } }
    case .notice where notices == StreamFan.noticesMax:
      if let oldest = items.firstIndex(where: { if case .notice = $0 { true } else { false } }) {
        items.remove(at: oldest)
      }
      lost += 1
    case .notice: notices += 1
    }
    items.append(item)
    return lost == before
  }

  fileprivate mutating func take() -> [ByteBuffer] {
    var buffers: [ByteBuffer] = lost > 0 ? [StreamFan.event("lost", ["events": lost])] : []
    for item in items {
      switch item {
      case .status(let buffer), .notice(let buffer): buffers.append(buffer)
      }
    }
    (items, notices, lost) = ([], 0, 0)
    return buffers
  }
}

import Synchronization
import Telephony

/// All switchboards of this service: one customer may be on a line at any of their PBXs.
final class Exchange: Sendable {
  private let boards = Mutex<[Switchboard]>([])

  func add(_ board: Switchboard) { boards.withLock { $0.append(board) } }

  /// The boards know the exchange, and it knows them: when all have ended, somebody has to let go.
  func clear() { boards.withLock { $0 = [] } }

  var all: [Switchboard] { boards.withLock { $0 } }

  /// Tells the other switchboards what happened at one.
  func tell(_ event: SwitchboardEvent, except name: PBXName) {
    for board in all where board.name != name { Task { await board.post(event) } }
  }
}

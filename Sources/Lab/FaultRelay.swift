import Foundation
import Glibc
import Synchronization

/// One connection through a `FaultProxy`.
final class FaultRelay: Sendable {
  private let client: Int32
  private let server: Int32
  private let shared: FaultProxy.Shared
  private let state = Mutex(State())
  private let changed = NSCondition()

  private struct State: Sendable {
    var ended = false
    var threads = 2
    /// A request whose answer is waited for, to spring there.
    var awaited: Awaited?
    /// PostgreSQL: answers the server owes in all, the greeting's included.
    var readyOwed = 1
    var passed: [FaultProxy.Way: Int] = [:]
    var answers: FaultAnswers
    init() { answers = FaultAnswers(.bytes) }
  }

  private struct Awaited: Sendable {
    var spring: FaultTrap.Spring
    var token: String?
    /// PostgreSQL: the answer is there with this many `ReadyForQuery`; nil until the Sync has passed.
    var ready: Int?
    var withheld: [UInt8] = []
  }

  init(client: Int32, server: Int32, shared: FaultProxy.Shared) {
    self.client = client
    self.server = server
    self.shared = shared
    state.withLock { $0.answers = FaultAnswers(shared.dialect) }
  }

  func start() {
    for (name, body) in [("up", copyUp), ("down", copyDown)] {
      let thread = Thread { [self] in
        body()
        leave()
      }
      thread.name = "fault proxy \(name)"
      thread.start()
    }
  }

  func cut() {
    state.withLock { state in
      // Only while the numbers are ours.
      guard state.threads > 0 else { return }
      state.ended = true
      // Unread bytes make it a reset, as a machine that died would.
      shutdown(client, Int32(SHUT_RDWR))
      shutdown(server, Int32(SHUT_RDWR))
    }
    faultsChanged()
  }

  func faultsChanged() {
    changed.lock()
    changed.broadcast()
    changed.unlock()
  }

  private func leave() {
    let last = state.withLock { state in
      state.threads -= 1
      if state.threads == 0 {
        close(client)
        close(server)
      }
      return state.threads == 0
    }
    if last { _ = shared.state.withLock { $0.relays.removeValue(forKey: ObjectIdentifier(self)) } }
  }

  private var ended: Bool { state.withLock { $0.ended } }

  // MARK: To the server

  private func copyUp() {
    var framing = FaultFraming(shared.dialect)
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while !ended {
      let count = recv(client, &chunk, chunk.count, 0)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { break }
      guard passUp(framing.take(chunk[..<count])) else { return cut() }
    }
    let rest = framing.rest()
    if !rest.isEmpty { _ = pass(rest, .toServer) }
    shutdown(server, Int32(SHUT_WR))
  }

  /// False where the connection is to be cut.
  private func passUp(_ pieces: [FaultPiece]) -> Bool {
    var together: [UInt8] = []
    for piece in pieces {
      if let label = piece.label, let spring = shared.trap?.meet(label) {
        switch spring.moment {
        case .before:
          guard together.isEmpty || pass(together, .toServer) else { return false }
          together = []
          spring.action()
          if spring.fate == .cut { return false }
        case .after:
          state.withLock { $0.awaited = Awaited(spring: spring, token: piece.token) }
        }
      }
      if shared.dialect == .postgres { note(piece) }
      together += piece.bytes
    }
    return together.isEmpty || pass(together, .toServer)
  }

  private func note(_ piece: FaultPiece) {
    state.withLock { state in
      if piece.asksForEncryption { state.answers.awaitsByte += 1 }
      guard piece.awaitsAnswer else { return }
      state.readyOwed += 1
      if state.awaited != nil, state.awaited?.ready == nil { state.awaited?.ready = state.readyOwed }
    }
  }

  // MARK: To the client

  private func copyDown() {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while !ended {
      let count = recv(server, &chunk, chunk.count, 0)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { break }
      switch answered(Array(chunk[..<count])) {
      case .pass(let bytes):
        guard bytes.isEmpty || pass(bytes, .toClient) else { return cut() }
      case .spring(let spring, let withheld):
        spring.action()
        guard spring.fate == .pass, pass(withheld, .toClient) else { return cut() }
      }
    }
    shutdown(client, Int32(SHUT_WR))
  }

  private enum Turn {
    case pass([UInt8])
    case spring(FaultTrap.Spring, withheld: [UInt8])
  }

  private func answered(_ bytes: [UInt8]) -> Turn {
    state.withLock { state in
      if shared.dialect == .postgres { state.answers.take(bytes) }
      guard var awaited = state.awaited else { return .pass(bytes) }
      awaited.withheld += bytes
      let isThere =
        switch shared.dialect {
        case .bytes: true
        case .postgres: awaited.ready.map { state.answers.ready >= $0 } ?? false
        case .ami: awaited.token.map { FaultAnswers.holds($0, awaited.withheld) } ?? true
        case .ari: true
        }
      state.awaited = isThere ? nil : awaited
      return isThere ? .spring(awaited.spring, withheld: awaited.withheld) : .pass([])
    }
  }

  // MARK: Both ways

  /// Passes bytes on as the faults of this moment say; false where the connection is to be cut.
  private func pass(_ bytes: [UInt8], _ way: FaultProxy.Way) -> Bool {
    waitWhileSwallowed(way)
    guard !ended else { return false }
    let faults = shared.faults
    if let delay = faults.delays[way] { usleep(UInt32(delay / .microseconds(1))) }
    let given = faults.duplicates.contains(way) ? bytes + bytes : bytes
    let room = state.withLock { state -> Int in
      let before = state.passed[way, default: 0]
      state.passed[way] = before + given.count
      return faults.cutsAfter[way].map { max(0, $0 - before) } ?? .max
    }
    let file = way == .toServer ? server : client
    if room < given.count {
      _ = Self.write(given[..<room], to: file)
      return false
    }
    return Self.write(given[...], to: file)
  }

  private func waitWhileSwallowed(_ way: FaultProxy.Way) {
    while shared.faults.swallows.contains(way), !ended {
      changed.lock()
      // A look now and then, in case the change came before the lock.
      _ = changed.wait(until: Date(timeIntervalSinceNow: 0.2))
      changed.unlock()
    }
  }

  private static func write(_ bytes: ArraySlice<UInt8>, to file: Int32) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(file, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}

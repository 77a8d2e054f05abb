import Store
public import Telephony

/// A row of the outbox as the commands show it: `--json` prints it as it is.
public struct OutboxDocument: Sendable, Encodable {
  public let id: Int64
  /// The idempotency key that the far end sees.
  public let key: String
  /// As in `notify.rules[].on`.
  public let event: String
  /// `mail`, `sms`, or `webhook` and the address.
  public let sink: String
  /// `waiting`, `sent`, `failed`, `dropped`.
  public let state: String
  public let createdAt: Timestamp
  public let dueAt: Timestamp
  public let tries: Int
  /// What went wrong last; empty where nothing did.
  public let lastError: String
  public let doneAt: Timestamp?

  init(_ row: OutboxRow) {
    id = row.id
    key = row.key.description
    event = row.event
    sink = row.sink
    state = row.state.rawValue
    createdAt = row.createdAt
    dueAt = row.dueAt
    tries = row.tries
    lastError = row.lastError
    doneAt = row.doneAt
  }

  /// For a terminal; `at` writes a moment.
  public func line(_ at: (Timestamp) -> String) -> String {
    "\(id)  \(state)  \(event)  \(PrintableText(sink, limit: 200))  of \(at(createdAt))  tries \(tries)"
      + (state == "waiting" ? "  next \(at(dueAt))" : "")
      + (lastError.isEmpty ? "" : "  \(PrintableText(lastError, limit: 400))")
  }
}

extension Administration {
  /// Rows of the outbox, the latest first. `state`: one of the states, `open` (waiting and failed), or `all`.
  public func outbox(state: String, limit: Int) async throws(AdministrationError) -> [OutboxDocument] {
    let states: [OutboxState] =
      switch state {
      case "all": OutboxState.allCases
      case "open": [.waiting, .failed]
      default: OutboxState(rawValue: state).map { [$0] } ?? []
      }
    guard !states.isEmpty else {
      let words = (["open", "all"] + OutboxState.allCases.map(\.rawValue)).joined(separator: ", ")
      throw AdministrationError(
        message: "\(PrintableText(state)) is no state of the outbox; take one of \(words).")
    }
    do { return try await store.outbox(states: states, limit: limit).map(OutboxDocument.init) } catch {
      throw AdministrationError(error)
    }
  }

  /// Sends again what was given up: one row, or all that failed. Returns how many.
  public func retryOutbox(_ id: Int64?) async throws(AdministrationError) -> Int {
    do { return try await store.retryOutbox(id, now: Self.now) } catch { throw AdministrationError(error) }
  }

  /// Gives up one row, or all that failed. Returns how many.
  public func dropOutbox(_ id: Int64?) async throws(AdministrationError) -> Int {
    do { return try await store.dropOutbox(id, now: Self.now) } catch { throw AdministrationError(error) }
  }
}

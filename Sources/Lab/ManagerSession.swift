import Foundation
import Glibc
import Synchronization
import Telephony

/// One AMI message as read: headers in order, names as they came.
struct ManagerMessage: Sendable {
  var headers: [(name: String, value: String)] = []

  subscript(_ name: String) -> String? {
    headers.first { $0.name.caseInsensitiveCompare(name) == .orderedSame }?.value
  }

  /// All values of a repeated header: `Output` of a command.
  func all(_ name: String) -> [String] {
    headers.compactMap { $0.name.caseInsensitiveCompare(name) == .orderedSame ? $0.value : nil }
  }

  /// From `Timestamp:`, where timestampevents=yes.
  var time: Timestamp {
    Timestamp(seconds: self["Timestamp"].flatMap(Double.init) ?? Date().timeIntervalSince1970)
  }
}

/// The lab's own manager session, with full rights: a blocking socket and one reading thread.
///
/// It shares no code with the service under test, so that it can be its judge.
final class ManagerSession: Sendable {
  private let file: Int32
  private let onEvent: @Sendable (ManagerMessage) -> Void
  private let state = Mutex(State())
  private let writing = Mutex(())

  private struct State: Sendable {
    var serial = 0
    var open = true
    var pending: [String: Pending] = [:]
    var booted = false
    var bootWaiters: [CheckedContinuation<Bool, Never>] = []
  }

  private struct Pending: Sendable {
    var collected: [ManagerMessage] = []
    var list: Bool
    var continuation: CheckedContinuation<Result<[ManagerMessage], LabError>, Never>
  }

  /// How long an action may take.
  static let answerTimeout: Duration = .seconds(10)

  /// Connects once; nil where nobody listens yet.
  init?(port: Int, onEvent: @escaping @Sendable (ManagerMessage) -> Void) {
    let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard file >= 0 else { return nil }
    guard withAddress("127.0.0.1", port, { connect(file, $0, $1) == 0 }) else {
      close(file)
      return nil
    }
    self.file = file
    self.onEvent = onEvent
    let thread = Thread { [self] in read() }
    thread.name = "lab manager session"
    thread.start()
  }

  var isOpen: Bool { state.withLock { $0.open } }

  /// Logs in and waits until Asterisk says FullyBooted.
  func logIn(user: String, secret: String, events: Bool) async throws(LabError) {
    _ = try await send([
      ("Action", "Login"), ("Username", user), ("Secret", secret), ("Events", events ? "on" : "off"),
    ])
    // With events off FullyBooted does not come: CoreStatus answers only then (manager.c, 16 and 22).
    guard events else { return }
    let booted = await withCheckedContinuation { continuation in
      let known: Bool? = state.withLock { state in
        if state.booted { return true }
        if !state.open { return false }
        state.bootWaiters.append(continuation)
        return nil
      }
      if let known { continuation.resume(returning: known) }
    }
    guard booted else { throw LabError(.disconnected, "Asterisk closed the manager session while starting") }
  }

  /// Sends an action and returns its response.
  @discardableResult
  func send(_ headers: [(String, String)]) async throws(LabError) -> ManagerMessage {
    try await perform(headers, list: false)[0]
  }

  /// Sends an action that answers with a list and returns the list's events, without its end.
  func list(_ headers: [(String, String)]) async throws(LabError) -> [ManagerMessage] {
    Array(try await perform(headers, list: true).dropFirst().dropLast())
  }

  /// A line of the Asterisk console; what it printed.
  func cli(_ line: String) async throws(LabError) -> String {
    let answer = try await send([("Action", "Command"), ("Command", line)])
    return answer.all("Output").joined(separator: "\n")
  }

  private func perform(_ headers: [(String, String)], list: Bool) async throws(LabError) -> [ManagerMessage] {
    let id = state.withLock { state in
      state.serial += 1
      return "lab-\(state.serial)"
    }
    var text = ""
    for (name, value) in headers + [("ActionID", id)] {
      precondition(!value.contains("\n") && !value.contains("\r"), "a manager header holds one line")
      text += "\(name): \(value)\r\n"
    }
    text += "\r\n"
    let deadline = Task { [self] in
      try await Task.sleep(for: Self.answerTimeout)
      finish(id, .failure(LabError(.timeout, "no answer to \(headers[0].1) within \(Self.answerTimeout)")))
    }
    defer { deadline.cancel() }
    let message = text
    let result = await withCheckedContinuation { continuation in
      let open = state.withLock { state in
        if state.open { state.pending[id] = Pending(list: list, continuation: continuation) }
        return state.open
      }
      guard open, write(message) else {
        let gone = LabError(.disconnected, "the manager session is closed")
        if open { finish(id, .failure(gone)) } else { continuation.resume(returning: .failure(gone)) }
        return
      }
    }
    return try result.get()
  }

  private func finish(_ id: String, _ result: Result<[ManagerMessage], LabError>) {
    let pending = state.withLock { $0.pending.removeValue(forKey: id) }
    pending?.continuation.resume(returning: result)
  }

  private func write(_ text: String) -> Bool {
    writing.withLock { _ in
      guard isOpen else { return false }
      var bytes = Array(text.utf8)[...]
      while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { Glibc.send(file, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return false }
        bytes = bytes.dropFirst(count)
      }
      return true
    }
  }

  func disconnect() {
    state.withLock { state in
      if state.open { shutdown(file, Int32(SHUT_RDWR)) }
    }
  }

  // MARK: reading

  private func read() {
    var buffer: [UInt8] = []
    var start = 0
    var message = ManagerMessage()
    var chunk = [UInt8](repeating: 0, count: 65_536)
    var greeted = false
    while true {
      let count = recv(file, &chunk, chunk.count, 0)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { break }
      buffer += chunk[..<count]
      while let end = buffer[start...].firstIndex(of: UInt8(ascii: "\n")) {
        var line = buffer[start..<end]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        start = end + 1
        let text = String(decoding: line, as: UTF8.self)
        if !greeted {
          greeted = true
        } else if text.isEmpty {
          if !message.headers.isEmpty { receive(message) }
          message = ManagerMessage()
        } else if let colon = text.firstIndex(of: ":") {
          let value = text[text.index(after: colon)...]
          message.headers.append(
            (String(text[..<colon]), String(value.first == " " ? value.dropFirst() : value)))
        }
      }
      buffer.removeFirst(start)
      start = 0
    }
    closed()
  }

  private func receive(_ message: ManagerMessage) {
    if let event = message["Event"] {
      if let id = message["ActionID"], state.withLock({ $0.pending[id] != nil }) {
        collect(id, message, last: message["EventList"] == "Complete")
        return
      }
      if event == "FullyBooted" {
        let waiters = state.withLock { state in
          state.booted = true
          defer { state.bootWaiters = [] }
          return state.bootWaiters
        }
        for waiter in waiters { waiter.resume(returning: true) }
      }
      onEvent(message)
    } else if let response = message["Response"], let id = message["ActionID"] {
      if response == "Error" {
        finish(
          id, .failure(LabError(.refused, "Asterisk refused: \(message["Message"] ?? "no reason given")")))
      } else {
        collect(id, message, last: false)
      }
    }
  }

  private func collect(_ id: String, _ message: ManagerMessage, last: Bool) {
    let done: Pending? = state.withLock { state in
      state.pending[id]?.collected.append(message)
      guard let pending = state.pending[id], last || !pending.list else { return nil }
      return state.pending.removeValue(forKey: id)
    }
    done?.continuation.resume(returning: .success(done?.collected ?? []))
  }

  private func closed() {
    let (pending, waiters) = state.withLock { state in
      state.open = false
      defer {
        state.pending = [:]
        state.bootWaiters = []
      }
      return (state.pending, state.bootWaiters)
    }
    // Nobody writes to the number once somebody else may have it.
    writing.withLock { _ in _ = close(file) }
    let gone = LabError(.disconnected, "Asterisk closed the manager session")
    for entry in pending.values { entry.continuation.resume(returning: .failure(gone)) }
    for waiter in waiters { waiter.resume(returning: false) }
  }
}

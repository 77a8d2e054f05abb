import CLibcurl
import Foundation
import Synchronization

/// The thread behind a courier, and what others may leave for it.
///
/// Sendable by hand: `multi` is touched by the engine's thread only, save for `curl_multi_wakeup`, which libcurl
/// allows from any thread and which `shared` keeps from being called after the clean-up.
final class Engine: @unchecked Sendable {
  struct Order: Sendable {
    var id: UInt64
    var errand: Errand
    var waiter: CheckedContinuation<Result<HTTPResponse, CourierError>, Never>
  }

  private struct Shared {
    var orders: [Order] = []
    var cancelled: Set<UInt64> = []
    /// Waiting for an answer, by id. Who removes one resumes it: exactly once.
    var waiters: [UInt64: CheckedContinuation<Result<HTTPResponse, CourierError>, Never>] = [:]
    var isShutDown = false
    /// The thread sleeps or is about to; false while a wake-up is already on its way.
    var needsWakeUp = true
    var threadRuns = true
  }

  private let settings: CourierSettings
  private let multi: UnsafeMutableRawPointer
  private let shared = Mutex(Shared())
  private let lastID = Atomic<UInt64>(0)

  /// Once per process, before any handle: libcurl's set-up is not thread-safe everywhere.
  private static let globalCode: CURLcode = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

  init(settings: CourierSettings) throws(CourierError) {
    guard Self.globalCode == CURLE_OK, let multi = curl_multi_init() else {
      throw CourierError(.internal, .notSent, "libcurl could not be set up")
    }
    self.settings = settings
    self.multi = multi
    pz_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, settings.connectionsPerHostMax)
    pz_multi_set_long(multi, CURLMOPT_MAXCONNECTS, settings.idleConnectionsMax)
    pz_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING))
    let thread = Thread { self.run() }
    thread.name = "courier"
    thread.start()
  }

  func newID() -> UInt64 { lastID.add(1, ordering: .relaxed).newValue }

  var inFlight: Int { shared.withLock { $0.waiters.count } }

  /// Hands a request to the thread, or answers it at once where that cannot be.
  func submit(_ order: Order) {
    let refusal: CourierError? = shared.withLock { shared in
      if shared.isShutDown { return CourierError(.shutDown, .notSent, "the courier is shut down") }
      if shared.cancelled.remove(order.id) != nil {
        return CourierError(.cancelled, .notSent, "\(order.errand.origin): cancelled")
      }
      if shared.waiters.count >= settings.requestsMax {
        return CourierError(.busy, .notSent, "\(settings.requestsMax) requests are on their way already")
      }
      shared.waiters[order.id] = order.waiter
      shared.orders.append(order)
      wakeUp(&shared)
      return nil
    }
    if let refusal { order.waiter.resume(returning: .failure(refusal)) }
  }

  func cancel(_ id: UInt64) {
    shared.withLock { shared in
      // Kept even where the order has not come yet: a task can be cancelled before it submits.
      shared.cancelled.insert(id)
      wakeUp(&shared)
    }
  }

  /// Drops a cancellation that came too late to matter.
  func forget(_ id: UInt64) { shared.withLock { _ = $0.cancelled.remove(id) } }

  func shutDown() {
    shared.withLock { shared in
      shared.isShutDown = true
      wakeUp(&shared)
    }
  }

  private func wakeUp(_ shared: inout Shared) {
    guard shared.needsWakeUp, shared.threadRuns else { return }
    shared.needsWakeUp = false
    curl_multi_wakeup(multi)
  }

  private func answer(_ id: UInt64, _ result: Result<HTTPResponse, CourierError>) {
    let waiter = shared.withLock { shared in
      shared.cancelled.remove(id)
      return shared.waiters.removeValue(forKey: id)
    }
    waiter?.resume(returning: result)
  }

  // MARK: the thread

  private func run() {
    // The dictionary keeps each transfer alive as long as libcurl may call back into it.
    var transfers: [UInt64: Transfer] = [:]
    while true {
      let (orders, cancelled, stop) = shared.withLock { shared in
        defer {
          shared.orders.removeAll(keepingCapacity: true)
          shared.needsWakeUp = true
        }
        return (shared.orders, shared.cancelled, shared.isShutDown)
      }
      if stop { break }
      for order in orders { start(order, &transfers) }
      for id in cancelled {
        guard let transfer = transfers.removeValue(forKey: id) else { continue }
        curl_multi_remove_handle(multi, transfer.easy)
        let origin = transfer.errand.origin
        answer(id, .failure(CourierError(.cancelled, transfer.delivery, "\(origin): cancelled")))
      }
      var running: Int32 = 0
      curl_multi_perform(multi, &running)
      collect(&transfers)
      let sleep = expireQueued(&transfers)
      // Sleeps until a socket, a timer of libcurl's own or a wake-up.
      curl_multi_poll(multi, nil, 0, Int32(clamping: sleep), nil)
    }
    end(&transfers)
  }

  private func start(_ order: Order, _ transfers: inout [UInt64: Transfer]) {
    guard let transfer = Transfer(id: order.id, errand: order.errand, settings: settings) else {
      answer(order.id, .failure(CourierError(.internal, .notSent, "libcurl has no memory for a request")))
      return
    }
    let code = curl_multi_add_handle(multi, transfer.easy)
    guard code == CURLM_OK else {
      let text = String(cString: curl_multi_strerror(code))
      answer(order.id, .failure(CourierError(.internal, .notSent, "libcurl refused a request: \(text)")))
      return
    }
    transfers[order.id] = transfer
  }

  private func collect(_ transfers: inout [UInt64: Transfer]) {
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
      // The message dies with the removal of its handle: read it first.
      let code = pz_message_result(message)
      var context: UnsafeMutableRawPointer?
      pz_easy_get_pointer(easy, CURLINFO_PRIVATE, &context)
      let transfer = Transfer.from(context)
      curl_multi_remove_handle(multi, easy)
      transfers[transfer.id] = nil
      answer(transfer.id, transfer.result(code))
    }
  }

  /// libcurl 7.88 keeps no time for a request that waits for a free connection to its host: this does. Returns
  /// the milliseconds until the next such limit, or a minute, which only bounds a lost wake-up.
  private func expireQueued(_ transfers: inout [UInt64: Transfer]) -> Int {
    let sleepMax = 60_000
    guard transfers.count > settings.connectionsPerHostMax else { return sleepMax }
    let now = ContinuousClock.now
    var sleep = sleepMax
    for transfer in transfers.values where transfer.timesSent == 0 {
      let left = (transfer.deadline - now).wholeMilliseconds
      guard left <= 0 else {
        sleep = min(sleep, left + 1)
        continue
      }
      curl_multi_remove_handle(multi, transfer.easy)
      transfers[transfer.id] = nil
      let text = "\(transfer.errand.origin): no free connection in time"
      answer(transfer.id, .failure(CourierError(.timeout, .notSent, text)))
    }
    return sleep
  }

  private func end(_ transfers: inout [UInt64: Transfer]) {
    for transfer in transfers.values {
      curl_multi_remove_handle(multi, transfer.easy)
      let text = "\(transfer.errand.origin): the courier was shut down"
      answer(transfer.id, .failure(CourierError(.shutDown, transfer.delivery, text)))
    }
    transfers = [:]
    let waiting = shared.withLock { shared in
      shared.threadRuns = false
      defer { shared.waiters = [:] }
      return shared.waiters.values.map { $0 }
    }
    let never = CourierError(.shutDown, .notSent, "the courier is shut down")
    for waiter in waiting { waiter.resume(returning: .failure(never)) }
    curl_multi_cleanup(multi)
  }
}

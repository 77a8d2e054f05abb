import AsteriskProtocol
import Courier
import Logging
import NIOCore
import Synchronization
import Telephony

extension PBXLink {
  /// Keeps the websocket up until the task is cancelled.
  func runARI() async {
    let limits = settings.limits
    var backoff = Backoff(first: limits.retryFirst, longest: limits.retryLongest)
    var saidReason: String?
    while !Task.isCancelled {
      await waitUntilARIWanted()
      if Task.isCancelled { break }
      let start = ContinuousClock.now
      let life = await ariLife()
      if life.stood { saidReason = nil }
      if life.stood, .now - start > limits.retryLongest { backoff.reset() }
      if Task.isCancelled { break }
      state.withLock { $0.ariDownReason = life.error.message }
      if saidReason != life.error.message {
        saidReason = life.error.message
        report(life.error, source: .ari)
        queue.push(.ariDown(reason: life.error.message, at: now()))
      }
      let pause = backoff.next(chance: chance())
      try? await Task.sleep(for: life.isReplaced ? max(pause, limits.replacedPause) : pause)
    }
  }

  private func waitUntilARIWanted() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        let go = state.withLock { state in
          guard !state.ariWanted, !Task.isCancelled else { return true }
          state.ariWantedWaiters.append(waiter)
          return false
        }
        if go { waiter.resume() }
      }
    } onCancel: {
      let waiters = state.withLock { state in
        defer { state.ariWantedWaiters = [] }
        return state.ariWantedWaiters
      }
      for waiter in waiters { waiter.resume() }
    }
  }

  private struct Life {
    var error: LinkError
    /// The list of channels came out.
    var stood = false
    var isReplaced = false
  }

  /// One life of the websocket.
  private func ariLife() async -> Life {
    let intake = ARIIntake(queue: queue, eventsMax: settings.limits.eventsQueuedMax)
    let socket: ARIWebSocket?
    do throws(LinkError) {
      socket = try await ARIWebSocket.open(settings.ari, limits: settings.limits, group: group) {
        [self] events, statistics in
        state.withLock { $0.health.ari = statistics }
        intake.take(events, at: now())
      }
    } catch {
      return Life(error: error)
    }
    guard let socket else { return Life(error: await whyNotUpgraded()) }
    return await withTaskCancellationHandler {
      await hold(socket, intake)
    } onCancel: {
      socket.close(because: "the service is stopping")
    }
  }

  private func hold(_ socket: ARIWebSocket, _ intake: ARIIntake) async -> Life {
    let (relists, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let askedAt = now()
    switch await channels() {
    case .failure(let error):
      socket.close(because: error.message)
      let end = await socket.end()
      return Life(error: error, isReplaced: end.isReplaced)
    case .success(let channels):
      state.withLock { state in
        state.ariDownReason = nil
        state.relist = continuation
        state.health.ariConnectedSince = now()
        state.health.ariConnections += 1
      }
      intake.release(channels, askedAt: askedAt)
      logger.info("ARI is up", metadata: ["channels": "\(channels.count)"])
    }
    if !state.withLock({ $0.ariWanted }) { continuation.yield() }
    let relisting = Task { await answerRelists(relists, socket, intake) }
    let end = await socket.end()
    // First of all: no originate goes out any more.
    state.withLock { state in
      state.ariDownReason = end.reason
      state.health.ariConnectedSince = nil
      state.relist = nil
    }
    relisting.cancel()
    await relisting.value
    return Life(error: LinkError(.cut, end.reason), stood: true, isReplaced: end.isReplaced)
  }

  /// Lists the channels anew whenever asked, and closes the websocket when it is not wanted any more.
  private func answerRelists(_ requests: AsyncStream<Void>, _ socket: ARIWebSocket, _ intake: ARIIntake) async
  {
    for await _ in requests {
      guard state.withLock({ $0.ariWanted }) else {
        return socket.close(because: "the Stasis application is left to another service")
      }
      intake.hold()
      let askedAt = now()
      switch await channels() {
      case .success(let channels): intake.release(channels, askedAt: askedAt)
      case .failure(let error): return socket.close(because: error.message)
      }
    }
  }

  /// The sentence for an HTTP server that answers and does not open the websocket.
  func whyNotUpgraded() async -> LinkError {
    let (user, url) = (settings.ari.username, settings.ari.url)
    switch await answer(to: .info) {
    case .failure(let error): return LinkError(.refused, "ARI at \(url): \(error.message)")
    case .success(let response) where response.status == 401 || response.status == 403:
      return LinkError(
        .refused,
        "ARI login refused for user \"\(user)\" at \(url): check the user's section and password in ari.conf")
    case .success(let response) where response.status == 404:
      return LinkError(
        .refused,
        "an HTTP server answers at \(url), but not ARI: check prefix= in http.conf, enabled=yes in ari.conf "
          + "and that res_ari is loaded")
    case .success(let response) where response.status == 200:
      return LinkError(
        .refused,
        "ARI at \(url) answers, but refuses the websocket: check that res_http_websocket and "
          + "res_ari_events are loaded and allow the user in ari.conf")
    case .success(let response):
      return LinkError(.refused, "ARI at \(url) answers HTTP \(response.status) to asterisk/info")
    }
  }

  /// Sends one ARI request.
  func answer(to request: ARIRequest) async -> Result<HTTPResponse, CourierError> {
    let address: ARIAddress
    do throws(LinkError) {
      address = try ARIAddress(settings.ari.url)
    } catch {
      return .failure(CourierError(.badRequest, .notSent, error.message))
    }
    let limits = settings.limits
    let method: HTTPRequest.Method =
      switch request.method {
      case .get: .get
      case .post: .post
      case .put: .put
      case .delete: .delete
      }
    let http = HTTPRequest(
      method, address.base + request.target,
      headers: request.body.isEmpty ? [] : [HTTPHeader("Content-Type", "application/json")],
      body: request.body,
      credentials: .basic(username: settings.ari.username, password: settings.ari.password),
      tls: settings.ari.tls,
      connectTimeout: limits.connectTimeout, timeout: limits.commandTimeout,
      responseBytesMax: limits.ariAnswerBytesMax)
    do throws(CourierError) {
      return .success(try await courier.send(http))
    } catch {
      return .failure(error)
    }
  }
}

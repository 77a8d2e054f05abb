import AsteriskProtocol
import Logging
import NIOCore
import Synchronization
import Telephony

extension PBXLink {
  /// Keeps the two AMI sessions up until the task is cancelled.
  func runAMI() async {
    var backoff = Backoff(first: settings.limits.retryFirst, longest: settings.limits.retryLongest)
    var saidReason: String?
    while !Task.isCancelled {
      let start = ContinuousClock.now
      state.withLock { $0.health.amiTriedAt = start }
      let (error, stood) = await amiLife()
      if stood { saidReason = nil }
      // Only what stood for a while proves that the next try need not wait.
      if stood, .now - start > settings.limits.retryLongest { backoff.reset() }
      if Task.isCancelled { break }
      if saidReason != error.message {
        saidReason = error.message
        report(error, source: .ami)
        queue.push(.amiDown(reason: error.message, at: now()))
      }
      try? await Task.sleep(for: backoff.next(chance: chance()))
    }
  }

  /// One life of the two sessions, from connecting to the end of either. `stood`: a snapshot came out.
  private func amiLife() async -> (LinkError, stood: Bool) {
    let limits = settings.limits
    let intake = EventIntake(queue: queue, now: now, eventsMax: limits.eventsQueuedMax) { [self] in note($0) }
    let commands: AMISession
    let events: AMISession
    do throws(LinkError) {
      commands = try await AMISession.open(settings.ami, role: .commands, limits: limits, group: group) {
        _, _ in
      }
    } catch {
      return (error, false)
    }
    do throws(LinkError) {
      events = try await AMISession.open(settings.ami, role: .events, limits: limits, group: group) {
        [self] messages, statistics in
        let time = now()
        note(messages, statistics, at: time)
        intake.take(messages, at: time)
      }
    } catch {
      commands.close(because: error.message)
      return (error, false)
    }
    return await withTaskCancellationHandler {
      await hold(events: events, commands: commands, intake: intake)
    } onCancel: {
      events.close(because: "the service is stopping")
      commands.close(because: "the service is stopping")
    }
  }

  /// Keeps what a batch says of the session's health. On the event loop.
  private func note(_ messages: [AMIMessage], _ statistics: AMIStatistics, at time: Timestamp) {
    var last: Timestamp?
    for message in messages.reversed() {
      if case .event(_, let at?) = message {
        last = at
        break
      }
    }
    state.withLock { state in
      state.health.ami = statistics
      if let last { state.health.lag = time - last }
    }
  }

  private func hold(
    events: AMISession, commands: AMISession, intake: EventIntake
  ) async -> (LinkError, stood: Bool) {
    let summary: EventIntake.Summary
    let watch = Task {
      // Without this a connection lost during the snapshot would be noticed by the time limit only.
      let reason = await events.end()
      intake.sessionEnded(LinkError(.cut, reason))
    }
    // Before the snapshot goes out: who hears of it may command at once.
    let (resync, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    state.withLock { state in
      state.commands = commands
      state.resync = continuation
    }
    do throws(LinkError) {
      summary = try await intake.snapshot(over: events, timeout: settings.limits.snapshotTimeout)
    } catch {
      disconnected(error.message)
      events.close(because: error.message)
      commands.close(because: error.message)
      await watch.value
      return (error, false)
    }
    logger.info(
      "AMI is up",
      metadata: [
        "version": "\(summary.snapshot.version)", "channels": "\(summary.snapshot.channels.count)",
        "members": "\(summary.snapshot.members.count)",
      ])
    if !summary.systemName.isEmpty { events.trust(systemName: summary.systemName) }
    let error = await withTaskGroup(of: LinkError?.self) { group in
      group.addTask { await self.ping(events, keepsRoundTrip: true) }
      group.addTask { await self.ping(commands, keepsRoundTrip: false) }
      group.addTask { await self.answerResyncs(resync, events, intake) }
      group.addTask { LinkError(.cut, "the AMI event session ended: \(await events.end())") }
      group.addTask { LinkError(.cut, "the AMI command session ended: \(await commands.end())") }
      var first: LinkError?
      for await error in group where first == nil {
        first = error
        guard let error else { continue }
        disconnected(error.message)
        events.close(because: error.message)
        commands.close(because: error.message)
        group.cancelAll()
      }
      return first ?? LinkError(.cut, "the AMI sessions ended")
    }
    await watch.value
    return (error, true)
  }

  /// Keeps what a snapshot says of the session's health. On the event loop.
  private func note(_ summary: EventIntake.Summary) {
    state.withLock { state in
      state.health.version = summary.snapshot.version
      state.health.systemName = summary.systemName
      state.health.startedAt = summary.snapshot.startedAt
      guard state.health.amiConnectedSince == nil else { return }
      state.health.amiConnectedSince = now()
      state.health.amiConnections += 1
    }
  }

  private func disconnected(_ reason: String) {
    let waiters = state.withLock { state in
      state.commands = nil
      state.amiDownReason = reason
      state.resync = nil
      state.health.amiConnectedSince = nil
      defer { state.resyncWaiters = [] }
      return state.resyncWaiters
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Pings until it fails. An error is an answer too: during `core stop gracefully` every action gets one while
  /// the calls go on.
  private func ping(_ session: AMISession, keepsRoundTrip: Bool) async -> LinkError? {
    let limits = settings.limits
    while !Task.isCancelled {
      let start = ContinuousClock.now
      switch await session.ask(.ping, timeout: limits.amiPingTimeout) {
      case .success:
        guard keepsRoundTrip else { break }
        state.withLock { state in
          let now = ContinuousClock.now
          state.health.pingRoundTrip = now - start
          state.health.amiPongAt = now
        }
      case .failure(.busy): break
      case .failure(.unknown(let reason)), .failure(.notSent(let reason)), .failure(.encoding(let reason)):
        if Task.isCancelled { return nil }
        return LinkError(.timeout, "AMI at \(settings.ami.host):\(settings.ami.port): \(reason)")
      }
      try? await Task.sleep(for: limits.amiPingInterval)
    }
    return nil
  }

  /// Takes a new snapshot whenever asked.
  private func answerResyncs(
    _ requests: AsyncStream<Void>, _ session: AMISession, _ intake: EventIntake
  ) async -> LinkError? {
    for await _ in requests {
      let waiters = state.withLock { state in
        defer { state.resyncWaiters = [] }
        return state.resyncWaiters
      }
      defer { for waiter in waiters { waiter.resume() } }
      do throws(LinkError) {
        _ = try await intake.snapshot(over: session, timeout: settings.limits.snapshotTimeout)
      } catch {
        // A PBX that waits for its last call refuses every action: what we know of it stays true.
        guard error.message.lowercased().contains("shutting down") else { return error }
        intake.passOn()
        report(error, source: .ami)
      }
    }
    return nil
  }
}

public import CallPolicy
public import CallTracking
public import Telephony

extension Store {
  /// Puts an ended call into the books with all that follows from it: one transaction under the number's lock
  /// (the call's own where the number is hidden). `decide` is pure, may be called twice, and sees the books
  /// as they are under the lock. A call that is there already changes nothing; `alreadyRecorded` says so.
  ///
  /// A missed call whose verdict names neither a job nor a reason is written with "No reason was given.".
  public func settle(
    _ call: CallRecord, caller: CallerNumber, now: Timestamp,
    decide: @escaping @Sendable (NumberHistory) -> CallVerdict
  ) async throws(StoreError) -> (verdict: CallVerdict, alreadyRecorded: Bool) {
    try await pool.run { link throws(StoreError) in
      do throws(StoreError) {
        return try Self.settle(call, caller: caller, now: now, decide: decide, link)
      } catch {
        // Somebody settled it under another lock (another reading of the number), or opened a job without
        // one: the second look sees that.
        guard error.code == .uniqueViolation else { throw error }
        return try Self.settle(call, caller: caller, now: now, decide: decide, link)
      }
    }
  }

  private static func settle(
    _ call: CallRecord, caller: CallerNumber, now: Timestamp,
    decide: @Sendable (NumberHistory) -> CallVerdict, _ link: Link
  ) throws(StoreError) -> (verdict: CallVerdict, alreadyRecorded: Bool) {
    let lockText = caller.shown ?? "\(call.pbx)/\(call.linkedID)"
    let reads = NumberHistoryRow.calls(
      number: caller.shown, pbx: call.pbx, linkedID: call.linkedID, attempt: call.attempt, now: now,
      locksJobs: true)
    return try link.transaction(reading: [Link.lock.with(.text(lockText))] + reads) {
      rows throws(StoreError) in
      let history = try NumberHistoryRow.read(rows.dropFirst())
      let verdict = decide(history)
      if history.alreadyRecorded { return ([], (verdict, true)) }
      var writes = [CallRow.insert(call, caller: caller, short: verdict.short)]
      for change in verdict.changes { writes += try JobRow.calls(change, now: now) }
      if call.missed { writes.append(CallRow.insertMissed(call, caller: caller, verdict: verdict)) }
      writes += verdict.decisions.map(DecisionRow.insert)
      return (writes, (verdict, false))
    }
  }

  /// What the books know of a number now, without a lock. `alreadyRecorded` is always false.
  public func history(of number: PhoneNumber, now: Timestamp) async throws(StoreError) -> NumberHistory {
    let calls = NumberHistoryRow.calls(
      number: number.e164, pbx: "", linkedID: "", now: now, locksJobs: false)
    return try await pool.run { link throws(StoreError) in
      try NumberHistoryRow.read(link.batch(calls)[...])
    }
  }

  /// Puts stays in queues into the books; one that is there already is left as it is. Transactions of
  /// `StoreSettings.pipelineMax` rows.
  public func record(_ entries: [QueueEntryRecord]) async throws(StoreError) {
    try await write(entries.map(CallRow.insert))
  }

  /// Puts decisions into the books. Transactions of `StoreSettings.pipelineMax` rows.
  public func record(_ decisions: [Decision]) async throws(StoreError) {
    try await write(decisions.map(DecisionRow.insert))
  }

  /// In transactions of at most `pipelineMax` statements.
  func write(_ calls: [Statement.Call]) async throws(StoreError) {
    guard !calls.isEmpty else { return }
    try await pool.run { link throws(StoreError) in
      for start in stride(from: 0, to: calls.count, by: StoreSettings.pipelineMax) {
        let end = min(start + StoreSettings.pipelineMax, calls.count)
        do throws(StoreError) {
          try link.batch(Array(calls[start..<end]), commits: true)
        } catch {
          var error = error
          // What went before is in the books: a repetition would write it twice.
          if start > 0 { error.commitUnknown = true }
          throw error
        }
      }
    }
  }
}

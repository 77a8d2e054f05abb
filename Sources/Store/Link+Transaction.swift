extension Link {
  static let begin = Statement("begin", "BEGIN ISOLATION LEVEL READ COMMITTED")
  static let commit = Statement("commit", "COMMIT")
  static let rollback = Statement("rollback", "ROLLBACK")
  /// Held to the end of the transaction; texts that collide in the hash merely wait for each other.
  static let lock = Statement("lock", "SELECT pg_advisory_xact_lock(hashtextextended($1, 7076))")
  /// The same beside others who hold it so, and beside nobody who holds it alone.
  static let lockBeside = Statement(
    "lock beside", "SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 7076))")

  /// A transaction whose writes depend on what it read: `first` is sent with BEGIN, what `body` makes of its
  /// answers with COMMIT. Two round trips.
  func transaction<R>(
    reading first: [Statement.Call],
    _ body: ([Rows]) throws(StoreError) -> (writes: [Statement.Call], result: R)
  ) throws(StoreError) -> R {
    do throws(StoreError) {
      let rows = try batch([Self.begin.with()] + first)
      let (writes, result) = try body(Array(rows.dropFirst()))
      if writes.isEmpty {
        try batch([Self.rollback.with()])
      } else {
        try batch(writes + [Self.commit.with()], commits: true)
      }
      return result
    } catch {
      if !broken { _ = try? batch([Self.rollback.with()]) }
      throw error
    }
  }
}

/// What LISTEN brings.
public enum StoreNotification: Sendable, Hashable {
  /// A NOTIFY of a committed transaction.
  case notified(channel: String, payload: String)
  /// Listening begins, or begins again after a gap: whatever was notified before is not told; read it all.
  case resynced
  /// The connection is lost and is being made anew; `.resynced` follows when it stands.
  case interrupted(StoreError)
}

/// Channels the store notifies on.
public enum StoreChannel {
  /// A job was created, changed or closed; the payload is the job's id.
  public static let jobs = "perezvon_jobs"
}

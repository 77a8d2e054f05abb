import Foundation
import Store
public import Telephony

extension Administration {
  /// Makes restored books safe to dial from; returns the sentences to show.
  ///
  /// - Parameter dumpedAt: when the backup was begun.
  public func afterRestore(dumpedAt: Timestamp) async throws(AdministrationError) -> [String] {
    let now = Self.now
    guard dumpedAt <= now else {
      throw AdministrationError(message: "The backup is of a time that has not come yet.")
    }
    let moment = Date(timeIntervalSince1970: dumpedAt.seconds).formatted(
      Date.ISO8601FormatStyle(timeZone: zone))
    do {
      _ = try await store.migrate()
      let counts = try await store.settleRestore(
        dumpedAt: dumpedAt,
        reason:
          "the books were restored from a backup of \(moment): whether he was called since is not known",
        now: now)
      var lines = [
        "\(counts.jobs) callbacks were due or under way in the backup and are closed; \(counts.attempts) attempts ended.",
        "What was missed before now is recorded, and nobody is called back for it.",
      ]
      if counts.contacts > 0 {
        lines.append(
          "\(counts.contacts) contacts of lists still wait as in the backup: some may have been called since. Look at "
            + "contacts export before you start their campaigns.")
      }
      return lines
    } catch { throw AdministrationError(error) }
  }
}

import Store
import Telephony

/// What was removed of a number; `--json` prints it as it is.
public struct ErasureDocument: Sendable, Encodable {
  /// As the books showed it.
  public let number: String
  public let calls: Int
  public let missedCalls: Int
  public let queueEntries: Int
  public let jobs: Int
  public let openJobs: Int
  public let attempts: Int
  public let decisions: Int
  public let contacts: Int
  public let customers: Int
  /// On the do-not-call list, kept as a hash.
  public let stillBlocked: Bool

  init(_ number: String, _ erasure: Erasure) {
    self.number = number
    calls = erasure.calls
    missedCalls = erasure.missedCalls
    queueEntries = erasure.queueEntries
    jobs = erasure.jobs
    openJobs = erasure.openJobs
    attempts = erasure.attempts
    decisions = erasure.decisions
    contacts = erasure.contacts
    customers = erasure.customers
    stillBlocked = erasure.stillBlocked
  }

  /// What was removed, a sentence for each that matters.
  public var sentences: [String] {
    let rows = [
      (calls, "calls"), (missedCalls, "missed calls"), (queueEntries, "stays in queues"), (jobs, "jobs"),
      (attempts, "attempts"), (decisions, "decisions"),
      (contacts, "contacts of lists"), (customers, "customers"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    var sentences = [
      rows.isEmpty
        ? "There was nothing of \(PrintableText(number)) in the books."
        : "Removed of \(PrintableText(number)): \(rows.joined(separator: ", "))."
    ]
    if openJobs > 0 { sentences.append("A callback was still owed; it will not be made.") }
    if stillBlocked {
      sentences.append("The number was on the do-not-call list and stays blocked: a hash of it is kept.")
    }
    return sentences
  }
}

extension Administration {
  /// The number as the books show it: E.164, or the text's digits where no plan reads it.
  public func shownNumber(_ text: String) -> String { settings.numberPlan.read(text).shown ?? text }

  /// Removes every trace of a number from the books. Fails while he is being called.
  public func erase(_ text: String) async throws(AdministrationError) -> ErasureDocument {
    let number = shownNumber(text)
    let result: ErasureResult
    do throws(StoreError) { result = try await store.erase(number) } catch {
      throw AdministrationError(error)
    }
    switch result {
    case .erased(let erasure): return ErasureDocument(number, erasure)
    case .attemptLive:
      throw AdministrationError(
        .conflict,
        message:
          "\(PrintableText(number)) is being called at this moment. Nothing was removed; try again after the call."
      )
    }
  }
}

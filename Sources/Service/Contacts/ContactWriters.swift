import Store

/// Writes the batches of a list: several at once where nobody of them is known and they have no key and no number in
/// common, so that their order makes no difference; else one after the other as in the file.
struct ContactWriters {
  /// Batches written at once by an import.
  static let writersMax = 2

  private struct Entry {
    let prepared: PreparedContacts
    /// Nil: its turn comes when those before it are written.
    var writing: Task<Result<ContactOutcome?, StoreError>, Never>?
  }

  private let store: Store
  private let writers: Int
  /// In the order of the file.
  private var entries: [Entry] = []
  /// The last batch that came in its turn had somebody who was known: so will the next one.
  private var known = false

  init(_ store: Store, writers: Int) {
    self.store = store
    self.writers = writers
  }

  var isFull: Bool { entries.count >= writers }
  var isEmpty: Bool { entries.isEmpty }

  /// Takes one more batch, the next of the file.
  mutating func begin(_ prepared: PreparedContacts) {
    var entry = Entry(prepared: prepared)
    if writers > 1, !known, !entries.contains(where: { $0.prepared.meets(prepared) }) {
      entry.writing = Task { [store] in
        do throws(StoreError) { return .success(try await store.add(prepared)) } catch {
          return .failure(error)
        }
      }
    }
    entries.append(entry)
    beginFirst()
  }

  /// What became of the oldest batch, as soon as it is written.
  mutating func finish() async -> Result<ContactOutcome, StoreError> {
    let entry = entries.removeFirst()
    defer { beginFirst() }
    switch await entry.writing?.value ?? .success(nil) {
    case .success(let outcome?):
      known = outcome.updated > 0
      return .success(outcome)
    case .failure(let error): return .failure(error)
    case .success(nil):
      known = true
      return await Self.put(entry.prepared, store)
    }
  }

  /// Waits for what is being written, after one that failed.
  mutating func stop() async {
    for entry in entries { _ = await entry.writing?.value }
    entries = []
  }

  /// The oldest one's turn has come.
  private mutating func beginFirst() {
    guard let first = entries.first, first.writing == nil else { return }
    entries[0].writing = Task { [store] in await Self.put(first.prepared, store).map { $0 } }
  }

  private static func put(
    _ prepared: PreparedContacts, _ store: Store
  ) async -> Result<ContactOutcome, StoreError> {
    do throws(StoreError) { return .success(try await store.put(prepared)) } catch { return .failure(error) }
  }
}

import Telephony

/// Which rows of a growing table are new. Numbers are given out before a row is committed, so that a lower one may
/// appear after a higher one: the last rows are looked at again, for as long as `overlap` after they were read.
///
/// A value; time comes in.
struct RowWindow: Sendable, Equatable {
  /// A row that appears later than this after one with a higher number was read is not seen any more.
  static let overlap: Duration = .seconds(15)

  /// All rows below this one are read, or given up.
  private(set) var floor: Int64
  private var readAt: [Int64: Timestamp] = [:]

  init(floor: Int64) { self.floor = floor }

  /// True the first time for each row.
  mutating func take(_ id: Int64, at now: Timestamp) -> Bool {
    guard id >= floor, readAt[id] == nil else { return false }
    readAt[id] = now
    return true
  }

  /// Lets go of what was read long enough ago. Call it when the table was read to its end.
  mutating func advance(at now: Timestamp) {
    guard let last = readAt.keys.max() else { return }
    let young = readAt.filter { now - $0.value < Self.overlap }
    floor = young.keys.min() ?? last + 1
    readAt = readAt.filter { $0.key >= floor }
  }
}

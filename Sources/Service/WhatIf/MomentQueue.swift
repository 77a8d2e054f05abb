import Telephony

/// Moments at which something may change, the earliest first; each comes once.
struct MomentQueue {
  private var heap: [Int64] = []

  /// Adds one; the same may be added again.
  mutating func add(_ moment: Timestamp) {
    heap.append(moment.microseconds)
    var child = heap.count - 1
    while child > 0, heap[child] < heap[(child - 1) / 2] {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// Takes the earliest off; nil where none is left.
  mutating func next() -> Timestamp? {
    guard let first = heap.first else { return nil }
    while heap.first == first { removeFirst() }
    return Timestamp(microseconds: first)
  }

  private mutating func removeFirst() {
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child] < heap[least] {
        least = child
      }
      if least == parent { return }
      heap.swapAt(least, parent)
      parent = least
    }
  }
}

public import Telephony

/// Deadlines that all lie the same time ahead, so that they come due in the order they were set.
struct DeadlineLine<Subject: Sendable>: Sendable {
  private var line: ContiguousArray<(at: Timestamp, subject: Subject)> = []
  private var head = 0

  var first: Timestamp? { head < line.count ? line[head].at : nil }

  /// A deadline before the last one is set to the last one.
  mutating func append(_ subject: Subject, at deadline: Timestamp) {
    let last = head < line.count ? line[line.count - 1].at : deadline
    line.append((max(last, deadline), subject))
  }

  mutating func popDue(at now: Timestamp) -> Subject? {
    guard head < line.count, line[head].at <= now else { return nil }
    let subject = line[head].subject
    head += 1
    if head == line.count {
      line.removeAll(keepingCapacity: line.count < 4_096)
      head = 0
    } else if head >= 1_024, head * 2 > line.count {
      line.removeFirst(head)
      head = 0
    }
    return subject
  }
}

/// Deadlines in any order: a binary heap. Those of one moment come in the order they were set.
public struct DeadlineHeap<Subject: Sendable>: Sendable {
  private var heap: ContiguousArray<(at: Timestamp, order: UInt64, subject: Subject)> = []
  private var order: UInt64 = 0

  public init() {}

  /// The earliest; nil where none is set.
  public var first: Timestamp? { heap.first?.at }

  public mutating func insert(_ subject: Subject, at deadline: Timestamp) {
    order += 1
    heap.append((deadline, order, subject))
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard before(child, parent) else { break }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  /// Takes the earliest off where it is due; nil where none is.
  public mutating func popDue(at now: Timestamp) -> Subject? {
    guard let top = heap.first, top.at <= now else { return nil }
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var parent = 0
    while true {
      var smallest = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && before(child, smallest) {
        smallest = child
      }
      guard smallest != parent else { break }
      heap.swapAt(parent, smallest)
      parent = smallest
    }
    return top.subject
  }

  private func before(_ a: Int, _ b: Int) -> Bool {
    (heap[a].at, heap[a].order) < (heap[b].at, heap[b].order)
  }
}

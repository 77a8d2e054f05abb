/// What comes when, in virtual microseconds; equal times in the order of their coming in.
struct VirtualQueue<Event> {
  private struct Entry {
    let at: Int64
    let order: UInt64
    let event: Event

    static func < (a: Entry, b: Entry) -> Bool { a.at != b.at ? a.at < b.at : a.order < b.order }
  }

  private var heap: [Entry] = []
  private var orders: UInt64 = 0

  mutating func add(_ event: Event, at: Int64) {
    orders += 1
    heap.append(Entry(at: at, order: orders, event: event))
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child] < heap[parent] else { break }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  mutating func next() -> (at: Int64, event: Event)? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      var parent = 0
      while true {
        var least = parent
        for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child] < heap[least] {
          least = child
        }
        if least == parent { break }
        heap.swapAt(parent, least)
        parent = least
      }
    }
    return (first.at, first.event)
  }
}

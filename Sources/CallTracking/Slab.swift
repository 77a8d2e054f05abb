/// Names one element of a slab for as long as it lives; a handle to a removed element finds nothing.
struct Handle: Sendable, Hashable {
  let index: UInt32
  let generation: UInt32
}

/// Elements at fixed places, reused after removal. Small handles instead of texts keep the many references
/// between channels, bridges and calls cheap, and a stale one is told by its generation.
struct Slab<Element: Sendable>: Sendable {
  private var places: ContiguousArray<Element?> = []
  private var generations: ContiguousArray<UInt32> = []
  private var free: ContiguousArray<UInt32> = []
  private(set) var count = 0

  mutating func insert(_ element: Element) -> Handle {
    count += 1
    if let index = free.popLast() {
      places[Int(index)] = element
      return Handle(index: index, generation: generations[Int(index)])
    }
    places.append(element)
    generations.append(0)
    return Handle(index: UInt32(places.count - 1), generation: 0)
  }

  mutating func remove(_ handle: Handle) {
    guard contains(handle) else { return }
    places[Int(handle.index)] = nil
    generations[Int(handle.index)] &+= 1
    free.append(handle.index)
    count -= 1
  }

  func contains(_ handle: Handle) -> Bool { generations[Int(handle.index)] == handle.generation }

  /// The element of a handle that is known to live. Ask `contains` first where it may not.
  subscript(handle: Handle) -> Element {
    _read {
      precondition(generations[Int(handle.index)] == handle.generation, "stale handle")
      yield places[Int(handle.index)]!
    }
    _modify {
      precondition(generations[Int(handle.index)] == handle.generation, "stale handle")
      yield &places[Int(handle.index)]!
    }
  }

  func find(_ handle: Handle) -> Element? { contains(handle) ? places[Int(handle.index)] : nil }

  var handles: [Handle] {
    places.indices.compactMap {
      places[$0] == nil ? nil : Handle(index: UInt32($0), generation: generations[$0])
    }
  }

  /// All living elements, in no order.
  var elements: some Sequence<Element> { places.lazy.compactMap { $0 } }
}

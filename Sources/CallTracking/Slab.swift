/// Names one element of a slab for as long as it lives; a handle to a removed element finds nothing.
struct Handle: Sendable, Hashable {
  let index: UInt32
  /// Odd while the element lives.
  let generation: UInt32
}

/// What stands at a free place. Places hold plain elements, not optionals: reading one field of an optional
/// struct copies the whole of it.
protocol SlabElement: Sendable {
  static var vacant: Self { get }
}

/// Elements at fixed places, reused after removal. Small handles instead of texts keep the many references
/// between channels, bridges and calls cheap, and a stale one is told by its generation.
struct Slab<Element: SlabElement>: Sendable {
  private var places: ContiguousArray<Element> = []
  private var generations: ContiguousArray<UInt32> = []
  private var free: ContiguousArray<UInt32> = []

  var count: Int { places.count - free.count }

  mutating func insert(_ element: Element) -> Handle {
    if let index = free.popLast() {
      places[Int(index)] = element
      generations[Int(index)] &+= 1
      return Handle(index: index, generation: generations[Int(index)])
    }
    places.append(element)
    generations.append(1)
    return Handle(index: UInt32(places.count - 1), generation: 1)
  }

  mutating func remove(_ handle: Handle) {
    guard contains(handle) else { return }
    places[Int(handle.index)] = .vacant
    generations[Int(handle.index)] &+= 1
    free.append(handle.index)
  }

  func contains(_ handle: Handle) -> Bool { generations[Int(handle.index)] == handle.generation }

  /// The element of a handle that is known to live. Ask `contains` first where it may not.
  subscript(handle: Handle) -> Element {
    _read {
      precondition(generations[Int(handle.index)] == handle.generation, "stale handle")
      yield places[Int(handle.index)]
    }
    _modify {
      precondition(generations[Int(handle.index)] == handle.generation, "stale handle")
      yield &places[Int(handle.index)]
    }
  }

  var handles: [Handle] {
    generations.indices.compactMap {
      generations[$0] & 1 == 1 ? Handle(index: UInt32($0), generation: generations[$0]) : nil
    }
  }

  /// One part of every living element that a condition selects, without copying the rest.
  func parts<Part>(_ part: (borrowing Element) -> Part?) -> [Part] {
    var result: [Part] = []
    for index in places.indices where generations[index] & 1 == 1 {
      if let found = part(places[index]) { result.append(found) }
    }
    return result
  }
}

/// Finds what was probably meant.
enum Nearest {
  /// The nearest of `words`, if it is near: at most a third of its letters differ, and at least one does not.
  /// Capitals count for nothing.
  static func word(to text: String, in words: some Sequence<String>) -> String? {
    // Longer texts are no misspelt keys, and would cost time.
    guard text.utf8.count <= 64 else { return nil }
    let wanted = Array(text.lowercased().unicodeScalars)
    var best: (word: String, distance: Int)?
    for word in words {
      let limit = max(1, min(wanted.count, word.count) / 3)
      let distance = distance(wanted, Array(word.lowercased().unicodeScalars))
      guard distance <= max(limit, 1), distance < max(wanted.count, word.count) else { continue }
      if best.map({ distance < $0.distance }) ?? true { best = (word, distance) }
    }
    return best?.word
  }

  /// Letters to change, add, leave out or swap with their neighbour (optimal string alignment distance).
  static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
    var before = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in 1...a.count {
      var row = [i] + [Int](repeating: 0, count: b.count)
      for j in 1...b.count {
        row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
          row[j] = min(row[j], before[j - 2] + 1)
        }
      }
      (before, last) = (last, row)
    }
    return last[b.count]
  }
}

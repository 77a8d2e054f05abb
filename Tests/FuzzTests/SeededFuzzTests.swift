import Foundation
import FuzzEntries
import Testing

/// The short run of every build: no coverage, the same damage each time. `make fuzz` is the long one.
@Suite struct `A reader of foreign bytes` {
  static let corpus = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fuzz/Corpus")

  /// A trap ends the test run; the last printed seed and round repeat it.
  @Test(arguments: FuzzTarget.allCases) func `keeps its promises on damaged input`(target: FuzzTarget) throws
  {
    let directory = Self.corpus.appending(path: target.rawValue)
    let names = try FileManager.default.contentsOfDirectory(atPath: directory.path()).sorted()
    #expect(!names.isEmpty)
    let rounds = target == .yaml ? 150 : 400
    for name in names {
      let seed = Array(try Data(contentsOf: directory.appending(path: name)))
      target.run(seed)
      var mutation = Mutation(seed: 2_026, dictionary: target.dictionary)
      for _ in 0..<(rounds / min(names.count, 10)) { target.run(mutation.damage(seed)) }
    }
  }
}

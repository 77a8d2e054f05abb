import Foundation
import Lab

extension RecipeStage {
  /// How often the dialplan asks who is calling.
  enum RouteAsks: String {
    case few
    case measured = "s"

    var count: Int { self == .few ? 10 : 500 }
  }

  /// Has the dialplan ask who is calling, for one number after the other: how long each was kept by its own clock, and
  /// which category it was told.
  func routeAsked(
    _ asks: RouteAsks, within bound: Duration = .seconds(20)
  ) async throws -> [(wait: Duration, category: String)] {
    let log = "\(lab.pbx.directory)/log/messages.log"
    func lines() throws -> [Substring] {
      // The line of the step itself, where it is logged too, has it in quotes.
      try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").filter {
        $0.contains("lab-route ") && !$0.contains("\"")
      }
    }
    let before = try lines().count
    try await lab.pbx.originate("Local/hold@lab-measure", context: "lab-measure", exten: asks.rawValue)
    let all = try await lab.pbx.eventually(within: bound, "\(asks.count) answers") { _ in
      let all = try lines()
      return all.count >= before + asks.count ? all : nil
    }
    return all.dropFirst(before).compactMap { line in
      let words = line.components(separatedBy: "lab-route ")[1].split(
        separator: " ", omittingEmptySubsequences: false)
      guard words.count >= 2, let from = Double(words[0]), let to = Double(words[1]) else { return nil }
      return (.seconds(to - from), words.count > 2 ? String(words[2]) : "")
    }
  }
}

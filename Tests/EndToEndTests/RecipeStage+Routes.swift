import Foundation
import Lab

extension RecipeStage {
  /// How often the dialplan asks who is calling.
  enum RouteAsks: String {
    case few
    case measured = "s"
    /// By a caller over the trunk whose call is not answered yet, and by one who is heard.
    case ringing, talking

    var count: Int {
      switch self {
      case .few: 10
      case .measured: 500
      case .ringing, .talking: 50
      }
    }
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
    switch asks {
    case .few, .measured:
      try await lab.pbx.originate("Local/hold@lab-measure", context: "lab-measure", exten: asks.rawValue)
    case .ringing:
      _ = try await lab.telco.placeCall(from: "+79160000001", to: PBXRecipes.askedRinging)
    case .talking:
      _ = try await lab.telco.placeCall(from: "+79160000002", to: PBXRecipes.askedTalking)
    }
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

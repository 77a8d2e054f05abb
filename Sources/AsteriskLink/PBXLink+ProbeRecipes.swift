import Telephony

extension PBXLink {
  /// A recipe of `asterisk-conf/extensions.d`, by a place in it, and the files it calls.
  struct Recipe {
    var name: String
    var exten: String
    var needs: [String]
  }

  /// The recipes that call others. Those named in `needs` begin at `s`.
  static let recipes = [
    Recipe(name: "manager", exten: "600", needs: ["ask"]), Recipe(name: "vip", exten: "600", needs: ["ask"]),
    Recipe(name: "backup", exten: "600", needs: ["ask"]),
    Recipe(name: "hours", exten: "600", needs: ["ask", "request", "number"]),
    Recipe(name: "request", exten: "s", needs: ["ask", "number"]),
    Recipe(name: "number", exten: "s", needs: ["ask"]),
    Recipe(name: "offer", exten: "s", needs: ["ask", "number"]),
    Recipe(name: "front", exten: "600", needs: ["ask", "returning", "offer", "number"]),
  ]

  /// Recipes that are loaded without what they call: their callers would be hung up there.
  func probeRecipes(_ session: AMISession) async -> [LinkProblem] {
    var there: [String: Bool] = [:]
    func has(_ name: String, _ exten: String) async -> Bool {
      if let known = there[name] { return known }
      let found = await dialplan(session, "perezvon-\(name)", exten) ?? false
      there[name] = found
      return found
    }
    var problems: [LinkProblem] = []
    for recipe in Self.recipes where await has(recipe.name, recipe.exten) {
      var missing: [String] = []
      for need in recipe.needs where !(await has(need, "s")) {
        missing.append(need == "ask" ? "route" : need)
      }
      guard !missing.isEmpty else { continue }
      let files = missing.map { "extensions.d/perezvon-\($0).conf" }.joined(separator: ", ")
      problems.append(
        LinkProblem(
          .warning,
          "the dialplan has [perezvon-\(recipe.name)] without what it calls: add #tryinclude \(files) to "
            + "extensions.conf, then run \"dialplan reload\""))
    }
    return problems
  }
}

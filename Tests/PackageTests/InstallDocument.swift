import Foundation

/// The commands that a document tells its reader to run: the lines of its `sh` blocks, in order.
struct InstallDocument {
  let commands: [String]

  init(_ path: String) throws {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    var commands: [String] = []
    var isShell = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        isShell = line == "```sh"
      } else if isShell, !line.isEmpty {
        commands.append(String(line))
      }
    }
    self.commands = commands
  }
}

import ArgumentParser
import Foundation
import Service

/// What the package is made of (scripts/package): pages from the sources that the program itself goes by.
struct Manual: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print a man page of this program, for packages.", shouldDisplay: false)

  enum Page: String, ExpressibleByArgument, CaseIterable { case command, configuration }

  @Argument(help: "command is perezvon(8), configuration is perezvon.yaml(5).") var page: Page

  func run() throws {
    let version = Perezvon.configuration.version
    switch page {
    case .configuration: print(ConfigurationReference.manual(version: version), terminator: "")
    case .command:
      let data = Data(Perezvon._dumpHelp().utf8)
      guard let help = try? JSONDecoder().decode(CommandHelp.Document.self, from: data) else {
        throw CommandFailure.failed("The help of this program cannot be read.")
      }
      print(help.command.page(version: version), terminator: "")
    }
  }
}

/// A command as ArgumentParser describes it (`--experimental-dump-help`).
private struct CommandHelp: Decodable {
  struct Document: Decodable { let command: CommandHelp }
  struct Name: Decodable {
    let kind: String
    let name: String
    var text: String { kind == "long" ? "--\(name)" : "-\(name)" }
  }
  struct Argument: Decodable {
    let kind: String
    let shouldDisplay: Bool
    let isOptional: Bool
    let names: [Name]?
    let valueName: String?
    let defaultValue: String?
    let abstract: String?

    /// `--format <format>`
    var term: String {
      let value = valueName.map { "<\($0)>" } ?? ""
      let names = (names ?? []).map(\.text).joined(separator: ", ")
      return switch kind {
      case "positional": Roff.bold(value)
      case "flag": Roff.bold(names)
      default: Roff.bold(names) + " " + Roff.text(value)
      }
    }

    var meaning: String {
      let text = abstract ?? ""
      return defaultValue.map { "\(text) Default: \($0)." } ?? text
    }
  }

  let commandName: String
  let abstract: String?
  let discussion: String?
  let shouldDisplay: Bool?
  let subcommands: [CommandHelp]?
  let arguments: [Argument]?

  private var shown: [CommandHelp] {
    (subcommands ?? []).filter { $0.shouldDisplay ?? true && $0.commandName != "help" }
  }

  func page(version: String) -> String {
    var page = Roff.title(commandName, section: 8, version: version)
    page += Roff.section("NAME") + "perezvon \\- " + Roff.text(lower(abstract ?? "")) + "\n"
    page += Roff.section("SYNOPSIS") + Roff.bold("perezvon") + " <command> [options]\n"
    page += Roff.section("DESCRIPTION") + Roff.text(discussion ?? "") + "\n.PP\n"
    page +=
      Roff.text("Every command takes `--config` FILE and `--help`; those that read take `--json`.") + "\n"
    page += Roff.section("COMMANDS")
    for command in shown { command.write(into: &page, path: command.commandName) }
    page += Roff.section("FILES")
    page += Roff.item(Roff.bold("/etc/perezvon/perezvon.yaml"), "The configuration: perezvon.yaml(5).")
    page += Roff.item(
      Roff.bold("/usr/share/perezvon/asterisk-conf"), "Files to include in Asterisk's configuration.")
    page += Roff.item(Roff.bold("/usr/share/doc/perezvon"), "The documents; begin with install.md.")
    page += Roff.section("SEE ALSO") + Roff.bold("perezvon.yaml") + "(5), " + Roff.bold("asterisk") + "(8)\n"
    return page
  }

  private func write(into page: inout String, path: String) {
    if shown.isEmpty {
      let usage = (arguments ?? []).filter { $0.kind == "positional" }
        .map { " <\($0.valueName ?? "")>" }.joined()
      page += ".SS \"\(Roff.text(path + usage))\"\n\(Roff.text(abstract ?? ""))\n"
      if let discussion, !discussion.isEmpty { page += ".PP\n\(Roff.text(discussion))\n" }
      let common = ["--config", "--help", "-h", "--version"]
      for argument in arguments ?? [] where argument.shouldDisplay {
        if (argument.names ?? []).contains(where: { common.contains($0.text) }) { continue }
        page += Roff.item(argument.term, argument.meaning)
      }
    }
    for command in shown { command.write(into: &page, path: "\(path) \(command.commandName)") }
  }

  private func lower(_ sentence: String) -> String {
    let text = sentence.hasSuffix(".") ? String(sentence.dropLast()) : sentence
    return text.prefix(1).lowercased() + text.dropFirst()
  }
}

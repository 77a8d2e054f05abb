import ArgumentParser

@main
struct PerezvonLab: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "perezvon-lab",
    abstract: "A real PBX, a telco and a PostgreSQL on this machine, to try Perezvon with.",
    subcommands: [Demo.self, Prepare.self, Screenshots.self])
}

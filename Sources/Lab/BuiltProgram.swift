import Foundation

/// A program of this package, beside the one that runs: SwiftPM puts all into one directory.
public enum BuiltProgram {
  /// Where a program of this name lies.
  public static func path(_ name: String) -> String {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(filePath: own).deletingLastPathComponent().appending(path: name).path()
  }

  /// Runs one to its end; what it printed, errors included. It goes with this process, however that ends.
  public static func run(_ name: String, _ arguments: String...) async throws(LabError) -> (
    status: Int32, output: String
  ) {
    try await ChildProcess.run(.init(arguments: [path(name)] + arguments))
  }

  /// The same of any program, found on the PATH or by its path. Tests must not use Foundation's Process where others
  /// start children meanwhile: they inherit what it waits by, and it waits for them too.
  public static func runOther(
    _ arguments: [String], environment: [String: String] = [:], in directory: String = "/"
  ) async throws(LabError) -> (status: Int32, output: String) {
    try await ChildProcess.run(
      .init(arguments: arguments, environment: environment, workDirectory: directory))
  }
}

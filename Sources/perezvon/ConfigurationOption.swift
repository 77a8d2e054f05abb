import ArgumentParser
import Foundation
import Service

/// `--config FILE`, which every command takes.
struct ConfigurationOption: ParsableArguments {
  @Option(name: .long, help: "The configuration file.")
  var config = "/etc/perezvon/perezvon.yaml"

  func load() throws(CommandFailure) -> Settings {
    do {
      return try Settings.load(file: config, environment: ProcessInfo.processInfo.environment)
    } catch { throw .configuration(error.description) }
  }

  /// Runs `body` with the books open, and closes them.
  func withAdministration<T: Sendable>(
    _ body: @Sendable (Administration, Settings) async throws(AdministrationError) -> T
  ) async throws(CommandFailure) -> T {
    let settings = try load()
    let administration = Administration(settings)
    do {
      let result = try await body(administration, settings)
      await administration.close()
      return result
    } catch {
      await administration.close()
      throw .failed(error.message)
    }
  }
}

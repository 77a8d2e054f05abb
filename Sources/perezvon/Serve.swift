import ArgumentParser
import Foundation
import Logging
import Service
import ServiceLifecycle
import UnixSignals

struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the service. SIGHUP reloads the configuration.")

  @OptionGroup var configurationFile: ConfigurationOption
  @Option(name: .long, help: "How much to log: trace, debug, info, notice, warning, error.")
  var logLevel = "info"

  func run() async throws {
    let settings = try configurationFile.load()
    guard let level = Logger.Level(rawValue: logLevel) else {
      throw CommandFailure.usage(
        "--log-level \(logLevel): take one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))."
      )
    }
    LoggingSystem.bootstrap { CarefulLogHandler(StreamLogHandler.standardError(label: $0)) }
    var logger = Logger(label: "perezvon")
    logger.logLevel = level
    let service: PerezvonService
    do throws(AdministrationError) {
      service = try PerezvonService(settings: settings, logger: logger)
    } catch { throw CommandFailure.failed(error.message) }
    let reload = Reload(file: configurationFile, settings: settings, service: service, logger: logger)
    // The group logs its whole configuration, ours in it, below info.
    var quiet = logger
    quiet.logLevel = max(level, .info)
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [
          .init(service: service, successTerminationBehavior: .gracefullyShutdownGroup),
          .init(service: reload, successTerminationBehavior: .ignore),
        ], gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet))
    try await group.run()
  }
}

/// Takes a changed configuration over at SIGHUP; a bad one leaves the old in force and says so.
private struct Reload: ServiceLifecycle.Service {
  let file: ConfigurationOption
  let settings: Settings
  let service: PerezvonService
  let logger: Logger

  func run() async throws {
    var current = settings
    for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
      do throws(CommandFailure) {
        let next = try file.load()
        for change in next.describeChanges(from: current) { logger.notice("\(change.sentence)") }
        await service.reload(next)
        current = next
        logger.notice("The configuration was read again")
      } catch {
        logger.error("The configuration has mistakes; the old one stays in force")
        for mistake in error.message.split(separator: "\n") { logger.error("\(mistake)") }
      }
    }
  }
}

import ArgumentParser
import Foundation
import Service
import Telephony
import WebAPI

#if canImport(Glibc)
import Glibc
#endif

struct Watch: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "A live view of queues, members, jobs and calls; without a terminal, a line for each event.")

  @OptionGroup var configurationFile: ConfigurationOption
  @Flag(name: .long, help: "A line for each event, also on a terminal.") var lines = false

  func run() async throws {
    let client = try await configurationFile.withAdministration {
      administration, settings throws(AdministrationError) in
      try await StatusClient(settings, administration: administration)
    }
    let terminal = isatty(STDOUT_FILENO) == 1 && !lines
    // The alternate screen of the terminal: what stood there before comes back at the end.
    if terminal { print("\u{1B}[?1049h\u{1B}[?25l", terminator: "") }
    defer { if terminal { print("\u{1B}[?25h\u{1B}[?1049l", terminator: "") } }
    let restore = terminal ? Self.restoreAtInterrupt() : nil
    defer { restore?.cancel() }
    var notices: [Notice] = []
    for await news in client.news() {
      switch news {
      case .notice(let notice):
        if !terminal { Self.printLine(notice) }
        notices = Array((notices + [notice]).suffix(8))
      case .status(let status):
        if terminal { Self.draw(status, notices) }
      // The agents' pages want these.
      case .card: break
      }
    }
    if terminal { print("\u{1B}[?25h\u{1B}[?1049l", terminator: "") }
    throw CommandFailure.failed("The service has gone, or does not answer; start it with `perezvon serve`.")
  }

  private static func printLine(_ notice: Notice) {
    let time = Date(timeIntervalSince1970: notice.at.seconds).formatted(
      .iso8601.time(includingFractionalSeconds: true))
    print("\(time) \(notice.pbx) \(notice.kind): \(PrintableText(notice.sentence, limit: 400))")
    fflush(nil)
  }

  private static func draw(_ status: StatusDocument, _ notices: [Notice]) {
    var size = winsize()
    let known = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_row > 0
    let rows = known ? Int(size.ws_row) : 40
    var text = FloorScreen(status, colors: true).text(rows: rows - notices.count - 2)
    text += "\n"
    for notice in notices {
      text += "\(PrintableText(notice.sentence, limit: known ? Int(size.ws_col) - 1 : 110))\n"
    }
    print("\u{1B}[H\u{1B}[2J" + text, terminator: "")
    fflush(nil)
  }

  /// Ctrl-C must not leave the terminal on the alternate screen without a cursor.
  private static func restoreAtInterrupt() -> any DispatchSourceSignal {
    signal(SIGINT, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: SIGINT)
    source.setEventHandler {
      print("\u{1B}[?25h\u{1B}[?1049l", terminator: "")
      fflush(nil)
      leave(withCode: 0)
    }
    source.resume()
    return source
  }
}

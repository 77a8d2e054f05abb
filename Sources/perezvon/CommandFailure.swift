import Foundation
import Service

#if canImport(Glibc)
import Glibc
#endif

/// A command that did not do what it was asked.
struct CommandFailure: Error {
  let message: String
  let code: Int32

  /// 1: the answer is no, or something failed.
  static func failed(_ message: String) -> CommandFailure { CommandFailure(message: message, code: 1) }
  /// 2: wrong usage.
  static func usage(_ message: String) -> CommandFailure { CommandFailure(message: message, code: 2) }
  /// 78: bad configuration (EX_CONFIG of sysexits.h).
  static func configuration(_ message: String) -> CommandFailure {
    CommandFailure(message: message, code: 78)
  }
}

/// Says it on standard error, a line each; what others put into an error acts on no terminal.
func complain(_ message: String) {
  let lines = message.split(separator: "\n", omittingEmptySubsequences: false)
    .map { PrintableText(String($0), limit: 2_000).description }
  FileHandle.standardError.write(Data((lines.joined(separator: "\n") + "\n").utf8))
}

func leave(withCode code: Int32) -> Never { Glibc.exit(code) }

func printJSON(_ value: some Encodable) throws(CommandFailure) {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  guard let data = try? encoder.encode(value) else { throw .failed("The answer cannot be written as JSON.") }
  print(TerminalJSON.harmless(String(decoding: data, as: UTF8.self)))
}

import AsteriskProtocol
public import Telephony

/// Makes lines of the rows of a realtime queue_log table: what stands in its columns is what would stand between
/// the bars of the file (`main/logger.c`, `ast_queue_log`).
public struct QueueLogRowReader: Sendable {
  private var reader = QueueLogReader()

  public init() {}

  /// Rows that are none of Asterisk's, so far.
  public var malformed: Int { reader.malformed }

  /// Nil where the row is no line.
  ///
  /// - Parameters:
  ///   - at: a fraction of a second is left out, as in the file.
  ///   - fields: call, queue, agent, event.
  ///   - data: `data1` to `data5`, or all of them in one with bars between; empty ones at the end are none.
  public mutating func line(at: Timestamp, fields: [String], data: [String]) -> QueueLogLine? {
    var data = data
    while data.last?.isEmpty == true { data.removeLast() }
    let seconds = at.microseconds / 1_000_000
    let text = ([String(seconds)] + fields + data).joined(separator: "|")
    return Array(text.utf8).withUnsafeBytes { reader.line($0) }
  }
}

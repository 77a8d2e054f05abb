import Foundation
import Service

/// One line on the terminal that is written over. `@unchecked Sendable`: used by one task at a time, that of
/// the import.
final class ImportBar: @unchecked Sendable {
  private let shown: Bool
  private var shownAt = -1.0

  init(shown: Bool) { self.shown = shown }

  /// At most ten times a second.
  func show(_ progress: ImportProgress) {
    guard shown, progress.seconds - shownAt >= 0.1 else { return }
    shownAt = progress.seconds
    let rate = progress.seconds > 0 ? Double(progress.lines) / progress.seconds : 0
    let read = Self.megabytes(progress.bytes)
    var text: String
    if progress.bytesTotal > 0 {
      let share = min(1, Double(progress.bytes) / Double(progress.bytesTotal))
      let filled = Int(share * 30)
      text =
        "[" + String(repeating: "#", count: filled) + String(repeating: ".", count: 30 - filled) + "] "
        + "\(read) of \(Self.megabytes(progress.bytesTotal)) MB"
    } else {
      text = "\(read) MB"
    }
    text += "  \(progress.lines) lines  \(Int(rate)) lines/s"
    FileHandle.standardError.write(Data(("\r\u{1B}[K" + text).utf8))
  }

  func clear() {
    guard shown, shownAt >= 0 else { return }
    shownAt = -1
    FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
  }

  private static func megabytes(_ bytes: Int) -> String { String(format: "%.1f", Double(bytes) / 1_000_000) }
}

import AsteriskLink
import CallPolicy
import Store
import Telephony

/// The table. Marks are ids of rows.
final class QueueLogTableSource: QueueLogSource {
  /// Rows read at once.
  static let rowsMax = 5_000

  private let pbx: PBXName
  private let store: Store
  private let table: QueueLogTable
  private let zone: any ZoneOffsets
  private var reader = QueueLogRowReader()
  private var layout: QueueLogTable.Layout?
  /// The table that `window` is about.
  private var source: String?
  private var window = RowWindow(floor: 0)
  /// Where the next step of this pass begins; nil at the beginning of a pass.
  private var cursor: Int64?

  init(pbx: PBXName, settings: QueueLogTableSettings, store: Store) {
    self.pbx = pbx
    self.store = store
    table = QueueLogTable(url: settings.url.value, table: settings.table)
    zone = settings.zone
  }

  var shown: String { "table \(table.table)" }

  func open(reach: Timestamp) async throws(QueueLogTrouble) -> QueueLogOpening {
    let known: QueueLogTablePosition?
    do throws(StoreError) { known = try await store.queueLogTablePosition(of: pbx) } catch {
      throw QueueLogTrouble(sentence: nil)
    }
    do throws(StoreError) {
      let layout = try await table.layout()
      self.layout = layout
      source = layout.source
      let ends = try await table.ends()
      // Ids below the place: the table was emptied and began to count anew.
      if let known, known.source == layout.source, known.id - 1 <= ends?.last ?? .max {
        window = RowWindow(floor: known.id)
        return .resumed
      }
      window = RowWindow(floor: try await firstRow(since: reach, ends, layout))
      return .anew(detail: "from row \(window.floor), \(known == nil ? "no checkpoint" : "checkpoint lost")")
    } catch {
      throw Self.trouble(error, table.table)
    }
  }

  /// Halves the ids until the first row of that time is found: `time` need not have an index.
  private func firstRow(
    since reach: Timestamp, _ ends: (first: Int64, last: Int64)?, _ layout: QueueLogTable.Layout
  ) async throws(StoreError) -> Int64 {
    guard let ends else { return 0 }
    var low = ends.first
    var high = ends.last + 1
    while low < high {
      let middle = low + (high - low) / 2
      guard let row = try await table.rows(from: middle, limit: 1, layout).first else {
        high = middle
        continue
      }
      if let time = time(of: row), time >= reach { high = middle } else { low = row.id + 1 }
    }
    return low
  }

  func step(at now: Timestamp) async throws(QueueLogTrouble) -> QueueLogTail.Step {
    do throws(StoreError) {
      let layout = try await currentLayout()
      let rows = try await table.rows(from: cursor ?? window.floor, limit: Self.rowsMax, layout)
      if rows.isEmpty, cursor == nil, let ends = try await table.ends(), ends.last < window.floor - 1 {
        // Emptied, and counting anew.
        window = RowWindow(floor: ends.first)
        return QueueLogTail.Step()
      }
      var step = QueueLogTail.Step(atEnd: rows.count < Self.rowsMax)
      for row in rows where window.take(row.id, at: now) {
        guard let time = time(of: row),
          let line = reader.line(
            at: time, fields: [row.callID, row.queue, row.agent, row.event], data: row.data)
        else { continue }
        step.lines.append(line)
        step.marks.append(row.id)
      }
      cursor = step.atEnd ? nil : rows.last.map { $0.id + 1 }
      if step.atEnd { window.advance(at: now) }
      return step
    } catch {
      layout = nil
      cursor = nil
      throw Self.trouble(error, table.table)
    }
  }

  /// After trouble the table is looked at anew: it may have been altered, or made again.
  private func currentLayout() async throws(StoreError) -> QueueLogTable.Layout {
    if let layout { return layout }
    let found = try await table.layout()
    if found.source != source { window = RowWindow(floor: try await table.ends()?.first ?? 0) }
    layout = found
    source = found.source
    return found
  }

  /// Rows read lately are read again: others may still appear among them.
  func place(of mark: Int64?) -> QueueLogPlace? {
    source.map { .table(QueueLogTablePosition(source: $0, id: min(mark ?? window.floor, window.floor))) }
  }

  private func time(of row: QueueLogTable.Row) -> Timestamp? {
    layout?.timeIsUTC == true
      ? QueueLogTime.read(row.time, zone: UTCZone()) : QueueLogTime.read(row.time, zone: zone)
  }

  private static func trouble(_ error: StoreError, _ table: String) -> QueueLogTrouble {
    QueueLogTrouble(
      sentence:
        "The queue_log table \(table) cannot be read: \(error). Check queue_log_table, or leave it out.")
  }
}

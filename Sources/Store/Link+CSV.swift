import Telephony

extension Link {
  /// Reads CSV as PostgreSQL's COPY does: into a temporary table of texts, and back. Every record must have this
  /// many columns; an unquoted empty one is empty text. Nothing of it is left.
  func readCSV(_ text: [UInt8], columns: Int, delimiter: Character) throws(StoreError) -> [[String]] {
    do throws(StoreError) {
      return try readCSV(text, Self.names(columns), table: "staged_csv_\(columns)", delimiter)
    } catch {
      if !broken { _ = try? batch([Self.rollback.with()]) }
      throw error
    }
  }

  private static func names(_ count: Int) -> [String] { (1...count).map { "c\($0)" } }

  private func readCSV(
    _ text: [UInt8], _ names: [String], table: String, _ delimiter: Character
  ) throws(StoreError) -> [[String]] {
    try script(
      """
      CREATE TEMPORARY TABLE IF NOT EXISTS \(table) (\(names.map { $0 + " text" }.joined(separator: ", ")))
        ON COMMIT DELETE ROWS
      """, name: "csv table")
    try batch([Self.begin.with()])
    let list = names.joined(separator: ", ")
    let sign = delimiter == "\t" ? "E'\\t'" : "'\(delimiter)'"
    _ = try copy(
      "COPY pg_temp.\(table) (\(list)) FROM STDIN (FORMAT csv, DELIMITER \(sign))", bytes: text, name: "csv")
    let read = Statement("csv read \(names.count)", "SELECT \(list) FROM pg_temp.\(table)")
    let rows = try batch([read.with(), Self.rollback.with()])[0]
    return try rows.map { row throws(StoreError) in
      var record: [String] = []
      record.reserveCapacity(names.count)
      for _ in names { record.append(try row.textOrNil() ?? "") }
      return record
    }
  }
}

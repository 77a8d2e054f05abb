import CLibpq

extension Link {
  /// `COPY … FROM STDIN (FORMAT binary)` of rows made by `CopyRows`; inside a transaction that a batch began.
  /// Returns how many rows the server took.
  func copy(_ sql: String, _ rows: CopyRows, name: String) throws(StoreError) -> Int {
    try copy(sql, bytes: rows.finished, name: name)
  }

  /// `COPY … FROM STDIN` of what the statement says the bytes are.
  func copy(_ sql: String, bytes: [UInt8], name: String) throws(StoreError) -> Int {
    // COPY is not to be had in pipeline mode (PostgreSQL manual 34.5).
    guard PQexitPipelineMode(pg) == 1 else { throw lost(commits: false) }
    defer { if PQenterPipelineMode(pg) != 1 { _ = lost(commits: false) } }
    let begun = PQexec(pg, sql)
    defer { PQclear(begun) }
    guard PQresultStatus(begun) == PGRES_COPY_IN else {
      guard let begun, PQstatus(pg) == CONNECTION_OK else { throw lost(commits: false) }
      throw StoreError(result: begun, statement: name)
    }
    let sent = bytes.withUnsafeBytes { raw in
      stride(from: 0, to: raw.count, by: Self.copyBytesMax).allSatisfy { start in
        let part = raw[start..<min(start + Self.copyBytesMax, raw.count)]
        return part.withMemoryRebound(to: CChar.self) {
          PQputCopyData(pg, $0.baseAddress, Int32($0.count)) == 1
        }
      }
    }
    guard sent, PQputCopyEnd(pg, nil) == 1 else { throw lost(commits: false) }
    var taken = 0
    var failure: StoreError?
    while let result = PQgetResult(pg) {
      defer { PQclear(result) }
      if PQresultStatus(result) == PGRES_COMMAND_OK {
        taken = Int(String(cString: PQcmdTuples(result))) ?? 0
      } else {
        failure = failure ?? StoreError(result: result, statement: name)
      }
    }
    guard PQstatus(pg) == CONNECTION_OK else { throw lost(commits: false) }
    if let failure { throw failure }
    return taken
  }

  /// Bytes of one piece handed to libpq.
  private static let copyBytesMax = 1 << 20
}

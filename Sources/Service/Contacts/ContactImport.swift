import CallPolicy
import Foundation
import Store
import Telephony

/// What an import of a list brought; `--json` prints it as it is. Rows = added + updated + replaced + refused.
public struct ContactImportSummary: Sendable, Encodable {
  /// A row or a phone that did not go in, and why.
  public struct Refusal: Sendable, Encodable {
    public var line: Int
    /// Nil where the whole row was refused.
    public var phone: String?
    public var reason: String
  }

  /// Refusals kept here, the first of them; all go to the file of refused rows, if one is asked for.
  public static let refusalsMax = 1_000

  public var rows = 0
  public var added = 0
  public var updated = 0
  /// Of the updated, those who are called again.
  public var reopened = 0
  /// Rows whose contact a later row of the same file told anew.
  public var replaced = 0
  public var refused = 0
  /// Phones left out of rows that went in.
  public var phonesLeftOut = 0
  public var refusals: [Refusal] = []
  public var seconds = 0.0

  public var rowsPerSecond: Double { seconds > 0 ? Double(rows) / seconds : 0 }
}

/// One list on its way into the books: PostgreSQL reads the CSV, one thread judges the numbers, and batches are written
/// as if one came after the other.
struct ContactImport {
  /// Chunks that are judged, or wait to be written, beside those that are. They are judged one at a time: there must be
  /// a thread left for what the writers wait for.
  static let aheadMax = 2
  static let readBytes = 1 << 20
  /// Bytes of the records of one chunk, at which it is cut off though it has not its rows: rows of 16 kB are few.
  static let chunkBytesMax = 8 << 20

  /// What one chunk of records came to.
  private struct Chunk: Sendable {
    var batch: ContactBatch
    /// The batch as it is written.
    var prepared: PreparedContacts
    var leftOut: [ContactOutcome.Phone] = []
    var refused: [ContactOutcome.Refusal] = []
    /// The fields of the records, by line: for the file of refused rows.
    var fields: [Int: [String]] = [:]
    var bytes = 0
    var records = 0

    init(_ batch: ContactBatch, now: Timestamp) {
      self.batch = batch
      prepared = PreparedContacts(batch, now: now)
    }
  }

  let store: Store
  let campaign: CampaignPolicy
  let pbx: PBXName
  let source: String
  let again: Bool
  let reader: (ContactColumns) -> ContactReader
  let now: Timestamp
  var refusedFile: RefusedRows?
  /// Records of a chunk, and chunks written at once, at most.
  var chunkRows = ContactBatch.rowsMax
  var writers = ContactWriters.writersMax
  private(set) var summary = ContactImportSummary()

  init(
    store: Store, campaign: CampaignPolicy, pbx: PBXName, source: String, again: Bool,
    refusedFile: RefusedRows?,
    now: Timestamp, reader: @escaping (ContactColumns) -> ContactReader
  ) {
    self.store = store
    self.campaign = campaign
    self.pbx = pbx
    self.source = source
    self.again = again
    self.refusedFile = refusedFile
    self.now = now
    self.reader = reader
  }

  mutating func run(
    _ file: FileHandle, size: Int, progress: (ImportProgress) -> Void
  ) async throws(AdministrationError) {
    let clock = ContinuousClock()
    let begun = clock.now
    var first = Self.read(file)
    if first.starts(with: [0xEF, 0xBB, 0xBF]) { first.removeFirst(3) }
    let delimiter = CSVRecords.delimiter(ofHeader: first)
    var records = CSVRecords(delimiter: delimiter)
    records.feed(first)
    var atEnd = first.isEmpty
    let sign = Character(Unicode.Scalar(delimiter))
    let columns = try await header(&records, file, sign, &atEnd)
    records.fields = columns.names.count
    try refusedFile?.begin(columns.names)
    let reader = reader(columns)
    var underway: [Task<Result<Chunk, StoreError>, Never>] = []
    var (done, lines) = (0, 0)
    let empty = ContactBatch(
      campaign: campaign.name, pbx: pbx, source: source, expireAfter: campaign.expireAfter, again: again)
    let (store, now, chunkRows) = (store, now, chunkRows)
    func goAhead() {
      while underway.count < Self.aheadMax, let chunk = Self.next(&records, chunkRows, file, &atEnd) {
        underway.append(
          Task.detached { [store, empty, now, before = underway.last] in
            _ = await before?.value
            return await Self.judge(chunk, reader, store, delimiter: sign, into: empty, now: now)
          })
      }
    }
    goAhead()
    var writing = ContactWriters(store, writers: writers)
    var chunks: [Chunk] = []
    do throws(AdministrationError) {
      while true {
        while !writing.isFull, !underway.isEmpty {
          let chunk = try Self.told(await underway.removeFirst().value)
          goAhead()
          writing.begin(chunk.prepared)
          chunks.append(chunk)
        }
        guard !writing.isEmpty else { break }
        let outcome = try Self.told(await writing.finish())
        let chunk = chunks.removeFirst()
        try note(chunk, outcome)
        done += chunk.bytes
        lines += chunk.records
        progress(
          ImportProgress(
            bytes: done, bytesTotal: size, lines: lines, seconds: (clock.now - begun).inSeconds))
      }
    } catch {
      for task in underway { task.cancel() }
      await writing.stop()
      throw error
    }
    if summary.added + summary.updated >= ContactBatch.rowsMax {
      do throws(StoreError) { try await store.analyzeContacts() } catch { throw AdministrationError(error) }
    }
    summary.seconds = (clock.now - begun).inSeconds
  }

  private static func read(_ file: FileHandle) -> [UInt8] {
    (try? file.read(upToCount: readBytes)).flatMap { $0 }.map { Array($0) } ?? []
  }

  private func header(
    _ records: inout CSVRecords, _ file: FileHandle, _ delimiter: Character, _ atEnd: inout Bool
  ) async throws(AdministrationError) -> ContactColumns {
    while true {
      switch records.next(atEnd: atEnd) {
      case .record(let record):
        var count = 1
        var quoted = false
        for byte in record.bytes {
          if byte == 0x22 { quoted.toggle() }
          if byte == delimiter.asciiValue, !quoted { count += 1 }
        }
        let names: [[String]]
        do throws(StoreError) {
          names = try await store.readCSV(record.bytes + [0x0A], columns: count, delimiter: delimiter)
        } catch { throw AdministrationError(error) }
        return try ContactColumns(header: names.first ?? [])
      case .malformed(let record, let reason):
        throw AdministrationError(
          message: "The list's header in line \(record.line) cannot be read: \(reason).")
      case nil:
        guard !atEnd else { throw AdministrationError(message: "The list is empty; it needs a header.") }
        let more = Self.read(file)
        atEnd = more.isEmpty
        records.feed(more)
      }
    }
  }

  /// So many records that a batch comes of them; nil at the end of the file.
  private static func next(
    _ records: inout CSVRecords, _ rowsMax: Int, _ file: FileHandle, _ atEnd: inout Bool
  ) -> [CSVRecords.Piece]? {
    var pieces: [CSVRecords.Piece] = []
    var bytes = 0
    while pieces.count < rowsMax, bytes < chunkBytesMax {
      if let piece = records.next(atEnd: atEnd) {
        bytes += piece.bytes
        pieces.append(piece)
      } else if atEnd {
        break
      } else {
        let more = read(file)
        atEnd = more.isEmpty
        records.feed(more)
      }
    }
    return pieces.isEmpty ? nil : pieces
  }

  private static func judge(
    _ pieces: [CSVRecords.Piece], _ reader: ContactReader, _ store: Store, delimiter: Character,
    into batch: ContactBatch, now: Timestamp
  ) async -> Result<Chunk, StoreError> {
    var chunk = Chunk(batch, now: now)
    var reader = reader
    chunk.records = pieces.count
    var readable: [CSVRecords.Record] = []
    for piece in pieces {
      switch piece {
      case .record(let record): readable.append(record)
      case .malformed(let record, let reason):
        chunk.refused.append(.init(line: record.line, reason: reason))
        // As it stands in the file, all in the first column.
        chunk.fields[record.line] = [String(decoding: record.bytes, as: UTF8.self)]
        chunk.bytes += record.bytes.count
      }
    }
    do throws(StoreError) {
      try await read(readable[...], &reader, store, delimiter, into: &chunk)
    } catch { return .failure(error) }
    chunk.prepared = PreparedContacts(chunk.batch, now: now)
    return .success(chunk)
  }

  /// Has PostgreSQL read the records; where it refuses, each half by itself, so that one record does not spoil the
  /// others.
  private static func read(
    _ records: ArraySlice<CSVRecords.Record>, _ reader: inout ContactReader, _ store: Store,
    _ delimiter: Character,
    into chunk: inout Chunk
  ) async throws(StoreError) {
    guard !records.isEmpty else { return }
    var text: [UInt8] = []
    text.reserveCapacity(records.reduce(0) { $0 + $1.bytes.count + 10 })
    for record in records {
      // With its place in front: COPY would take a lone `\.` for the end.
      text += Array(String(record.line).utf8) + [delimiter.asciiValue ?? 0x2C] + record.bytes + [0x0A]
    }
    let rows: [[String]]
    do throws(StoreError) {
      rows = try await store.readCSV(
        text, columns: reader.columns.names.count + 1, delimiter: delimiter)
    } catch {
      guard error.code == .other else { throw error }
      if records.count == 1, let record = records.first {
        chunk.refused.append(.init(line: record.line, reason: "PostgreSQL cannot read it: \(error.message)"))
        chunk.fields[record.line] = [String(decoding: record.bytes, as: UTF8.self)]
        return
      }
      let middle = records.startIndex + records.count / 2
      try await read(records[..<middle], &reader, store, delimiter, into: &chunk)
      try await read(records[middle...], &reader, store, delimiter, into: &chunk)
      return
    }
    chunk.bytes += text.count
    for row in rows {
      let line = row.first.flatMap { Int($0) } ?? 0
      let fields = Array(row.dropFirst())
      switch reader.read(fields, line: line) {
      case .row(let contact, let leftOut):
        chunk.batch.append(contact)
        chunk.leftOut += leftOut
      case .refused(let reason): chunk.refused.append(.init(line: line, reason: reason))
      }
      chunk.fields[line] = fields
    }
  }

  private static func told<T>(_ result: Result<T, StoreError>) throws(AdministrationError) -> T {
    do throws(StoreError) { return try result.get() } catch { throw AdministrationError(error) }
  }

  /// Adds to the sums what a chunk came to, and writes its refused rows down.
  private mutating func note(_ chunk: Chunk, _ outcome: ContactOutcome) throws(AdministrationError) {
    let refused = (chunk.refused + outcome.refused).sorted { $0.line < $1.line }
    let gone = Set(refused.map(\.line))
    let leftOut = (chunk.leftOut + outcome.leftOut).filter { !gone.contains($0.line) }
    let why = Dictionary(grouping: outcome.leftOut, by: \.line)
    summary.rows += chunk.records
    summary.added += outcome.added
    summary.updated += outcome.updated
    summary.reopened += outcome.reopened
    summary.replaced += outcome.replaced.count
    summary.refused += refused.count
    summary.phonesLeftOut += leftOut.count
    for row in refused {
      var reason = row.reason
      if let phones = why[row.line], reason == ContactBatch.noPhone {
        reason += ": " + phones.map { "\($0.number): \($0.reason)" }.joined(separator: "; ")
      }
      note(.init(line: row.line, phone: nil, reason: reason))
      try refusedFile?.write(line: row.line, reason: reason, fields: chunk.fields[row.line] ?? [])
    }
    for phone in leftOut {
      note(.init(line: phone.line, phone: phone.number, reason: phone.reason))
      try refusedFile?.write(
        line: phone.line, reason: "went in without \(phone.number): \(phone.reason)",
        fields: chunk.fields[phone.line] ?? [])
    }
  }

  private mutating func note(_ refusal: ContactImportSummary.Refusal) {
    guard summary.refusals.count < ContactImportSummary.refusalsMax else { return }
    summary.refusals.append(refusal)
  }
}

/// The file that rows go to which could not be taken, each with its line and the reason: to be mended and imported
/// again, for the import passes our two columns over.
struct RefusedRows {
  private let file: FileHandle
  private let path: String
  private var encoder = CSVEncoder()

  init(path: String) throws(AdministrationError) {
    self.path = path
    guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]),
      let file = FileHandle(forWritingAtPath: path)
    else { throw AdministrationError(message: "\(PrintableText(path)) cannot be written.") }
    self.file = file
  }

  mutating func begin(_ names: [String]) throws(AdministrationError) {
    let own = ["perezvon_line", "perezvon_reason"]
    encoder.row((own + names.filter { !own.contains($0) }).map { .text($0) })
    try flush()
  }

  mutating func write(line: Int, reason: String, fields: [String]) throws(AdministrationError) {
    encoder.row([.integer(line), .text(reason)] + fields.map { .text($0) })
    try flush()
  }

  private mutating func flush() throws(AdministrationError) {
    do { try file.write(contentsOf: Data(encoder.take().utf8)) } catch {
      throw AdministrationError(
        message: "\(PrintableText(path)) cannot be written: \(error.localizedDescription)")
    }
  }
}

import CallPolicy
import Foundation
import Store
public import Telephony

/// A customer as commands and the API show him. Times are microseconds since 1970 UTC.
public struct CustomerDocument: Sendable, Encodable, Hashable {
  /// E.164.
  public var number: String
  public var name: String
  /// A key of `routing.categories`.
  public var category: String?
  /// An agent's interface, `PJSIP/101`.
  public var manager: String?
  /// When a person or a program last said anything of him.
  public var updatedAt: Timestamp

  init(_ customer: Customer) {
    number = customer.number.e164
    name = customer.name
    category = customer.category
    manager = customer.manager?.rawValue
    updatedAt = customer.updatedAt
  }
}

extension Administration {
  /// Brings customers in from CSV. A row that is wrong is refused with its line and a reason, the rest goes in; who is
  /// there already is changed. `-` reads standard input.
  public func importCustomers(file path: String) async throws(AdministrationError) -> CustomerImportSummary {
    guard let file = path == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: path) else {
      throw AdministrationError(message: "\(PrintableText(path)) cannot be read.")
    }
    do { _ = try await store.migrate() } catch { throw AdministrationError(error) }
    return try await importCustomers(PrintableText(path).description) { () throws(AdministrationError) in
      do { return Array(try file.read(upToCount: 1 << 16) ?? Data()) } catch {
        throw AdministrationError(message: "\(PrintableText(path)) cannot be read: \(error)")
      }
    }
  }

  /// The same, of CSV at hand.
  func importCustomers(csv bytes: [UInt8]) async throws(AdministrationError) -> CustomerImportSummary {
    var rest = bytes
    return try await importCustomers("The list") { () throws(AdministrationError) in
      defer { rest = [] }
      return rest
    }
  }

  /// The same, of texts by column. What a row leaves out stays as it is known; rows are counted from 1.
  func importCustomers(rows: [[String: String]]) async throws(AdministrationError) -> CustomerImportSummary {
    var summary = CustomerImportSummary()
    var batch: [CustomerChange] = []
    for (index, row) in rows.enumerated() {
      let fields = row.sorted { $0.key < $1.key }
      let table = customerTable(fields.map(\.key))
      summary.rows += 1
      guard table.fault == nil else {
        summary.refuse(index + 1, "it has no phone")
        continue
      }
      note(table.row(fields.map(\.value)), index + 1, &summary, &batch)
      if batch.count >= StoreSettings.pipelineMax { try await save(&batch) }
    }
    try await save(&batch)
    return summary
  }

  private func customerTable(_ header: [String]) -> CustomerTable {
    CustomerTable(
      header: header, categories: Set(settings.policy.routing.categories.map(\.name)),
      plan: settings.numberPlan)
  }

  private func note(
    _ row: CustomerTable.Row, _ line: Int, _ summary: inout CustomerImportSummary,
    _ batch: inout [CustomerChange]
  ) {
    switch row {
    case .refused(let reason): summary.refuse(line, reason)
    case .customer(let change):
      summary.taken += 1
      batch.append(change)
    }
  }

  /// - Parameters:
  ///   - name: what the list is called in sentences.
  ///   - read: the next bytes; none at the end.
  private func importCustomers(
    _ name: String, read: () throws(AdministrationError) -> [UInt8]
  ) async throws(AdministrationError) -> CustomerImportSummary {
    var summary = CustomerImportSummary()
    var records: CSVRecords?
    var table: CustomerTable?
    var batch: [CustomerChange] = []
    var isFirst = true
    while true {
      var bytes = try read()
      let isLast = bytes.isEmpty
      if isFirst, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
      isFirst = false
      if records == nil { records = CSVRecords(delimiter: CSVRecords.delimiter(ofHeader: bytes)) }
      records?.feed(bytes)
      while let next = records?.next(atEnd: isLast) {
        try take(next, &records, &table, &summary, &batch)
        if batch.count >= StoreSettings.pipelineMax { try await save(&batch) }
      }
      if isLast { break }
    }
    try await save(&batch)
    guard table != nil else {
      throw AdministrationError(.conflict, message: "\(name) is empty: it needs a header and rows.")
    }
    return summary
  }

  private func take(
    _ piece: CSVRecords.Piece, _ records: inout CSVRecords?, _ table: inout CustomerTable?,
    _ summary: inout CustomerImportSummary, _ batch: inout [CustomerChange]
  ) throws(AdministrationError) {
    switch piece {
    case .malformed(let record, let reason):
      guard table != nil else {
        throw AdministrationError(.conflict, message: "Line \(record.line): \(reason).")
      }
      summary.rows += 1
      summary.refuse(record.line, reason)
    case .record(let record):
      let fields = CSVFields.split(record.bytes, at: records?.delimiter ?? 0x2C)
      guard let reader = table else {
        let read = customerTable(fields)
        if let fault = read.fault { throw AdministrationError(.conflict, message: fault) }
        table = read
        records?.fields = fields.count
        return
      }
      summary.rows += 1
      note(reader.row(fields), record.line, &summary, &batch)
    }
  }

  private func save(_ batch: inout [CustomerChange]) async throws(AdministrationError) {
    do { try await store.save(batch, now: Self.now) } catch { throw AdministrationError(error) }
    batch = []
  }

  /// Of a number that is none there is no customer.
  private func customerNumber(_ text: String) throws(AdministrationError) -> PhoneNumber {
    do { return try number(text) } catch { throw AdministrationError(.notFound, message: error.message) }
  }

  /// What is known of a customer; throws where nothing is.
  public func customer(_ text: String) async throws(AdministrationError) -> CustomerDocument {
    let number = try customerNumber(text)
    do {
      if let customer = try await store.customer(number) { return CustomerDocument(customer) }
    } catch { throw AdministrationError(error) }
    throw AdministrationError(
      .notFound, message: "Nothing is known of \(number.e164) beside its calls.")
  }

  /// Says something of one customer; what is nil stays, what is empty is removed.
  public func setCustomer(
    _ text: String, name: String?, category: String?, manager: String?
  ) async throws(AdministrationError) -> CustomerDocument {
    let told = [("name", name), ("category", category), ("manager", manager)].filter { $0.1 != nil }
    let table = customerTable(["phone"] + told.map(\.0))
    switch table.row([try customerNumber(text).e164] + told.map { $0.1 ?? "" }) {
    case .refused(let reason): throw AdministrationError(.conflict, message: "\(reason).")
    case .customer(let change):
      do { try await store.save([change], now: Self.now) } catch { throw AdministrationError(error) }
    }
    return try await customer(text)
  }

  /// Forgets what was said of a customer; his calls and jobs stay. False where nothing was known.
  public func removeCustomer(_ text: String) async throws(AdministrationError) -> Bool {
    let number = try customerNumber(text)
    do { return try await store.removeCustomer(number) } catch { throw AdministrationError(error) }
  }
}

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
    var summary = CustomerImportSummary()
    var records: CSVRecords?
    var table: CustomerTable?
    var batch: [CustomerChange] = []
    var isFirst = true
    while true {
      let piece: Data
      do { piece = try file.read(upToCount: 1 << 16) ?? Data() } catch {
        throw AdministrationError(message: "\(PrintableText(path)) cannot be read: \(error)")
      }
      var bytes = Array(piece)
      if isFirst, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
      isFirst = false
      if records == nil { records = CSVRecords(delimiter: CSVRecords.delimiter(ofHeader: bytes)) }
      records?.feed(bytes)
      while let next = records?.next(atEnd: piece.isEmpty) {
        try take(next, &records, &table, &summary, &batch)
        if batch.count >= StoreSettings.pipelineMax { try await save(&batch) }
      }
      if piece.isEmpty { break }
    }
    try await save(&batch)
    guard table != nil else {
      throw AdministrationError(message: "\(PrintableText(path)) is empty: it needs a header and rows.")
    }
    return summary
  }

  private func take(
    _ piece: CSVRecords.Piece, _ records: inout CSVRecords?, _ table: inout CustomerTable?,
    _ summary: inout CustomerImportSummary, _ batch: inout [CustomerChange]
  ) throws(AdministrationError) {
    switch piece {
    case .malformed(let record, let reason):
      guard table != nil else { throw AdministrationError(message: "Line \(record.line): \(reason).") }
      summary.rows += 1
      summary.refuse(record.line, reason)
    case .record(let record):
      let fields = CSVFields.split(record.bytes, at: records?.delimiter ?? 0x2C)
      guard let reader = table else {
        let read = CustomerTable(
          header: fields, categories: Set(settings.policy.routing.categories.map(\.name)),
          plan: settings.numberPlan)
        if let fault = read.fault { throw AdministrationError(message: fault) }
        table = read
        records?.fields = fields.count
        return
      }
      summary.rows += 1
      switch reader.row(fields) {
      case .refused(let reason): summary.refuse(record.line, reason)
      case .customer(let change):
        summary.taken += 1
        batch.append(change)
      }
    }
  }

  private func save(_ batch: inout [CustomerChange]) async throws(AdministrationError) {
    do { try await store.save(batch, now: Self.now) } catch { throw AdministrationError(error) }
    batch = []
  }

  /// What is known of a customer; throws where nothing is.
  public func customer(_ text: String) async throws(AdministrationError) -> CustomerDocument {
    let number = try number(text)
    do {
      if let customer = try await store.customer(number) { return CustomerDocument(customer) }
    } catch { throw AdministrationError(error) }
    throw AdministrationError(message: "Nothing is known of \(number.e164) beside its calls.")
  }

  /// Says something of one customer; what is nil stays, what is empty is removed.
  public func setCustomer(
    _ text: String, name: String?, category: String?, manager: String?
  ) async throws(AdministrationError) -> CustomerDocument {
    let told = [("name", name), ("category", category), ("manager", manager)].filter { $0.1 != nil }
    let table = CustomerTable(
      header: ["phone"] + told.map(\.0), categories: Set(settings.policy.routing.categories.map(\.name)),
      plan: settings.numberPlan)
    switch table.row([try number(text).e164] + told.map { $0.1 ?? "" }) {
    case .refused(let reason): throw AdministrationError(message: "\(reason).")
    case .customer(let change):
      do {
        _ = try await store.migrate()
        try await store.save([change], now: Self.now)
      } catch { throw AdministrationError(error) }
    }
    return try await customer(text)
  }

  /// Forgets what was said of a customer; his calls and jobs stay. False where nothing was known.
  public func removeCustomer(_ text: String) async throws(AdministrationError) -> Bool {
    let number = try number(text)
    do { return try await store.removeCustomer(number) } catch { throw AdministrationError(error) }
  }
}

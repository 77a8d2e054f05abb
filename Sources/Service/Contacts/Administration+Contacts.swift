import CallPolicy
import Foundation
import Store
public import Telephony

extension Administration {
  /// The campaign of that name, if it is fed by lists.
  func listCampaign(_ name: String) throws(AdministrationError) -> CampaignPolicy {
    let lists = settings.policy.campaigns.filter { $0.kind == .outbound }
    if let campaign = lists.first(where: { $0.name.rawValue == name }) { return campaign }
    let known = lists.map(\.name.rawValue).joined(separator: ", ")
    throw AdministrationError(
      .notFound,
      message: "There is no campaign \(PrintableText(name)) of kind outbound; the configuration has: "
        + (known.isEmpty ? "none." : "\(known)."))
  }

  /// Brings a list into a campaign. A row that is wrong is refused with its line and a reason, the rest goes in; a
  /// second import of the same list updates what the first brought.
  ///
  /// - Parameters:
  ///   - again: contacts that were called to an end are called again.
  ///   - refused: a file for the refused rows; nil for none.
  ///   - source: what the contacts are said to come from; nil: the file's name.
  public func importContacts(
    file path: String, campaign name: String, again: Bool = false, refused: String?, source: String? = nil,
    now: Timestamp? = nil, progress: (ImportProgress) -> Void = { _ in }
  ) async throws(AdministrationError) -> ContactImportSummary {
    try await importContacts(
      file: path, campaign: name, again: again, refused: refused, source: source, now: now,
      chunkRows: ContactBatch.rowsMax, writers: ContactWriters.writersMax, progress: progress)
  }

  /// The same with chunks of another size, or written by more or fewer at once.
  func importContacts(
    file path: String, campaign name: String, again: Bool, refused: String?, source: String?, now: Timestamp?,
    chunkRows: Int, writers: Int, progress: (ImportProgress) -> Void
  ) async throws(AdministrationError) -> ContactImportSummary {
    let campaign = try listCampaign(name)
    guard let file = path == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: path) else {
      throw AdministrationError(message: "\(PrintableText(path)) cannot be read.")
    }
    let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int).flatMap { $0 } ?? 0
    do { _ = try await store.migrate() } catch { throw AdministrationError(error) }
    let now = now ?? Self.now
    let regions = RegionZones(now: now)
    let policy = CallPolicy(settings: settings.policy)
    guard let pbx = campaign.pbx ?? settings.pbxs.first?.name else {
      throw AdministrationError(message: "The configuration has no PBX.")
    }
    var work = ContactImport(
      store: store, campaign: campaign, pbx: pbx,
      source: source ?? (path == "-" ? "standard input" : URL(filePath: path).lastPathComponent),
      again: again,
      refusedFile: try refused.map { path throws(AdministrationError) in try RefusedRows(path: path) },
      now: now
    ) { [plan = settings.numberPlan] columns in
      ContactReader(
        columns: columns, campaign: campaign, policy: policy, plan: plan, regions: regions, now: now)
    }
    work.chunkRows = chunkRows
    work.writers = writers
    try await work.run(file, size: size, progress: progress)
    return work.summary
  }

  /// Contacts of one page of an export.
  static let exportPage = 5_000

  /// How an export is written.
  public enum ExportFormat: String, Sendable, CaseIterable {
    /// For a CRM: what the import reads, and what came of it.
    case csv
    /// An array of `ContactDocument`.
    case json
  }

  /// The list of a campaign with what came of it; `write` gets it piece by piece. Returns how many contacts it has.
  public func exportContacts(
    campaign name: String, as format: ExportFormat = .csv, _ write: (String) -> Void
  ) async throws(AdministrationError) -> Int {
    let campaign = try listCampaign(name).name
    switch format {
    case .csv:
      let local = LocalTime(zone: zone)
      var encoder = CSVEncoder()
      let attributes: [String]
      do throws(StoreError) { attributes = try await store.contactAttributes(campaign) } catch {
        throw AdministrationError(error)
      }
      encoder.row((Self.exportColumns + attributes).map { .text($0) })
      write(encoder.take())
      return try await pages(of: campaign) { page, _ in
        for contact in page {
          encoder.row(
            Self.cells(contact, local) + attributes.map { .text(contact.attributes[$0] ?? "") })
        }
        write(encoder.take())
      }
    case .json:
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      write("[")
      let count = try await pages(of: campaign) { page, isFirst in
        let documents = page.compactMap { try? encoder.encode(ContactDocument($0)) }
        let lines = documents.map { "\n" + String(decoding: $0, as: UTF8.self) }.joined(separator: ",")
        write(isFirst || lines.isEmpty ? lines : "," + lines)
      }
      write("\n]\n")
      return count
    }
  }

  private func pages(
    of campaign: CampaignName, _ body: (_ page: [StoredContact], _ isFirst: Bool) -> Void
  ) async throws(AdministrationError) -> Int {
    do throws(StoreError) {
      var (count, last) = (0, ContactID?.none)
      while true {
        let page = try await store.contacts(of: campaign, after: last, limit: Self.exportPage)
        body(page, last == nil)
        count += page.count
        guard page.count == Self.exportPage, let final = page.last else { return count }
        last = final.id
      }
    } catch { throw AdministrationError(error) }
  }

  private static let exportColumns =
    [
      "key", "name", "phones", "time_zone", "priority",
    ]
    // What came of it: an import passes these over.
    + [
      "state", "disposition", "attempts", "last_result", "last_phone", "last_at", "agent", "talk_seconds",
      "note",
      "next_at", "reason", "contact",
    ].map { "perezvon_" + $0 }

  private static func cells(_ contact: StoredContact, _ local: LocalTime) -> [CSVEncoder.Cell] {
    let phones: CSVEncoder.Cell =
      contact.phones.count == 1
      ? .number(contact.phones[0]) : .text(contact.phones.joined(separator: ";"))
    let open = contact.state?.isOpen ?? false
    return [
      .text(contact.key ?? ""), .text(contact.name), phones, .text(contact.zone ?? ""),
      .integer(contact.priority), .text(contact.state?.rawValue ?? ""), .text(contact.disposition),
      .integer(contact.attempts), .text(contact.lastResult?.rawValue ?? ""),
      contact.lastNumber.map { .number($0) } ?? .empty, .text(contact.lastAt.map(local.text) ?? ""),
      .text(contact.lastAgent ?? ""), .span(contact.talk), .text(contact.note),
      .text(open ? contact.dueAt.map(local.text) ?? "" : ""), .text(contact.reason ?? ""),
      .text(contact.id.description),
    ]
  }
}

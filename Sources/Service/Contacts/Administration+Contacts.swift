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
      message: "There is no campaign \(PrintableText(name)) of kind outbound; the configuration has: "
        + (known.isEmpty ? "none." : "\(known)."))
  }

  /// Brings a list into a campaign. A row that is wrong is refused with its line and a reason, the rest goes in; a
  /// second import of the same list updates what the first brought.
  ///
  /// - Parameter refused: a file for the refused rows; nil for none.
  public func importContacts(
    file path: String, campaign name: String, refused: String?, now: Timestamp? = nil,
    progress: (ImportProgress) -> Void = { _ in }
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
      source: path == "-" ? "standard input" : URL(filePath: path).lastPathComponent,
      refusedFile: try refused.map { path throws(AdministrationError) in try RefusedRows(path: path) },
      now: now
    ) { [plan = settings.numberPlan] columns in
      ContactReader(
        columns: columns, campaign: campaign, policy: policy, plan: plan, regions: regions, now: now)
    }
    try await work.run(file, size: size, progress: progress)
    return work.summary
  }

  /// Contacts of one page of an export.
  static let exportPage = 5_000

  /// The list of a campaign with what came of it, as CSV for a CRM; `write` gets it piece by piece.
  public func exportContacts(
    campaign name: String, _ write: (String) -> Void
  ) async throws(AdministrationError) -> Int {
    let campaign = try listCampaign(name).name
    let local = LocalTime(zone: zone)
    do throws(StoreError) {
      let attributes = try await store.contactAttributes(campaign)
      var encoder = CSVEncoder()
      encoder.row((Self.exportColumns + attributes).map { .text($0) })
      write(encoder.take())
      var (count, last) = (0, ContactID?.none)
      while true {
        let page = try await store.contacts(of: campaign, after: last, limit: Self.exportPage)
        for contact in page {
          encoder.row(
            Self.cells(contact, local) + attributes.map { .text(contact.attributes[$0] ?? "") })
        }
        write(encoder.take())
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

  /// Bytes of a disposition and of a note, at most.
  public static let dispositionMax = 60
  public static let noteMax = 900

  /// What a person says of a contact, named by its id, its key or one of its numbers.
  public func remark(
    contact text: String, campaign: String?, disposition: String?, note: String?, by: String
  ) async throws(AdministrationError) -> [String] {
    if let disposition, disposition.utf8.count > Self.dispositionMax {
      throw AdministrationError(
        message: "The disposition is longer than \(Self.dispositionMax) bytes; put the rest into a note.")
    }
    if let note, note.utf8.count > Self.noteMax {
      throw AdministrationError(message: "The note is longer than \(Self.noteMax) bytes.")
    }
    let campaign = try campaign.map { name throws(AdministrationError) in try listCampaign(name).name }
    do throws(StoreError) {
      let found = try await store.contacts(
        named: text, number: settings.numberPlan.read(text).e164, in: campaign)
      guard let contact = found.first, found.count == 1 else {
        throw StoreError(
          code: .other,
          message: found.isEmpty
            ? "There is no contact \(PrintableText(text)); give its id, its key or one of its numbers."
            : "\(PrintableText(text)) is \(found.count) contacts, in "
              + found.map(\.campaign.rawValue).joined(separator: ", ") + "; name one with --campaign.")
      }
      var said: [String] = []
      if let disposition {
        said.append(
          disposition.isEmpty ? "took the disposition back" : "set the disposition to \(disposition)")
      }
      if let note { said.append("noted: \(note)") }
      let reason = "\(by) \(said.joined(separator: " and "))"
      _ = try await store.remark(
        contact.id, disposition: disposition, note: note, reason: reason, now: Self.now)
      return [
        "Contact \(PrintableText(contact.key ?? contact.id.description)): \(PrintableText(reason, limit: 1_000))"
      ]
    } catch { throw AdministrationError(message: error.message) }
  }
}

import CallPolicy
import Store
import Telephony

/// What people say of calls and contacts, and whom they never want called.
extension Administration {
  /// Bytes of a disposition and of a note, at most.
  public static let dispositionMax = 60
  public static let noteMax = 900

  /// What a person says of a contact, named by its id, its key or one of its numbers. Returns the sentences to
  /// show.
  public func remark(
    contact text: String, campaign: String?, disposition: String?, note: String?, by: String
  ) async throws(AdministrationError) -> [String] {
    let remark = try Self.remark(disposition, note, by: by)
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
      let effect = try await store.remark(remark, of: contact.id, now: Self.now)
      return Self.sentences("Contact \(PrintableText(contact.key ?? contact.id.description))", remark, effect)
    } catch { throw AdministrationError(message: error.message) }
  }

  /// What a person says of a call, named by its attempt, or by its job: then its latest attempt is meant. Returns
  /// the sentences to show.
  public func remark(
    call text: String, disposition: String?, note: String?, by: String
  ) async throws(AdministrationError) -> [String] {
    let remark = try Self.remark(disposition, note, by: by)
    do throws(StoreError) {
      guard let id = UniqueID(text), let attempt = try await store.attempt(meant: id),
        let effect = try await store.remark(remark, of: attempt, now: Self.now)
      else {
        throw StoreError(
          code: .other,
          message: "There is no attempt \(PrintableText(text)), and no job of this id that was tried; "
            + "`perezvon jobs list` shows the jobs.")
      }
      return Self.sentences("Attempt \(attempt)", remark, effect)
    } catch { throw AdministrationError(message: error.message) }
  }

  /// Refuses what is too long for the books.
  static func remark(
    _ disposition: String?, _ note: String?, by: String
  ) throws(AdministrationError) -> Remark {
    if let disposition, disposition.utf8.count > dispositionMax {
      throw AdministrationError(
        message: "The disposition is longer than \(dispositionMax) bytes; put the rest into a note.")
    }
    if let note, note.utf8.count > noteMax {
      throw AdministrationError(message: "The note is longer than \(noteMax) bytes.")
    }
    var said: [String] = []
    if let disposition {
      said.append(disposition.isEmpty ? "took the disposition back" : "set the disposition to \(disposition)")
    }
    if let note { said.append("noted: \(note)") }
    return Remark(
      disposition: disposition, note: note, reason: "\(by) \(said.joined(separator: " and "))")
  }

  private static func sentences(_ what: String, _ remark: Remark, _ effect: RemarkEffect?) -> [String] {
    let excluded = effect?.excluded ?? []
    return ["\(what): \(PrintableText(remark.reason, limit: 1_000))"]
      + (excluded.isEmpty ? [] : ["On the do-not-call list: \(excluded.joined(separator: ", "))."])
  }

  /// Puts a number on the do-not-call list: never dialled again, for no campaign.
  public func exclude(
    number text: String, reason: String?, by: String
  ) async throws(AdministrationError) -> String {
    let number = try number(text)
    let why = reason.map { ": \($0)" } ?? ""
    guard why.utf8.count <= Self.noteMax else {
      throw AdministrationError(message: "The reason is longer than \(Self.noteMax) bytes.")
    }
    do {
      try await store.setDoNotCall(number, reason: "\(by) excluded the number\(why)", now: Self.now)
    } catch { throw AdministrationError(error) }
    return "\(number.e164) is on the do-not-call list."
  }

  /// Takes a number from the do-not-call list.
  public func readmit(number text: String) async throws(AdministrationError) -> String {
    let number = try number(text)
    do throws(StoreError) {
      guard try await store.clearDoNotCall(number) else {
        throw StoreError(code: .other, message: "\(number.e164) is not on the do-not-call list.")
      }
    } catch { throw AdministrationError(message: error.message) }
    return "\(number.e164) may be called again; jobs that were closed stay closed."
  }
}

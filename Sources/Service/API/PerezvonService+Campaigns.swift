import Foundation
public import WebAPI

extension PerezvonService {
  public func campaigns() async throws(APIProblem) -> APIPage {
    do throws(AdministrationError) { return APIPage(items: try await administration.campaigns()) } catch {
      throw APIProblem(error)
    }
  }

  public func changeCampaign(_ name: String, _ change: CampaignOrder, by bearer: Bearer)
    async throws(APIProblem) -> APIDocument
  {
    let action: Administration.CampaignAction =
      switch change {
      case .start(let at, let until): .start(at: at, until: until)
      case .pause(let at): .pause(at: at)
      case .resume: .resume
      }
    do throws(AdministrationError) {
      return try await administration.change(campaign: name, action, by: bearer.name)
    } catch { throw APIProblem(error) }
  }

  public func addContacts(_ contacts: ListUpload, to campaign: String, again: Bool)
    async throws(APIProblem) -> APIDocument
  {
    let bytes: [UInt8] =
      switch contacts {
      case .csv(let bytes): bytes
      case .rows(let rows): Array(PlainCSV.text(rows).utf8)
      }
    let file = FileManager.default.temporaryDirectory.appending(path: "perezvon-\(UUID()).csv")
    defer { try? FileManager.default.removeItem(at: file) }
    do { try Data(bytes).write(to: file) } catch {
      throw APIProblem(.failed, "The list cannot be kept for reading: is the disk full?")
    }
    do throws(AdministrationError) {
      return try await administration.importContacts(
        file: file.path(), campaign: campaign, again: again, refused: nil, source: "API")
    } catch { throw APIProblem(error) }
  }
}

/// Rows of texts as CSV that the import reads back as they were. Not for spreadsheets: `CSVEncoder` is.
enum PlainCSV {
  static func text(_ rows: [[String: String]]) -> String {
    let columns = Set(rows.flatMap(\.keys)).sorted()
    let lines = [columns] + rows.map { row in columns.map { row[$0] ?? "" } }
    return lines.map { $0.map(quoted).joined(separator: ",") }.joined(separator: "\n") + "\n"
  }

  private static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}

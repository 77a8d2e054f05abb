/// What the columns of a list mean, by the names in its header.
struct ContactColumns: Sendable, Equatable {
  enum Column: Sendable, Equatable {
    case key, name, zone, priority, due
    /// One phone.
    case phone
    /// Several, parted by `;`.
    case phones
    /// Kept under this name.
    case attribute(String)
    /// Written by ourselves into a file of refused rows, or nameless and empty.
    case ignored
  }

  /// Columns of a list, at most.
  static let columnsMax = 100

  var columns: [Column]
  /// As the file has them.
  var names: [String]

  /// Throws a sentence where no list can be read by this header.
  init(header: [String]) throws(AdministrationError) {
    names = header
    columns = []
    guard header.count <= Self.columnsMax else {
      throw AdministrationError(
        message: "The list has \(header.count) columns; at most \(Self.columnsMax) can be read.")
    }
    var seen: Set<String> = []
    for (index, raw) in header.enumerated() {
      let name = Self.plain(raw)
      let column = Self.column(name, raw: raw)
      if column != .ignored, !seen.insert(name).inserted {
        throw AdministrationError(
          message: "The header names the column \(PrintableText(raw)) twice; rename one of them.")
      }
      if name.isEmpty {
        throw AdministrationError(message: "Column \(index + 1) has no name in the header; give it one.")
      }
      columns.append(column)
    }
    guard columns.contains(where: { $0 == .phone || $0 == .phones }) else {
      throw AdministrationError(
        message: "The header names no phone: a column must be called phone, phone2 … or phones. It has: "
          + header.map { PrintableText($0).description }.joined(separator: ", ") + ".")
    }
  }

  private static func plain(_ raw: String) -> String {
    raw.trimmingASCIISpace().lowercased().replacing(" ", with: "_").replacing("-", with: "_")
  }

  private static func column(_ name: String, raw: String) -> Column {
    switch name {
    case "key": return .key
    case "name": return .name
    case "time_zone", "timezone": return .zone
    case "priority": return .priority
    case "due": return .due
    case "phones": return .phones
    case _ where name.hasPrefix("perezvon_"): return .ignored
    case _ where name.hasPrefix("phone"):
      return name.dropFirst(5).allSatisfy { $0.isASCII && $0.isNumber || $0 == "_" }
        ? .phone : .attribute(raw.trimmingASCIISpace())
    default: return .attribute(raw.trimmingASCIISpace())
    }
  }
}

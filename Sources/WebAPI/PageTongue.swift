/// A language of the pages.
enum PageTongue: String, Sendable, CaseIterable {
  case english = "en"
  case russian = "ru"
  case ukrainian = "uk"

  /// What `?lang=` asks for, else the one of ours that an `Accept-Language` header likes best, else English.
  init(asked: String?, accepted: String?) {
    if let asked, let tongue = PageTongue(rawValue: asked) {
      self = tongue
      return
    }
    // `uk-UA,uk;q=0.9,en;q=0.5`: of equals the first (RFC 9110, 12.5.4).
    var best: (tongue: PageTongue, quality: Double)?
    for part in (accepted ?? "").split(separator: ",").prefix(Self.partsMax) {
      let pieces = part.split(separator: ";")
      let name = pieces.first.map { $0.filter { $0 != " " }.lowercased() } ?? ""
      guard let tongue = PageTongue(rawValue: String(name.prefix { $0 != "-" })) else { continue }
      let quality =
        pieces.dropFirst().compactMap { piece -> Double? in
          let pair = piece.filter { $0 != " " }
          return pair.hasPrefix("q=") ? Double(pair.dropFirst(2)) : nil
        }.first ?? 1
      if quality > (best?.quality ?? 0) { best = (tongue, quality) }
    }
    self = best?.tongue ?? .english
  }

  /// Parts of the header that are read, at most.
  private static let partsMax = 50
}

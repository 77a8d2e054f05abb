extension LegalProfile.Place {
  /// Whose law holds in a country, by its code of two letters (ISO 3166-1); nil where no profile is known.
  public init?(region: String) {
    switch region.uppercased() {
    case "US": self = .unitedStates
    case "GB": self = .unitedKingdom
    case "RU": self = .russia
    case "UA": self = .ukraine
    case let code where Self.union.contains(code): self = .europeanUnion
    default: return nil
    }
  }

  /// The member states of the European Union, as of 2026.
  private static let union: Set<String> = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
    "LU",
    "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
  ]
}

/// The key `losses`: what a lost call is worth.
public struct LossSettings: Sendable, Hashable {
  /// Share of callers who come back by themselves.
  public enum SelfReturn: Sendable, Hashable {
    case measured
    /// 0 to 1.
    case share(Double)
  }

  /// In units of `currency`.
  public var averageSale: Double
  /// ISO 4217: `RUB`.
  public var currency: String
  /// Share of conversations that end in a sale, 0 to 1.
  public var conversion: Double
  /// Default `measured`.
  public var selfReturn: SelfReturn
}

/// The key `retention`.
public struct RetentionSettings: Sendable, Hashable {
  /// Calls are deleted after this. Default 400d.
  public var calls: Duration
  /// Numbers and names are removed from older rows after this. Default 400d.
  public var numbersAfter: Duration
}

public import Telephony

/// What is said of a customer; what is nil stays as it is known.
public struct CustomerChange: Sendable, Hashable {
  public var number: PhoneNumber
  /// Empty removes it.
  public var name: String?
  /// A key of `routing.categories`; empty removes it.
  public var category: String?
  /// The interface of the member who looks after him; empty removes it.
  public var manager: String?

  public init(number: PhoneNumber, name: String? = nil, category: String? = nil, manager: String? = nil) {
    self.number = number
    self.name = name
    self.category = category
    self.manager = manager
  }
}

/// Which customers to list; what is nil restricts nothing.
public struct CustomerFilter: Sendable, Hashable {
  public var category: String?
  public var manager: MemberInterface?
  /// When something was last said of him: not before, and before.
  public var changedFrom: Timestamp?
  public var changedTo: Timestamp?
  /// Only numbers behind this one.
  public var after: PhoneNumber?
  /// At most `StoreSettings.listMax` are returned.
  public var limit: Int

  public init(after: PhoneNumber? = nil, limit: Int) {
    self.after = after
    self.limit = limit
  }
}

extension Store {
  private static let columns = "number, name, category, manager, updated_at"
  private static let customerByNumber = Statement(
    "customer by number", "SELECT \(columns) FROM perezvon.customers WHERE number = $1")
  private static let customersByNumber = Statement(
    "customers by number",
    """
    SELECT \(columns) FROM perezvon.customers
    WHERE number > $1 AND ($3::text IS NULL OR category = $3) AND ($4::text IS NULL OR manager = $4)
      AND ($5::timestamptz IS NULL OR updated_at >= $5) AND ($6::timestamptz IS NULL OR updated_at < $6)
    ORDER BY number LIMIT $2
    """)
  private static let saveCustomer = Statement(
    "customer save",
    """
    INSERT INTO perezvon.customers AS c (number, name, category, manager, updated_at)
    VALUES ($1, coalesce($2, ''), nullif($3, ''), nullif($4, ''), $5)
    ON CONFLICT (number) DO UPDATE SET name = coalesce($2, c.name),
      category = CASE WHEN $3 IS NULL THEN c.category ELSE nullif($3, '') END,
      manager = CASE WHEN $4 IS NULL THEN c.manager ELSE nullif($4, '') END, updated_at = $5
    """)
  private static let removeCustomer = Statement(
    "customer remove", "DELETE FROM perezvon.customers WHERE number = $1")

  /// Nil where unknown.
  public func customer(_ number: PhoneNumber) async throws(StoreError) -> Customer? {
    try await pool.run { link throws(StoreError) in
      try link.execute(Self.customerByNumber.with(.text(number.e164))).first(Self.read)
    }
  }

  /// Customers by number, at most `StoreSettings.listMax`.
  public func customers(_ filter: CustomerFilter) async throws(StoreError) -> [Customer] {
    let call = Self.customersByNumber.with(
      .text(filter.after?.e164 ?? ""), .int(min(max(1, filter.limit), StoreSettings.listMax)),
      .text(filter.category), .text(filter.manager), .time(filter.changedFrom), .time(filter.changedTo))
    return try await pool.run { link throws(StoreError) in try link.execute(call).map(Self.read) }
  }

  private static func read(_ row: inout Row) throws(StoreError) -> Customer {
    guard let number = PhoneNumber(e164: try row.text()) else {
      throw StoreError(code: .schema, message: "a customer has a number that is not E.164")
    }
    return Customer(
      number: number, name: try row.text(), category: try row.textOrNil(), manager: try row.nameOrNil(),
      updatedAt: try row.time())
  }

  /// Adds customers, or changes what is known of them. Transactions of `StoreSettings.pipelineMax` rows; a number that
  /// comes twice is told by its last row.
  public func save(_ changes: [CustomerChange], now: Timestamp) async throws(StoreError) {
    try await write(
      changes.map {
        Self.saveCustomer.with(
          .text($0.number.e164), .text($0.name), .text($0.category), .text($0.manager), .time(now))
      })
  }

  /// False where he was not known. His calls and jobs stay; `erase` takes those.
  public func removeCustomer(_ number: PhoneNumber) async throws(StoreError) -> Bool {
    try await pool.run { link throws(StoreError) in
      try link.batch([Self.removeCustomer.with(.text(number.e164))], commits: true)[0].affected > 0
    }
  }
}

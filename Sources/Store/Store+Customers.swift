public import Telephony

extension Store {
  private static let deny = Statement(
    "do not call set",
    """
    INSERT INTO perezvon.do_not_call (hash, number, reason, created_at)
    VALUES (perezvon.number_hash($1), $1, $2, $3)
    ON CONFLICT (hash) DO UPDATE SET number = excluded.number, reason = excluded.reason
    """)
  private static let undeny = Statement(
    "do not call clear", "DELETE FROM perezvon.do_not_call WHERE hash = perezvon.number_hash($1)")

  /// Never to be dialled from now on.
  public func setDoNotCall(
    _ number: PhoneNumber, reason: String, now: Timestamp
  ) async throws(StoreError) {
    try await write([Self.deny.with(.text(number.e164), .text(reason), .time(now))])
  }

  /// False where the number was not on the list.
  public func clearDoNotCall(_ number: PhoneNumber) async throws(StoreError) -> Bool {
    try await pool.run { link throws(StoreError) in
      try link.execute(Self.undeny.with(.text(number.e164)), commits: true).affected > 0
    }
  }

  private static let customerByNumber = Statement(
    "customer by number", "SELECT name, category, manager FROM perezvon.customers WHERE number = $1")
  private static let saveCustomer = Statement(
    "customer save",
    """
    INSERT INTO perezvon.customers (number, name, category, manager) VALUES ($1, $2, $3, $4)
    ON CONFLICT (number) DO UPDATE SET name = excluded.name, category = excluded.category,
      manager = excluded.manager
    """)

  /// Nil where unknown.
  public func customer(_ number: PhoneNumber) async throws(StoreError) -> Customer? {
    try await pool.run { link throws(StoreError) in
      try link.execute(Self.customerByNumber.with(.text(number.e164))).first { row throws(StoreError) in
        Customer(
          number: number, name: try row.text(), category: try row.textOrNil(), manager: try row.nameOrNil())
      }
    }
  }

  /// Adds customers or replaces what was known of them. Transactions of `StoreSettings.pipelineMax` rows.
  public func save(_ customers: [Customer]) async throws(StoreError) {
    try await write(
      customers.map {
        Self.saveCustomer.with(.text($0.number.e164), .text($0.name), .text($0.category), .text($0.manager))
      })
  }
}

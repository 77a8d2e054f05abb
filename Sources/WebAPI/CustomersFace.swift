/// Who the customers are: name, category, personal manager.
public protocol CustomersFace: Sendable {
  /// By number.
  func customers(_ query: CustomerQuery) async throws(APIProblem) -> APIPage
  /// Refused where nothing was said of him.
  func customer(_ number: String) async throws(APIProblem) -> APIDocument
  /// Says all there is to say of one customer.
  func setCustomer(_ number: String, _ record: CustomerRecord) async throws(APIProblem) -> APIDocument
  /// Forgets what was said of him; his calls and jobs stay.
  func removeCustomer(_ number: String) async throws(APIProblem)
  /// Brings customers in; wrong rows are refused by line, the rest goes in.
  func addCustomers(_ upload: ListUpload) async throws(APIProblem) -> APIDocument
}

/// Which customers to list.
public struct CustomerQuery: Sendable, Equatable {
  /// `from` and `to`: when something was last said of him.
  public var list: ListQuery
  public var category: String?
  /// An agent's interface, `PJSIP/101`.
  public var manager: String?
}

/// What is said of a customer; empty where nothing is.
public struct CustomerRecord: Sendable, Equatable {
  public var name: String
  /// A key of `routing.categories`.
  public var category: String
  /// An agent's interface, `PJSIP/101`.
  public var manager: String
}

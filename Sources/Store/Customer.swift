public import Telephony

/// What is known of a customer beside his calls.
public struct Customer: Sendable, Hashable {
  public var number: PhoneNumber
  public var name: String
  /// A key of `routing.categories`; nil where none.
  public var category: String?
  /// The member who looks after him.
  public var manager: MemberInterface?

  public init(number: PhoneNumber, name: String, category: String? = nil, manager: MemberInterface? = nil) {
    self.number = number
    self.name = name
    self.category = category
    self.manager = manager
  }
}

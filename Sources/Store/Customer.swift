public import Telephony

/// What is known of a customer beside his calls.
public struct Customer: Sendable, Hashable {
  public var number: PhoneNumber
  /// Empty where unknown.
  public var name: String
  /// A key of `routing.categories`; nil where none.
  public var category: String?
  /// The member who looks after him.
  public var manager: MemberInterface?
  /// When a person or a program last said anything of him.
  public var updatedAt: Timestamp

  public init(
    number: PhoneNumber, name: String, category: String? = nil, manager: MemberInterface? = nil,
    updatedAt: Timestamp
  ) {
    self.number = number
    self.name = name
    self.category = category
    self.manager = manager
    self.updatedAt = updatedAt
  }
}

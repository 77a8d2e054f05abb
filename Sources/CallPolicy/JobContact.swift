public import Telephony

/// Whether a phone of a contact may be dialled. Raw values as in the books.
public enum ContactPhoneState: String, Sendable, Hashable, Codable, CaseIterable {
  case ok
  /// The network said that there is no such number: never dialled again.
  case outOfOrder = "out_of_order"
  case doNotCall = "do_not_call"
}

/// The phones of the person a job calls, in the order of the list.
public struct JobContact: Sendable, Hashable, Codable {
  public struct Phone: Sendable, Hashable, Codable {
    public var number: PhoneNumber
    /// In whose hours it is dialled, an IANA name; nil: the calendar's own.
    public var zone: String?
    public var state: ContactPhoneState
    /// Customer dials of it by the campaign since the job was made.
    public var dials: Int

    public init(number: PhoneNumber, zone: String? = nil, state: ContactPhoneState = .ok, dials: Int = 0) {
      self.number = number
      self.zone = zone
      self.state = state
      self.dials = dials
    }
  }

  public var id: ContactID
  public var phones: [Phone]

  public init(id: ContactID, phones: [Phone]) {
    self.id = id
    self.phones = phones
  }

  /// Those that may be dialled beside this one, in order. None of them had as many dials as `limit`, where one is
  /// given.
  func others(than number: PhoneNumber, dialsBelow limit: Int? = nil) -> [Phone] {
    phones.filter { $0.state == .ok && $0.number != number && $0.dials < limit ?? .max }
  }

  /// The next that may be dialled behind this one; nil at the end of the list.
  func next(after number: PhoneNumber, dialsBelow limit: Int? = nil) -> Phone? {
    guard let index = phones.firstIndex(where: { $0.number == number }) else { return nil }
    return phones[(index + 1)...].first { $0.state == .ok && $0.dials < limit ?? .max }
  }
}

/// Another phone of a contact, and when it is dialled.
public struct NextPhone: Sendable, Hashable, Codable {
  public var number: PhoneNumber
  /// As in `JobContact.Phone`.
  public var zone: String?
  public var dueAt: Timestamp
  /// When to dial the present phone again instead, should another job of the campaign hold that number.
  public var otherwiseAt: Timestamp
  /// Customer dials of the job so far.
  public var attempts: Int
  public var reason: String
  /// What the present phone is from now on.
  public var present: ContactPhoneState

  public init(
    number: PhoneNumber, zone: String?, dueAt: Timestamp, otherwiseAt: Timestamp, attempts: Int,
    reason: String,
    present: ContactPhoneState = .ok
  ) {
    self.number = number
    self.zone = zone
    self.dueAt = dueAt
    self.otherwiseAt = otherwiseAt
    self.attempts = attempts
    self.reason = reason
    self.present = present
  }
}

extension Job {
  /// In whose hours the phone to dial next lies; nil: the calendar's own.
  public var zone: String? { contact?.phones.first { $0.number == number }?.zone }
}

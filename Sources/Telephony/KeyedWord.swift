/// What a caller or an agent keyed in, as our dialplan writes it into queue_log beside its UserEvent: the log keeps it
/// while nobody listens. `QueueLog(queue,uniqueid,agent,PEREZVON…,value|value…)`.
public struct KeyedWord: Sendable, Hashable, Codable {
  /// By the event's name in the log.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// A caller wants to be called back.
    case request = "PEREZVONREQUEST"
    /// An agent promised to call back.
    case promise = "PEREZVONPROMISE"
    /// A caller who is owed a callback wants none, or never one.
    case wish = "PEREZVONWISH"
    /// A customer answered a message.
    case answer = "PEREZVONANSWER"

    /// The UserEvent that says the same.
    public var eventName: String {
      switch self {
      case .request: "PerezvonRequest"
      case .promise: "PerezvonPromise"
      case .wish: "PerezvonWish"
      case .answer: "PerezvonAnswer"
      }
    }

    /// What the values are, in their order: the UserEvent's field names.
    public var fieldNames: [String] {
      switch self {
      case .request: ["Number", "Campaign", "At", "Said"]
      case .promise: ["Number", "At"]
      case .wish: ["Wish", "Number"]
      case .answer: ["Question", "Answer", "Then", "Campaign"]
      }
    }
  }

  /// One value may have so many bytes; a line with a longer one is none of ours. Default 500.
  public static let valueBytesMax = 500

  public var kind: Kind
  /// As the UserEvent has them; what is empty is left out.
  public var fields: [String: String]

  public init(kind: Kind, fields: [String: String]) {
    self.kind = kind
    self.fields = fields
  }
}
